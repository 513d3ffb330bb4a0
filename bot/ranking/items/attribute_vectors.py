"""Items as sparse vectors over their attributes: who is like whom, and by what they are alike.

Used for the attribute terms of the ranking, for diversity, for questions with far-apart answers
and for explanations that name what two items share. Nothing here is learned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.core.protocols import Catalogue
from bot.core.values import about_attribute, split_about
from bot.ranking.items.best_rows import best_rows

Vector = NDArray[np.float32]
_COMMONEST = 0.5  # a value that more than half of the items have tells nothing
YEAR_SCALE = 8.0  # years at which closeness in time has fallen to 1/e


@dataclass(frozen=True)
class AttributeVectors:
    """The matrix of items × attribute values, rows of unit length, weighted by rarity.

    `matrix` has shape (items, values), float32, CSR; `names` holds the ``column:value`` of each
    of its columns.
    """

    catalogue: Catalogue
    matrix: sparse.csr_matrix
    names: tuple[str, ...]
    columns: dict[str, int]
    rarity: Vector

    @classmethod
    def of(cls, catalogue: Catalogue) -> AttributeVectors:
        """Build the index; each column of the catalogue carries the same total weight."""
        count = len(catalogue.items)
        rows: list[NDArray[np.int32]] = []
        cols: list[NDArray[np.int32]] = []
        weights: list[Vector] = []
        names: list[str] = []
        rarity: list[float] = []
        for column in catalogue.columns.values():
            if column.numeric:
                continue
            for value, holders in catalogue.values(column.name).items():
                if len(holders) > _COMMONEST * count and count > 8:
                    continue
                weight = float(np.log(1 + count / len(holders)))
                rows.append(np.asarray(holders, dtype=np.int32))
                cols.append(np.full(len(holders), len(names), dtype=np.int32))
                weights.append(np.full(len(holders), weight, dtype=np.float32))
                names.append(about_attribute(column.name, value))
                rarity.append(weight)
        shape = (count, max(len(names), 1))
        if names:
            data = (np.concatenate(weights), (np.concatenate(rows), np.concatenate(cols)))
            matrix = sparse.csr_matrix(data, shape=shape, dtype=np.float32)
        else:
            matrix = sparse.csr_matrix(shape, dtype=np.float32)
        lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        lengths[lengths == 0] = 1
        matrix = sparse.diags(1 / lengths).dot(matrix).tocsr().astype(np.float32)
        return cls(
            catalogue=catalogue,
            matrix=matrix,
            names=tuple(names),
            columns={name: number for number, name in enumerate(names)},
            rarity=np.asarray(rarity, dtype=np.float32),
        )

    def similarity(self, item_ids: Sequence[str]) -> NDArray[np.float32]:
        """Cosine of every item with each of `item_ids`, shape (items, len(item_ids))."""
        rows = [self.catalogue.row(item_id) for item_id in item_ids]
        return np.asarray(self.matrix.dot(self.matrix[rows].T).todense(), dtype=np.float32)

    def closeness_in_time(self, item_ids: Sequence[str]) -> NDArray[np.float32]:
        """exp(-|years apart| / 8), shape (items, len(item_ids)); 0 where a year is unknown."""
        years = self.catalogue.numbers("year")
        rows = [self.catalogue.row(item_id) for item_id in item_ids]
        apart = np.abs(years[:, None] - years[rows][None, :])
        closeness: NDArray[np.float32] = np.nan_to_num(np.exp(-apart / YEAR_SCALE))
        return closeness.astype(np.float32)

    def mass(self, belief: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much of `belief` (items,) lies on the holders of each value, shape (values,)."""
        # Few of a large catalogue's items are believed in at all.
        held = np.flatnonzero(belief)
        rows = self.matrix[held]
        holders = np.repeat(belief[held], np.diff(rows.indptr))
        masses = np.bincount(rows.indices, holders, minlength=self.matrix.shape[1])
        return np.asarray(masses, dtype=np.float64)

    def shared(self, one: str, other: str) -> tuple[str, ...]:
        """The ``column:value`` that two items have in common, the rarest first."""
        first = self.matrix[self.catalogue.row(one)]
        second = self.matrix[self.catalogue.row(other)]
        common = np.intersect1d(first.indices, second.indices)
        order = np.argsort(-self.rarity[common], kind="stable")
        return tuple(self.names[column] for column in common[order])

    def match(self, abouts: Iterable[str]) -> Vector:
        """How many of the ``column:value`` each item has, each once, shape (items,)."""
        total = np.zeros(len(self.catalogue.items), dtype=np.float32)
        for about in abouts:
            parts = split_about(about)
            if parts is None:
                continue
            try:
                rows = self.catalogue.values(parts[0]).get(parts[1])
            except KeyError:
                continue
            if rows is not None:
                total[rows] += 1
        return total

    def nearest(self, item_id: str, count: int) -> list[str]:
        """The `count` items most alike by attributes and time, best first, itself left out."""
        score = self.similarity([item_id])[:, 0] + 0.2 * self.closeness_in_time([item_id])[:, 0]
        score[self.catalogue.row(item_id)] = -np.inf
        best = best_rows(score, count)
        return [self.catalogue.items[row].item_id for row in best]


def popularity_prior(catalogue: Catalogue) -> Vector:
    """Log popularity scaled to 0 … 1, shape (items,); unknown counts as least known.

    A catalogue without popularity gives zeros.
    """
    values = np.nan_to_num(catalogue.numbers("popularity"), nan=0.0)
    logs = np.log1p(np.maximum(values, 0))
    top = float(logs.max(initial=0.0))
    return (logs / top if top > 0 else logs).astype(np.float32)
