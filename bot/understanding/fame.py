"""How well known each item is, on one scale whatever scale a catalogue's popularity has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bot.protocols import Catalogue


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
