"""What a person's reactions say of all other items: a Bayesian update inside the session.

A person's taste is a function over items with a Gaussian prior whose covariance is how alike two
items are: kinds, people, texts, time, and how well known. Every reaction observes it with noise:
liking, disliking, a rating, having seen, having passed over what was shown. The term is the
posterior mean, so a second reaction to much the same thing moves less than the first, and
reactions to different things add up (Rasmussen and Williams 2006, "Gaussian processes for machine
learning", section 2.2). Hard consequences, such as never showing again what was seen, are the
filter's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.domain import EventKind, Fact, split_about
from bot.ranking.ask import Ask, Vector
from bot.ranking.likeness import LikenessIndex
from bot.ranking.terms import Features

COLUMNS_KEPT = 256
"""Items whose likeness to all others is kept; of 17,000 items each takes 70 kB."""
MOST_REACTIONS = 80
"""The latest so many count; bounds a matrix inversion."""
NO_YEAR = 1995.0
YEARS_APART = 8.0
"""At so many years likeness in time has fallen to 1/e."""
LIKED_FROM, DISLIKED_TO, BEST = 3.5, 2.5, 5.0


@dataclass(frozen=True, slots=True)
class Pull:
    """How far likenesses and reactions reach; chosen on simulated people, see docs/evaluation.md.

    The first five weigh the kinds of likeness. `liked` to `not_picked` are the taste that a
    reaction observes, in nats: somebody who has seen an item chose it, so that tells of their
    taste even without an opinion. `noise` and `passed_noise` are the variances of what is observed.
    """

    kinds: float = 0.3
    names: float = 0.5
    description: float = 0.5
    time: float = 1.4
    known: float = 0.1
    liked: float = 4.0
    rated_best: float = 0.5
    seen: float = 2.5
    disliked: float = -1.5
    passed: float = -2.0
    not_picked: float = -1.0
    noise: float = 2.75
    passed_noise: float = 4.5


class ReactionsTerm:
    """The posterior mean of a person's taste for every item, given their reactions."""

    name = "reactions"
    features = ("taste",)

    def __init__(self, index: LikenessIndex, fame: Vector, pull: Pull | None = None) -> None:
        """`fame` is how well known each item is, on any scale, shape (items,)."""
        self._index = index
        self._pull = pull or Pull()
        spread = np.float32(max(float(fame.std()), 1e-6))
        self._fame = ((fame - fame.mean()) / spread).astype(np.float32)
        years = index.years.copy()
        years[years == 0] = NO_YEAR
        self._years = years
        self._kept: dict[int, Vector] = {}

    def score(self, ask: Ask) -> Features:
        """The posterior mean, in nats, shape (1, items); 0 for somebody without reactions."""
        rows, parts = self._parts(ask)
        if not rows:
            return np.zeros((1, len(self._years)), dtype=np.float32)
        return np.asarray(parts.sum(axis=1), dtype=np.float32)[None]

    def blame(self, ask: Ask, row: int) -> dict[int, Sequence[float]]:
        """Row of an item reacted to → its part of the score of the item in `row`."""
        rows, parts = self._parts(ask)
        return {other: [float(parts[row, place])] for place, other in enumerate(rows)}

    def _parts(self, ask: Ask) -> tuple[list[int], NDArray[np.float32]]:
        """Rows reacted to, and what each adds to every item, shape (items, rows)."""
        observed = self._observed(ask)
        rows = [row for row, _, _ in observed]
        if not rows:
            return rows, np.zeros((len(self._years), 0), dtype=np.float32)
        likeness = np.stack([self._likeness(row) for row in rows], axis=1)
        levels = np.array([level for _, level, _ in observed])
        noise = np.array([noise for _, _, noise in observed])
        among = likeness[rows].astype(np.float64)
        among = (among + among.T) / 2 + np.diag(noise)
        weights = np.linalg.solve(among, levels)
        return rows, likeness * weights.astype(np.float32)

    def _observed(self, ask: Ask) -> list[tuple[int, float, float]]:
        """(row, taste observed, variance) for each item reacted to or passed over, the latest.

        What the person brought up in this conversation is left to the terms of what is spoken of,
        whose weights were learned on such dialogues: counted here again it makes them worse.
        """
        found: dict[str, tuple[float, float]] = {}
        profile = ask.query.profile
        for item_id in profile.offered:
            found[item_id] = (self._pull.not_picked, self._pull.passed_noise)
        for item_id in profile.shown:
            found[item_id] = (self._pull.passed, self._pull.passed_noise)
        met = {*profile.shown, *profile.offered}
        told = {item for turn in ask.query.turns for item in turn.items if item not in met}
        stances: dict[str, list[float]] = {}
        for fact in profile.facts:
            level = self._level(fact)
            if level is not None and split_about(fact.about) is None and fact.about not in told:
                stances.setdefault(fact.about, []).append(level)
        for item_id, levels in stances.items():
            found.pop(item_id, None)  # the later statement counts, so it goes to the end
            # Seen and disliked is a dislike; seen and liked a like: the stronger word stands.
            found[item_id] = (max(levels, key=abs), self._pull.noise)
        there = [
            (ask.catalogue.row(item_id), *seen)
            for item_id, seen in found.items()
            if ask.catalogue.get(item_id) is not None
        ]
        return there[-MOST_REACTIONS:]

    def _level(self, fact: Fact) -> float | None:
        """The taste that a fact observes; None when it tells nothing of taste."""
        pull = self._pull
        if fact.kind is EventKind.RATING:
            rating = float(fact.value or 0)
            if rating >= LIKED_FROM:
                share = (rating - LIKED_FROM) / (BEST - LIKED_FROM)
                return pull.liked + share * pull.rated_best
            return pull.seen if rating > DISLIKED_TO else pull.disliked
        return {
            EventKind.LIKES: pull.liked,
            EventKind.SAVED: pull.liked,
            EventKind.SEEN: pull.seen,
            EventKind.DISLIKES: pull.disliked,
            EventKind.NOT_NOW: pull.passed,
        }.get(fact.kind)

    def _likeness(self, row: int) -> Vector:
        """How alike every item is to the one in `row`, kept for the turns to come."""
        found = self._kept.get(row)
        if found is None:
            if len(self._kept) >= COLUMNS_KEPT:
                self._kept.clear()
            found = self._kept[row] = self._compute_likeness(row)
        return found

    def _compute_likeness(self, row: int) -> Vector:
        """How alike every item is to the one in `row`, shape (items,)."""
        pull = self._pull
        apart = np.abs(self._years - self._years[row])
        total = pull.time * np.exp(-apart / YEARS_APART) + pull.known * self._fame * self._fame[row]
        spaces = self._index.spaces
        weights = {"kinds": pull.kinds, "names": pull.names, "description": pull.description}
        for space, weight in weights.items():
            matrix = spaces[space]
            total = total + weight * np.asarray(matrix.dot(matrix[row].T).todense()).ravel()
        return np.asarray(total, dtype=np.float32)
