"""How likely an item is to be spoken of, judged by the catalogue alone: for items without data.

A log-linear model over what a catalogue says of an item (how well known it is, its year, its
broad attributes), fitted to how often items are mentioned. Known popularity travels by shared
id, so that a catalogue without a popularity column has one where another knows the item.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import Catalogue
from bot.core.values import Item
from bot.ranking.items.keys import text_hash
from bot.ranking.resolved_query import Vector
from bot.ranking.solver import minimise

YEARS = (1960, 1980, 1990, 2000, 2006, 2010, 2013, 2015, 2016, 2017, 2018)
"""Where one span of years ends and the next begins."""
BROAD_AT_MOST = 64
"""A column with at most so many values tells kinds of items; with more, names."""
RIDGE = 3.0

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Roles:
    """Which attribute columns tell kinds (genres) and which names (people)."""

    broad: tuple[str, ...]
    narrow: tuple[str, ...]

    @classmethod
    def of(cls, catalogue: Catalogue) -> Roles:
        """By how many values the columns have."""
        words = [column for column in catalogue.columns.values() if not column.numeric]
        return cls(
            tuple(column.name for column in words if column.values <= BROAD_AT_MOST),
            tuple(column.name for column in words if column.values > BROAD_AT_MOST),
        )

    def within(self, catalogue: Catalogue) -> Roles:
        """Those columns that `catalogue` has; its own by their counts when it has none of them."""
        broad = tuple(name for name in self.broad if name in catalogue.columns)
        narrow = tuple(name for name in self.narrow if name in catalogue.columns)
        return Roles(broad, narrow) if broad or narrow else Roles.of(catalogue)


@dataclass(frozen=True)
class Prior:
    """Weights by feature name; a feature that a catalogue lacks counts as 0.

    `known` maps the hash of a shared id to popularity on one scale for all catalogues.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    known: Mapping[int, float] = field(default_factory=dict)

    def on(self, catalogue: Catalogue, roles: Roles) -> Vector:
        """log P(item) over the catalogue, shape (items,)."""
        names, matrix = prior_features(catalogue, roles, self.known)
        weights = np.array([self.weights.get(name, 0.0) for name in names], dtype=np.float32)
        return _log_softmax(matrix @ weights)

    @classmethod
    def fit(
        cls,
        counts: NDArray[np.float64],
        catalogue: Catalogue,
        roles: Roles,
        known: Mapping[int, float],
    ) -> Prior:
        """Fit to how often each row is mentioned, `counts` of shape (items,)."""
        names, matrix = prior_features(catalogue, roles, known)

        def loss(weights: Any) -> Any:
            import torch

            logits = torch.from_numpy(matrix) @ weights
            likelihood = torch.from_numpy(counts).float() @ torch.log_softmax(logits, 0)
            return RIDGE * weights.square().sum() - likelihood

        weights = minimise(loss, np.zeros(len(names), dtype=np.float32))
        return cls(dict(zip(names, weights.tolist(), strict=True)), known)


def prior_features(
    catalogue: Catalogue, roles: Roles, known: Mapping[int, float]
) -> tuple[tuple[str, ...], Matrix]:
    """Names and values of what the prior reads, the matrix of shape (items, features).

    All values lie between about -1 and 2, so that one ridge fits all.
    """
    columns: dict[str, Vector] = {}
    popularity = np.array([_popularity(item, known) for item in catalogue.items], np.float32)
    there = ~np.isnan(popularity)
    level = np.asarray(np.nan_to_num(popularity) / 6.0, dtype=np.float32)
    years = np.array([item.year or 0 for item in catalogue.items])
    columns["known"] = there.astype(np.float32)
    columns["popularity"] = level
    columns["popularity squared"] = level**2
    columns["popularity cubed"] = np.asarray(level**3 / 2, dtype=np.float32)
    columns["title length"] = np.array(
        [np.log1p(len(item.title)) / 3 for item in catalogue.items], dtype=np.float32
    )
    columns["undated"] = (years == 0).astype(np.float32)
    spans = np.array([bisect.bisect_right(YEARS, int(year)) for year in years])
    for span in range(len(YEARS) + 1):
        within = ((spans == span) & (years > 0)).astype(np.float32)
        begin = YEARS[span - 1] if span else 0
        columns[f"from {begin}"] = within
        columns[f"popularity from {begin}"] = within * level
    for column in roles.broad:
        for value, rows in catalogue.values(column).items():
            held = np.zeros(len(catalogue.items), dtype=np.float32)
            held[rows] = 1.0
            columns[f"{column}:{value.casefold()}"] = held
    columns["described"] = np.array(
        [bool(item.description) for item in catalogue.items], dtype=np.float32
    )
    return tuple(columns), np.stack(list(columns.values()), axis=1).astype(np.float32)


def popularity_by_shared_id(catalogue: Catalogue) -> dict[int, float]:
    """Hash of the shared id → popularity, of those items that have both."""
    return {
        text_hash(item.same_as): item.popularity
        for item in catalogue.items
        if item.same_as and item.popularity is not None
    }


def _popularity(item: Item, known: Mapping[int, float]) -> float:
    # The learned scale goes before the catalogue's own, which may be any.
    return known.get(text_hash(item.same_as), float("nan")) if item.same_as else float("nan")


def _log_softmax(logits: Vector) -> Vector:
    shifted = logits - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), dtype=np.float32)
