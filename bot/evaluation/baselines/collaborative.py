"""Baselines from what goes together: co-mention in dialogues, item-based CF and EASE.

They read the items of the turns and of the history, no words.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from bot.core.results import RankingQuery
from bot.evaluation.baselines.scoring import (
    FitData,
    Groups,
    ScoringRanker,
    Weights,
    context_rows,
    session_matrix,
)

CO_MENTION_SHRINK = 5.0
NEIGHBOURS = 100
KNN_SHRINK = 20.0
EASE_RIDGE = 100.0


class NeighbourRanker(ScoringRanker):
    """Sums a groups × groups matrix over the items of the context.

    `similarity[i, j]` is what an `i` in the context gives to `j`; sparse or dense.
    """

    def __init__(
        self, data: FitData, groups: Groups, similarity: sparse.csr_matrix | NDArray[np.float64]
    ) -> None:
        super().__init__(data)
        self._groups = groups
        self._similarity = similarity

    def weights(self, query: RankingQuery) -> Weights:
        """Zeros (so the best known first) when the context holds nothing."""
        rows = context_rows(self.catalogue, query)
        if not rows:
            return np.zeros(len(self.catalogue.items))
        context = np.unique(self._groups.of_row[rows])
        scores = np.asarray(self._similarity[context].sum(axis=0), dtype=np.float64).ravel()
        scores[context] = 0.0
        weights: Weights = scores[self._groups.of_row]
        return weights


class CoMentionRanker(NeighbourRanker):
    """P(j | i) in the training dialogues, shrunk for rare i, summed over the context."""

    name = "co-mention"

    def __init__(self, data: FitData) -> None:
        groups = Groups.of(data.catalogue)
        sessions = session_matrix(data, groups, interactions=False)
        together, counts = co_occurrence(sessions)
        scale = sparse.diags(1.0 / (counts + CO_MENTION_SHRINK))
        super().__init__(data, groups, scale.dot(together).tocsr())


class ItemKnnRanker(NeighbourRanker):
    """Item-based collaborative filtering: shrunk cosine, the 100 nearest of each item.

    Sarwar et al. 2001, "Item-based collaborative filtering recommendation algorithms".
    """

    name = "item-knn"

    def __init__(self, data: FitData) -> None:
        groups = Groups.of(data.catalogue)
        together, counts = co_occurrence(session_matrix(data, groups))
        cosine = together.tocoo()
        cosine.data = cosine.data / (np.sqrt(counts[cosine.row] * counts[cosine.col]) + KNN_SHRINK)
        super().__init__(data, groups, nearest(cosine.tocsr(), NEIGHBOURS))


class EaseRanker(NeighbourRanker):
    """EASE in closed form: B = I - P / diag(P) with P = (XᵀX + λI)⁻¹, diagonal zero.

    Steck 2019, "Embarrassingly shallow autoencoders for sparse data", arXiv:1905.03375. Fitted
    on the groups that any session holds; the others score nothing.
    """

    name = "ease"

    def __init__(self, data: FitData) -> None:
        groups = Groups.of(data.catalogue)
        sessions = session_matrix(data, groups)
        known = np.flatnonzero(np.asarray(sessions.sum(axis=0)).ravel())
        held = sessions[:, known]
        gram = np.asarray((held.T @ held).todense(), dtype=np.float64)
        gram[np.diag_indices_from(gram)] += EASE_RIDGE
        inverse = linalg.inv(gram, overwrite_a=True, check_finite=False)
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        self._place = {int(group): place for place, group in enumerate(known)}
        super().__init__(data, groups, weights)
        self._fitted = known

    def weights(self, query: RankingQuery) -> Weights:
        """Scores may be negative: their exponential keeps the order and is a weight."""
        rows = context_rows(self.catalogue, query)
        context = np.unique(self._groups.of_row[rows]).tolist()
        places = [self._place[group] for group in context if group in self._place]
        if not places:
            return np.zeros(len(self.catalogue.items))
        scores = np.zeros(self._groups.count)
        scores[self._fitted] = self._similarity[places].sum(axis=0)
        scores[context] = -np.inf
        weights: Weights = np.exp(scores[self._groups.of_row])
        return weights


def co_occurrence(sessions: sparse.csr_matrix) -> tuple[sparse.csr_matrix, Weights]:
    """How many sessions hold both, groups × groups with an empty diagonal; and each alone."""
    counts = np.asarray(sessions.sum(axis=0)).ravel()
    together = (sessions.T @ sessions).tolil()
    together.setdiag(0)
    together = together.tocsr()
    together.eliminate_zeros()
    return together, counts


def nearest(similarity: sparse.csr_matrix, count: int) -> sparse.csr_matrix:
    """Only the `count` largest of each row."""
    kept = similarity.copy()
    for row in range(kept.shape[0]):
        start, end = kept.indptr[row], kept.indptr[row + 1]
        if end - start > count:
            values = kept.data[start:end]
            values[np.argpartition(-values, count)[count:]] = 0.0
    kept.eliminate_zeros()
    return kept
