"""How well known each item is, on one scale whatever scale a catalogue's popularity has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import Catalogue

_MANY_VALUES = 300


def fame_of(catalogue: Catalogue) -> NDArray[np.float64] | None:
    """log(n / rank) by row, shape (n,): about 10 for the best known of 20,000, 0 for the last.

    None for a catalogue without popularity.
    """
    popularity = catalogue.numbers("popularity").astype(np.float64)
    if not len(popularity) or np.isnan(popularity).all():
        return None
    order = np.argsort(-np.nan_to_num(popularity, nan=-np.inf), kind="stable")
    rank = np.empty(len(order))
    rank[order] = np.arange(1, len(order) + 1)
    fame: NDArray[np.float64] = np.log(len(order) / rank)
    return fame


def company_of(catalogue: Catalogue) -> list[float]:
    """How much company each item's rarer values have elsewhere, by row: a stand-in for fame.

    Well-known items have well-known people, whose names stand at many others. Columns of few
    values (genres) tell nothing of that and are left out.
    """
    company = np.zeros(len(catalogue.items))
    for column in catalogue.columns.values():
        if column.numeric or column.values < _MANY_VALUES:
            continue
        for rows in catalogue.values(column.name).values():
            company[rows] += np.log(len(rows))
    return [float(value) for value in company]
