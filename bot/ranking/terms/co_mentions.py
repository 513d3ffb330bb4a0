"""What people mention together: the sessions learned from, and the terms that rest on them.

`MentionLog` holds who mentioned what, on keys; `Mentions` is the log on one catalogue. The terms
are popularity (smoothed towards what the catalogue says of an item) and co-mention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.core.protocols import Catalogue
from bot.ranking.items.keys import ItemKey, key_hash, rows_of_keys
from bot.ranking.resolved_query import Ask, Vector
from bot.ranking.terms.term import Features

PRIOR_MENTIONS = 300.0
"""How many mentions the prior popularity weighs as."""
PRIOR_TOGETHER = 8.0
"""How many shared sessions an item's popularity weighs as, when what goes with it is asked."""
RIDGE = 20.0
"""Ridge of the linear item-to-item model (Steck 2019, "Embarrassingly shallow autoencoders")."""
DISLIKED = 0.3
"""Weight of an item in a session whose person disliked it."""


@dataclass(frozen=True)
class MentionLog:
    """Sessions of items: `weights` has shape (sessions, keys), CSR float32, 1 for a mention.

    `covered` are hashes of all items that could have been mentioned, sorted; an item outside is
    new, and that it was never mentioned says nothing of it. Empty: everything was covered.
    """

    keys: tuple[ItemKey, ...]
    weights: sparse.csr_matrix
    covered: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @classmethod
    def of(
        cls,
        sessions: Sequence[Sequence[str]],
        feedback: Sequence[Mapping[str, str]],
        catalogue: Catalogue,
        withheld: frozenset[str] = frozenset(),
    ) -> MentionLog:
        """A log of sessions of item ids; what a session's feedback dislikes counts less.

        `withheld` items are left out, as if they were new.
        """
        numbers: dict[str, int] = {}
        rows, columns, values = [], [], []
        for number, (session, reactions) in enumerate(zip(sessions, feedback, strict=True)):
            for item in dict.fromkeys(session):
                if catalogue.get(item) is None or item in withheld:
                    continue
                rows.append(number)
                columns.append(numbers.setdefault(item, len(numbers)))
                values.append(DISLIKED if reactions.get(item) == "disliked" else 1.0)
        keys = tuple(ItemKey.of(catalogue.items[catalogue.row(item)]) for item in numbers)
        shape = (len(sessions), len(keys))
        matrix = sparse.csr_matrix((values, (rows, columns)), shape=shape, dtype=np.float32)
        covered = [key_hash(item) for item in catalogue.items if item.item_id not in withheld]
        return cls(keys, matrix, np.unique(np.array(covered, dtype=np.int64)))

    def new_in(self, catalogue: Catalogue) -> NDArray[np.bool_]:
        """Which rows of `catalogue` could not have been mentioned, shape (items,)."""
        if not len(self.covered):
            return np.zeros(len(catalogue.items), dtype=bool)
        hashes = np.array([key_hash(item) for item in catalogue.items], dtype=np.int64)
        unseen = ~np.isin(hashes, self.covered)
        unseen[rows_of_keys(self.keys, catalogue)] = False
        return unseen

    def on(self, catalogue: Catalogue) -> sparse.csr_matrix:
        """The sessions over the rows of `catalogue`, (sessions, items), of the items it has."""
        rows = rows_of_keys(self.keys, catalogue)
        here = np.flatnonzero(rows >= 0)
        move = sparse.csr_matrix(
            (np.ones(len(here), dtype=np.float32), (here, rows[here])),
            shape=(len(self.keys), len(catalogue.items)),
        )
        moved = self.weights.dot(move).tocsr()
        moved.data = np.minimum(moved.data, 1.0)
        return moved


@dataclass(frozen=True)
class Mentions:
    """Sessions over the rows of one catalogue, and a prior popularity, log P(item), (items,).

    `new` rows have no count of their own: the prior, which is the share of mentions that items
    like them have on average, stands in for it.
    """

    sessions: sparse.csr_matrix
    prior: Vector
    new: NDArray[np.bool_] | None = None

    @cached_property
    def counts(self) -> NDArray[np.float64]:
        """In how many sessions each item stands, shape (items,)."""
        return np.asarray((self.sessions > 0).sum(axis=0), dtype=np.float64).ravel()

    @cached_property
    def log_popularity(self) -> Vector:
        """log P(item): mentions smoothed towards the prior (Dirichlet), shape (items,)."""
        total = self.counts.sum() + PRIOR_MENTIONS
        smoothed = (self.counts + PRIOR_MENTIONS * np.exp(self.prior.astype(np.float64))) / total
        found: Vector = np.log(np.maximum(smoothed, 1e-12)).astype(np.float32)
        if self.new is not None:
            found[self.new] = self.prior[self.new]
        return found

    @cached_property
    def together(self) -> sparse.csr_matrix:
        """In how many sessions two items stand together, (items, items), diagonal 0."""
        seen = (self.sessions > 0).astype(np.float32)
        pairs = seen.T.dot(seen).tolil()
        pairs.setdiag(0)
        return pairs.tocsr()

    @cached_property
    def linear(self) -> tuple[NDArray[np.int64], Vector]:
        """Items with sessions (n,), and the linear model's weights between them (n, n)."""
        active = np.flatnonzero(self.counts > 0)
        taken = self.sessions[:, active].astype(np.float64)
        gram = np.asarray(taken.T.dot(taken).todense())
        if not len(active):
            return active, np.zeros((0, 0), dtype=np.float32)
        gram[np.diag_indices_from(gram)] += RIDGE
        inverse = np.linalg.inv(gram)
        weights = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        return active, weights.astype(np.float32)


class PopularityTerm:
    """How often an item is spoken of, and how well known the catalogue makes it."""

    name = "popularity"
    features = ("mentioned", "known", "mentioned_first", "known_first")

    def __init__(self, mentions: Mentions) -> None:
        self._mentioned = _centred(mentions.log_popularity)
        self._known = _centred(mentions.prior)

    def score(self, ask: Ask) -> Features:
        """Logarithms of both, again when nothing has been mentioned yet, (4, items)."""
        first = np.float32(not ask.rows)
        return np.stack(
            [self._mentioned, self._known, self._mentioned * first, self._known * first]
        )


class CoMentionTerm:
    """What is mentioned together with what the dialogue mentions."""

    name = "co_mention"
    features = ("lift", "linear")

    def __init__(self, mentions: Mentions) -> None:
        self._mentions = mentions
        self._chance = np.exp(mentions.log_popularity)
        active, self._weights = mentions.linear
        self._active = active
        self._place = {int(row): place for place, row in enumerate(active)}

    def score(self, ask: Ask) -> Features:
        """Smoothed log-lift over popularity, and the linear model's score, (2, items)."""
        lift = np.zeros(len(self._chance), dtype=np.float32)
        linear = np.zeros(len(self._chance), dtype=np.float32)
        for row, weight in zip(ask.rows, ask.weights, strict=True):
            lift += weight * self._lift(row)
            if row in self._place:
                linear[self._active] += weight * self._weights[self._place[row]]
        if ask.rows:
            lift /= np.sqrt(ask.weights.sum())
        return np.stack([lift, linear])

    def blame(self, ask: Ask, row: int) -> dict[int, Sequence[float]]:
        """Mentioned row → its part of each feature for the item in `row`."""
        norm = float(np.sqrt(ask.weights.sum())) if ask.rows else 1.0
        parts: dict[int, Sequence[float]] = {}
        for other, weight in zip(ask.rows, ask.weights, strict=True):
            linear = 0.0
            if other in self._place and row in self._place:
                linear = float(self._weights[self._place[other], self._place[row]])
            parts[other] = (weight * self._lift_of(other, row) / norm, weight * linear)
        return parts

    def _lift(self, row: int) -> Vector:
        """log P(item | mentioned with `row`) - log P(item), smoothed, shape (items,)."""
        with_it, counts, total = self._together(row)
        lift = np.full(len(self._chance), _never_together(total), np.float32)
        lift[with_it] = self._lifts(with_it, counts, total)
        return lift

    def _lift_of(self, row: int, item: int) -> float:
        """The same of one `item`."""
        with_it, counts, total = self._together(row)
        at = np.flatnonzero(with_it == item)
        if not len(at):
            return float(np.float32(_never_together(total)))
        return float(self._lifts(with_it[at], counts[at], total)[0])

    def _together(self, row: int) -> tuple[NDArray[np.int32], Vector, float]:
        """Rows mentioned with the one in `row`, how often each, and all together."""
        pairs = self._mentions.together
        part = slice(pairs.indptr[row], pairs.indptr[row + 1])
        counts = pairs.data[part]
        return pairs.indices[part], counts, float(counts.sum())

    def _lifts(self, rows: NDArray[Any], counts: Vector, total: float) -> Vector:
        chance = self._chance[rows]
        share = (counts + PRIOR_TOGETHER * chance) / (total + PRIOR_TOGETHER)
        return np.asarray(np.log(share / chance), dtype=np.float32)


def _never_together(total: float) -> float:
    return float(np.log(PRIOR_TOGETHER / (total + PRIOR_TOGETHER)))


def _centred(values: Vector) -> Vector:
    """Values around their mean: what all items have in common moves no ranking."""
    return np.asarray(values - values.mean(), dtype=np.float32)
