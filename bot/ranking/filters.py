"""Hard constraints: which rows of a catalogue may be suggested at all.

A constraint never lowers a score; it filters. An unknown value fails a constraint on it, and the
reply can say so, since `narrowest` names the constraint that costs most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import Catalogue
from bot.core.results import RankingQuery
from bot.core.values import split_about

Mask = NDArray[np.bool_]
_title_hashes: WeakKeyDictionary[Catalogue, NDArray[np.int64]] = WeakKeyDictionary()
"""So that no turn after a dislike folds the titles of a whole catalogue."""


def constraint_mask(catalogue: Catalogue, name: str, value: float | str) -> Mask:
    """Rows that meet one constraint, shape (items,).

    ``<column>_min`` and ``<column>_max`` compare a numeric column (``year`` too), ends included;
    any other name is a column that must hold `value`. Nothing meets a constraint on a column that
    the catalogue lacks; `allowed_mask` passes over those.
    """
    column, _, bound = name.rpartition("_")
    if bound in ("min", "max") and column:
        try:
            numbers = catalogue.numbers(column)
        except KeyError:
            return np.zeros(len(catalogue.items), dtype=bool)
        with np.errstate(invalid="ignore"):
            met = numbers >= float(value) if bound == "min" else numbers <= float(value)
        return np.asarray(met, dtype=bool)
    return attribute_mask(catalogue, name, str(value))


def knows(catalogue: Catalogue, name: str) -> bool:
    """Whether the catalogue has the column that a constraint is about.

    One on a column that is in no item ("under two hours", of a catalogue without lengths) can
    be neither met nor broken: it filters nothing, and the reply says so.
    """
    column, _, bound = name.rpartition("_")
    if bound not in ("min", "max") or not column:
        column = name
    return column in ("year", "popularity") or column in catalogue.columns


def attribute_mask(catalogue: Catalogue, column: str, value: str) -> Mask:
    """Rows whose `column` holds `value`, shape (items,)."""
    mask = np.zeros(len(catalogue.items), dtype=bool)
    try:
        rows = catalogue.values(column).get(value)
    except KeyError:
        rows = None
    if rows is not None:
        mask[rows] = True
    return mask


def allowed_mask(catalogue: Catalogue, query: RankingQuery) -> Mask:
    """Rows that may be ranked: not excluded, within the constraints, nothing refused or unfit."""
    mask = np.ones(len(catalogue.items), dtype=bool)
    for name, value in query.constraints.items():
        if knows(catalogue, name):
            mask &= constraint_mask(catalogue, name, value)
    for about in query.avoids:
        parts = split_about(about)
        if parts is not None and about not in query.wants:
            mask &= ~attribute_mask(catalogue, *parts)
    disliked = {
        item.title.casefold()
        for item in (catalogue.get(item_id) for item_id in query.disliked)
        if item is not None
    }
    if disliked:  # who hates Titanic and gives no year is shown none of that name
        mask[_titled(catalogue, disliked)] = False
    for item_id in query.exclude:
        if catalogue.get(item_id) is not None:
            mask[catalogue.row(item_id)] = False
    for about in query.unfit:
        mask &= ~attribute_mask(catalogue, *(split_about(about) or ("", "")))
    if query.fit:
        fit = [attribute_mask(catalogue, *(split_about(about) or ("", ""))) for about in query.fit]
        mask &= np.logical_or.reduce(fit)
    return mask


def _titled(catalogue: Catalogue, titles: Set[str]) -> list[int]:
    """Rows of the items whose title, without regard to case, is among `titles`."""
    hashes = _title_hashes.get(catalogue)
    if hashes is None:
        hashes = np.array([hash(item.title.casefold()) for item in catalogue.items], np.int64)
        _title_hashes[catalogue] = hashes
    maybe = np.flatnonzero(np.isin(hashes, [hash(title) for title in titles]))
    return [row for row in maybe.tolist() if catalogue.items[row].title.casefold() in titles]


def unknown_share(catalogue: Catalogue, constraints: Iterable[str]) -> Mapping[str, float]:
    """For each numeric constraint, the share of rows whose value is not known."""
    shares = {}
    for name in constraints:
        column, _, bound = name.rpartition("_")
        if bound in ("min", "max") and column:
            try:
                shares[name] = float(np.isnan(catalogue.numbers(column)).mean())
            except KeyError:
                shares[name] = 1.0
    return shares


def narrowest(catalogue: Catalogue, query: RankingQuery) -> str | None:
    """The constraint or refusal whose lifting lets most items in; None when none helps."""
    best, most = None, int(allowed_mask(catalogue, query).sum())
    for name in query.constraints:
        rest = {key: value for key, value in query.constraints.items() if key != name}
        count = _count_without(catalogue, query, constraints=rest)
        if count > most:
            best, most = name, count
    for about in query.avoids:
        count = _count_without(
            catalogue, query, avoids=tuple(other for other in query.avoids if other != about)
        )
        if count > most:
            best, most = about, count
    return best


def _count_without(
    catalogue: Catalogue,
    query: RankingQuery,
    *,
    constraints: Mapping[str, float | str] | None = None,
    avoids: tuple[str, ...] | None = None,
) -> int:
    relaxed = RankingQuery(
        exclude=query.exclude,
        constraints=query.constraints if constraints is None else constraints,
        avoids=query.avoids if avoids is None else avoids,
        wants=query.wants,
    )
    return int(allowed_mask(catalogue, relaxed).sum())
