"""Searching and filtering a catalogue for its page; plain values in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import Catalogue
from bot.core.values import Item

MOST_FOUND = 500
MOST_CHOICES = 60


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look for: words of a title, a span of years, attribute values (all of them)."""

    words: str = ""
    year_min: float | None = None
    year_max: float | None = None
    values: dict[str, Sequence[str]] = field(default_factory=dict)


def browse(catalogue: Catalogue, filters: Filters) -> list[Item]:
    """The items that fit: by the search's order with words, else the best known first."""
    keep = _rows(catalogue, filters)
    if filters.words.strip():
        found = catalogue.search(filters.words, limit=MOST_FOUND)
        return [item for item in found if keep[catalogue.row(item.item_id)]]
    popularity = np.nan_to_num(catalogue.numbers("popularity"), nan=-np.inf)
    order = np.argsort(-popularity, kind="stable")
    return [catalogue.items[int(row)] for row in order[keep[order]]]


def _rows(catalogue: Catalogue, filters: Filters) -> NDArray[np.bool_]:
    keep = np.ones(len(catalogue.items), dtype=bool)
    years = catalogue.numbers("year")
    with np.errstate(invalid="ignore"):
        if filters.year_min is not None:
            keep &= years >= filters.year_min
        if filters.year_max is not None:
            keep &= years <= filters.year_max
    for column, wanted in filters.values.items():
        rows = catalogue.values(column)
        for value in wanted:
            having = np.zeros(len(keep), dtype=bool)
            having[rows.get(value, np.array([], dtype=np.int32))] = True
            keep &= having
    return keep


def filter_columns(catalogue: Catalogue) -> dict[str, list[str]]:
    """Columns with few enough values to choose from, each with its most frequent values."""
    choices = {}
    for name, column in catalogue.columns.items():
        if column.numeric or not 2 <= column.values <= 300:
            continue
        rows = catalogue.values(name)
        ordered = sorted(rows, key=lambda value: (-len(rows[value]), value))[:MOST_CHOICES]
        choices[name] = sorted(ordered)
    return dict(list(choices.items())[:3])
