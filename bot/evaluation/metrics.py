"""Ranking metrics from rankings and targets; resampling is left to `bot.evaluation.bootstrap`.

Accuracy metrics are kept as a numerator and a denominator for each query, so that any resampling
of queries is a ratio of sums.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import Catalogue
from bot.data.queries import Query
from bot.ranking.items.attribute_vectors import AttributeVectors

RECALL_AT = (1, 5, 10, 20, 50)
DEPTH = 50  # how far down a ranking any metric looks
SHOWN = 10  # the list length of ndcg, mrr, coverage and what is said of lists
SUBSET_AT = (10, 50)

Ranking = Sequence[str]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Tally:
    """Each metric's numerator and denominator for each query, both (queries, metrics)."""

    names: tuple[str, ...]
    numerators: Numbers
    denominators: Numbers

    def means(self) -> dict[str, float]:
        """Each metric over all queries; 0 where nothing counts."""
        below = self.denominators.sum(axis=0)
        values = np.divide(
            self.numerators.sum(axis=0), below, out=np.zeros_like(below), where=below > 0
        )
        return dict(zip(self.names, values.tolist(), strict=True))


def tally(
    rankings: Sequence[Ranking],
    queries: Sequence[Query],
    subsets: Mapping[str, Collection[str]] | None = None,
) -> Tally:
    """Recall for each target; nDCG and reciprocal rank for each query.

    - ``recall@k``: the share of all targets that stand among the first k.
    - ``ndcg@10``: gain 1 for a target, discount log2(rank + 1), over the best possible (Järvelin
      and Kekäläinen 2002).
    - ``mrr@10``: 1 / rank of the first target, 0 when none is among ten.
    - ``recall@k_NAME``: recall over the targets among the items of each of `subsets`.
    """
    names = [f"recall@{k}" for k in RECALL_AT] + [f"ndcg@{SHOWN}", f"mrr@{SHOWN}"]
    named = dict(subsets or {})
    names += [f"recall@{k}_{name}" for name in named for k in SUBSET_AT]
    above = np.zeros((len(queries), len(names)))
    below = np.zeros_like(above)
    discounts = 1.0 / np.log2(np.arange(2, SHOWN + 2))
    for row, (ranking, query) in enumerate(zip(rankings, queries, strict=True)):
        ranks = target_ranks(ranking, query.targets)
        recalled = [np.count_nonzero(ranks <= k) for k in RECALL_AT]
        shown = np.sort(ranks[ranks <= SHOWN]).astype(int)
        ideal = discounts[: len(query.targets)].sum()
        above[row, : len(RECALL_AT)] = recalled
        below[row, : len(RECALL_AT)] = len(query.targets)
        above[row, len(RECALL_AT)] = discounts[shown - 1].sum() / ideal
        above[row, len(RECALL_AT) + 1] = 1.0 / shown[0] if len(shown) else 0.0
        below[row, len(RECALL_AT) : len(RECALL_AT) + 2] = 1.0
        place = len(RECALL_AT) + 2
        for items in named.values():
            inside = np.array([target in items for target in query.targets])
            above[row, place : place + len(SUBSET_AT)] = [
                np.count_nonzero(ranks[inside] <= k) for k in SUBSET_AT
            ]
            below[row, place : place + len(SUBSET_AT)] = np.count_nonzero(inside)
            place += len(SUBSET_AT)
    return Tally(tuple(names), above, below)


def target_ranks(ranking: Ranking, targets: Sequence[str]) -> Numbers:
    """The place of each target, from 1; infinity where it is not ranked."""
    places = {item: place for place, item in enumerate(ranking, start=1)}
    return np.array([places.get(target, np.inf) for target in targets], dtype=np.float64)


def exposure(rankings: Sequence[Ranking], items: int) -> dict[str, float]:
    """How the first ten of all lists spread over a catalogue of `items`.

    - ``coverage@10``: the share of items that stand in any list.
    - ``gini@10``: inequality of how often each item stands in one, 0 (all alike) to 1.
    """
    counts: dict[str, int] = {}
    for ranking in rankings:
        for item in ranking[:SHOWN]:
            counts[item] = counts.get(item, 0) + 1
    return {
        f"coverage@{SHOWN}": len(counts) / items if items else 0.0,
        f"gini@{SHOWN}": gini(np.array([*counts.values()], dtype=np.float64), items),
    }


def gini(counts: Numbers, size: int) -> float:
    """The Gini coefficient of `counts` filled up with zeros to `size` values."""
    total = counts.sum()
    if not total or not size:
        return 0.0
    ordered = np.concatenate([np.zeros(size - len(counts)), np.sort(counts)])
    places = np.arange(1, size + 1)
    return float((2 * (places * ordered).sum() / total - size - 1) / size)


def popularity_bias(rankings: Sequence[Ranking], counts: Numbers, catalogue: Catalogue) -> float:
    """Mean popularity percentile of what is recommended, 0 to 1; 0.5 is the mean item.

    `counts` (items,) is how well each row is known.
    """
    percentiles = popularity_percentiles(counts)
    shown = [catalogue.row(item) for ranking in rankings for item in ranking[:SHOWN]]
    return float(percentiles[shown].mean()) if shown else 0.0


def popularity_percentiles(counts: Numbers) -> Numbers:
    """The share of items less known than each, shape (items,), 0 to 1.

    Items equally known share the percentile in the middle of theirs.
    """
    ordered = np.sort(counts)
    below = np.searchsorted(ordered, counts, side="left")
    up_to = np.searchsorted(ordered, counts, side="right")
    return np.asarray((below + up_to) / (2 * max(len(counts), 1)), dtype=np.float64)


def diversity(rankings: Sequence[Ranking], index: AttributeVectors) -> float:
    """Mean over lists of 1 - cosine between the attributes of two of its first ten items."""
    values = []
    for ranking in rankings:
        rows = [index.catalogue.row(item) for item in ranking[:SHOWN]]
        if len(rows) < 2:
            continue
        vectors = index.matrix[rows]
        likeness = np.asarray((vectors @ vectors.T).todense(), dtype=np.float64)
        pairs = len(rows) * (len(rows) - 1)
        values.append(1.0 - (likeness.sum() - np.trace(likeness)) / pairs)
    return float(np.mean(values)) if values else 0.0
