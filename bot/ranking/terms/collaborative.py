"""What people took to together, from interactions (ratings, views): an optional term.

A linear item-to-item model, as for mentions but over people and many more items (Steck 2019,
"Embarrassingly shallow autoencoders for sparse data").
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.ranking.resolved_query import Ask, Vector
from bot.ranking.terms.term import Features

RIDGE = 200.0
MOST_ITEMS = 4000
"""Items with most people that the model covers; bounds a matrix inversion."""
SMOOTH = 5.0


class CollaborativeTerm:
    """Items taken to by those who took to what the dialogue mentions.

    `people` has shape (people, items), 1 where a person took to an item.
    """

    name = "collaborative"
    features = ("linear", "popularity")

    def __init__(self, people: sparse.csr_matrix) -> None:
        self._people = people
        counts = np.asarray(people.sum(axis=0), dtype=np.float64).ravel()
        logs = np.log((counts + SMOOTH) / (counts + SMOOTH).sum())
        self._popularity = (logs - logs.mean()).astype(np.float32)
        covered = np.argsort(-counts, kind="stable")[:MOST_ITEMS]
        self._active = np.sort(covered[counts[covered] > 1])
        self._place = {int(row): place for place, row in enumerate(self._active)}

    @cached_property
    def _weights(self) -> NDArray[np.float32]:
        taken = self._people[:, self._active].astype(np.float64)
        gram = np.asarray(taken.T.dot(taken).todense())
        if not len(self._active):
            return np.zeros((0, 0), dtype=np.float32)
        gram[np.diag_indices_from(gram)] += RIDGE
        inverse = np.linalg.inv(gram)
        weights = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        return np.asarray(weights, dtype=np.float32)

    def score(self, ask: Ask) -> Features:
        """The linear model's score, ten times, and log popularity among people, (2, items)."""
        linear: Vector = np.zeros(len(self._popularity), dtype=np.float32)
        for row, weight in zip(ask.rows, ask.weights, strict=True):
            if row in self._place:
                linear[self._active] += 10 * weight * self._weights[self._place[row]]
        return np.stack([linear, self._popularity])

    def blame(self, ask: Ask, row: int) -> dict[int, Sequence[float]]:
        """Mentioned row → its part of both features for the item in `row`."""
        parts: dict[int, Sequence[float]] = {}
        for other, weight in zip(ask.rows, ask.weights, strict=True):
            if other in self._place and row in self._place:
                value = self._weights[self._place[other], self._place[row]]
                parts[other] = (10 * float(weight * value), 0.0)
        return parts
