"""What the baselines share: weights over rows become a ranking; sessions become a matrix.

Owns exclusion, ties and normalisation, so that a baseline is only the formula for its weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.core.protocols import Catalogue
from bot.core.results import RankingQuery, Scored
from bot.data.dialogues import Dialogue
from bot.data.interactions import Interaction
from bot.ranking.filters import allowed_mask

Weights = NDArray[np.float64]
_FLOOR = 1e-12


@dataclass(frozen=True)
class FitData:
    """What a baseline may learn from, on the catalogue's ids."""

    catalogue: Catalogue
    dialogues: Sequence[Dialogue] = ()
    interactions: Sequence[Interaction] = ()
    seed: int = 0

    def people(self) -> dict[str, list[Interaction]]:
        """Each person's interactions in order of time (of the file where times are equal)."""
        people: dict[str, list[Interaction]] = {}
        for each in sorted(self.interactions, key=lambda interaction: interaction.timestamp):
            people.setdefault(each.user, []).append(each)
        return people


@dataclass(frozen=True)
class Groups:
    """Rows that are one item under several ids (they share `same_as`) count as one.

    `of_row` has shape (items,): the group of each row; groups are numbered from 0 to `count`.
    """

    of_row: NDArray[np.int64]
    count: int

    @classmethod
    def of(cls, catalogue: Catalogue) -> Groups:
        """Group the catalogue's rows."""
        numbers: dict[str, int] = {}
        of_row = [
            numbers.setdefault(item.same_as or f"id:{item.item_id}", len(numbers))
            for item in catalogue.items
        ]
        return cls(np.array(of_row, dtype=np.int64), len(numbers))


class ScoringRanker(ABC):
    """A ranker that weighs every row: `weights` is all that a baseline writes.

    Ties go to the better known item, then to the earlier row, so that a ranking is the same each
    time.
    """

    name: str

    def __init__(self, data: FitData) -> None:
        self.catalogue = data.catalogue
        self._known = mention_counts(data)

    @abstractmethod
    def weights(self, query: RankingQuery) -> Weights:
        """A weight of 0 or more for each row, shape (items,); larger is better."""

    def rank(self, query: RankingQuery, k: int) -> list[Scored]:
        """The `k` best of the allowed rows; the score is the share of all allowed weight."""
        allowed = np.flatnonzero(allowed_mask(self.catalogue, query))
        if not len(allowed):
            return []
        weights = np.maximum(self.weights(query)[allowed], _FLOOR)
        order = np.lexsort((-self._known[allowed], -weights))[:k]
        total = weights.sum()
        return [
            Scored(
                item_id=self.catalogue.items[allowed[place]].item_id,
                score=float(weights[place] / total),
                terms={self.name: float(np.log(weights[place]))},
            )
            for place in order
        ]


def mention_counts(data: FitData) -> Weights:
    """In how many dialogues each row is mentioned, shape (items,).

    Without dialogues: how many people took to it; without both, the catalogue's `popularity`.
    """
    counts = np.zeros(len(data.catalogue.items))
    if data.dialogues:
        for dialogue in data.dialogues:
            counts[rows_of(data.catalogue, dialogue.items)] += 1
    elif data.interactions:
        for each in data.interactions:
            if data.catalogue.get(each.item_id) is not None:
                counts[data.catalogue.row(each.item_id)] += each.positive
    else:
        counts += np.nan_to_num(np.asarray(data.catalogue.numbers("popularity"), np.float64))
    return counts


def rows_of(catalogue: Catalogue, item_ids: Iterable[str]) -> list[int]:
    """Rows of those ids that the catalogue has, in order, without repeats."""
    known = dict.fromkeys(item for item in item_ids if catalogue.get(item) is not None)
    return [catalogue.row(item) for item in known]


def context_rows(catalogue: Catalogue, query: RankingQuery) -> list[int]:
    """Rows of what the query speaks for: liked in the history, then mentioned in the turns.

    Oldest first; what is known to be disliked is left out.
    """
    mentioned = [item for turn in query.turns for item in turn.items]
    disliked = frozenset(query.disliked)
    return rows_of(catalogue, (item for item in [*query.liked, *mentioned] if item not in disliked))


def session_matrix(
    data: FitData, groups: Groups, *, interactions: bool = True
) -> sparse.csr_matrix:
    """Who has to do with what: dialogues and people × groups, float64 of 0 and 1.

    A dialogue holds what it mentions without what its feedback dislikes; a person, what they
    took to.
    """
    sessions: list[Iterable[str]] = [
        [item for item in dialogue.items if dialogue.feedback.get(item) != "disliked"]
        for dialogue in data.dialogues
    ]
    if interactions:
        for taken in data.people().values():
            sessions.append(each.item_id for each in taken if each.positive)
    rows: list[int] = []
    columns: list[int] = []
    for number, items in enumerate(sessions):
        found = np.unique(groups.of_row[rows_of(data.catalogue, items)])
        rows.extend([number] * len(found))
        columns.extend(found.tolist())
    return sparse.csr_matrix(
        (np.ones(len(rows)), (rows, columns)), shape=(len(sessions), groups.count)
    )
