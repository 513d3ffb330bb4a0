"""What a term of the ranking is: named, additive, with a few features that weights are learned for.

The logit of an item is the sum over terms of the sum over a term's features of weight x feature.
What a term adds is told against its mean over the best of the ranking (`against_the_best`), so
that what all of them have in common explains none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bot.ranking.resolved_query import Ask, Vector

Features = NDArray[np.float32]
THE_BEST = 200
"""How many of a ranking's best items an item's terms are told against."""


class Term(Protocol):
    """One reason to rank an item higher or lower, over the whole catalogue."""

    @property
    def name(self) -> str:
        """What it is switched off by and what explanations call it."""
        ...

    @property
    def features(self) -> tuple[str, ...]:
        """Names of its features, in the order of the rows of `score`."""
        ...

    def score(self, ask: Ask) -> Features:
        """Every feature of every item, float32, shape (features, items)."""
        ...


@runtime_checkable
class BlamingTerm(Protocol):
    """A term that rests on items of the history, and can say how much on which."""

    def blame(self, ask: Ask, row: int) -> dict[int, Sequence[float]]:
        """Row of a history item → its part of each feature of the item in `row`."""
        ...


def weight_names(terms: Sequence[Term]) -> tuple[str, ...]:
    """``term.feature`` for every feature of every term, in order."""
    return tuple(f"{term.name}.{feature}" for term in terms for feature in term.features)


def all_features(terms: Sequence[Term], ask: Ask) -> Features:
    """The features of all terms one below the other, shape (all features, items)."""
    return np.concatenate([term.score(ask) for term in terms]).astype(np.float32, copy=False)


def against_the_best(
    parts: Mapping[str, Vector], order: NDArray[np.int64]
) -> dict[str, NDArray[np.float32]]:
    """Each term's contributions less their mean over the first 200 rows of `order`, best first.

    A constant for each term: neither the ranking nor the shares move. `order` holds rows, 200 of
    them where there are, so that what is told of an item does not hang on how many were asked for.
    """
    best = order[:THE_BEST]
    return {name: np.asarray(values - values[best].mean()) for name, values in parts.items()}
