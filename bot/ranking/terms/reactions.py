"""What a person's reactions say of all other items: a Bayesian update inside the session.

A person's taste is a function over items with a Gaussian prior whose covariance is how alike two
items are: kinds, people, texts, time, and how well known. Every reaction observes it with noise:
liking, disliking, a rating, having seen. The term is the posterior mean, so a second reaction to
much the same thing moves less than the first, and reactions to different things add up (Rasmussen
and Williams 2006, "Gaussian processes for machine learning", section 2.2). That something was
passed over without a word tells nothing here: what is suggested is like what was liked, and
counting it as a refusal led away from it. Hard consequences, such as never showing again what was
seen, are the filter's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.core.values import EventKind, Fact, split_about
from bot.ranking.resolved_query import Ask, Vector
from bot.ranking.terms.likeness import LikenessIndex
from bot.ranking.terms.term import Features

CACHED_COLUMNS = 256
"""Items whose likeness to all others is cached; of 17,000 items each takes 70 kB."""
MOST_REACTIONS = 80
"""The latest so many count; bounds a matrix inversion."""
NO_YEAR = 1995.0
YEARS_APART = 8.0
"""At so many years likeness in time has fallen to 1/e."""
LIKED_FROM, DISLIKED_TO, BEST = 3.5, 2.5, 5.0


@dataclass(frozen=True, slots=True)
class Pull:
    """How far likenesses and reactions reach; chosen on simulated people, see docs/evaluation.md.

    The first five weigh the kinds of likeness. `liked` to `disliked` are the taste that a
    reaction observes, in nats: somebody who has seen an item chose it, so that tells of their
    taste even without an opinion. `noise` is the variance of what is observed.
    """

    kinds: float = 0.6
    names: float = 1.0
    description: float = 0.5
    time: float = 1.4
    known: float = 0.1
    liked: float = 8.0
    rated_best: float = 1.0
    seen: float = 5.0
    disliked: float = -3.0
    noise: float = 2.75


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
        self._cached: dict[int, Vector] = {}

    def score(self, ask: Ask) -> Features:
        """The posterior mean, in nats, shape (1, items); 0 for somebody without reactions."""
        rows, weights = self._weights(ask)
        if not rows:
            return np.zeros((1, len(self._years)), dtype=np.float32)
        parts = np.stack([self._likeness(row) for row in rows], axis=1) * weights
        return np.asarray(parts.sum(axis=1), dtype=np.float32)[None]

    def blame(self, ask: Ask, row: int) -> dict[int, Sequence[float]]:
        """Row of an item reacted to → its part of the score of the item in `row`."""
        rows, weights = self._weights(ask)
        return {
            other: [float(self._likeness(other)[row] * weight)]
            for other, weight in zip(rows, weights, strict=True)
        }

    def _weights(self, ask: Ask) -> tuple[list[int], Vector]:
        """Rows reacted to, and what likeness to each is worth, shape (rows,)."""
        observed = self._observed(ask)
        rows = list(observed)
        if not rows:
            return rows, np.zeros(0, dtype=np.float32)
        among = np.stack([self._likeness(row)[rows] for row in rows], axis=1).astype(np.float64)
        among = (among + among.T) / 2 + self._pull.noise * np.eye(len(rows))
        weights = np.linalg.solve(among, np.array(list(observed.values())))
        return rows, weights.astype(np.float32)

    def _observed(self, ask: Ask) -> dict[int, float]:
        """Row → taste observed, for each item reacted to, the latest last.

        What the person brought up in this conversation is left to the terms of what is spoken of,
        whose weights were learned on such dialogues: counted here again it makes them worse. What
        they named because they were asked what they love is an answer, as a pick is, and counts.
        """
        profile = ask.query.profile
        met = {*profile.shown, *profile.offered, *profile.named}
        told = {item for turn in ask.query.turns for item in turn.items if item not in met}
        stances: dict[int, list[float]] = {}
        for fact in profile.facts:
            level = self._level(fact)
            if level is None or split_about(fact.about) is not None or fact.about in told:
                continue
            if ask.catalogue.get(fact.about) is not None:
                stances.setdefault(ask.catalogue.row(fact.about), []).append(level)
        # Seen and disliked is a dislike, seen and liked a like: a like or dislike goes before.
        found = {row: self._strongest(levels) for row, levels in stances.items()}
        return dict(list(found.items())[-MOST_REACTIONS:])

    def _strongest(self, levels: Sequence[float]) -> float:
        """The opinion among `levels`, where there is one besides having seen."""
        opinions = [level for level in levels if level != self._pull.seen]
        return opinions[-1] if opinions else self._pull.seen

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
        }.get(fact.kind)

    def _likeness(self, row: int) -> Vector:
        """How alike every item is to the one in `row`, cached for the turns to come."""
        found = self._cached.get(row)
        if found is None:
            if len(self._cached) >= CACHED_COLUMNS:
                self._cached.clear()
            found = self._cached[row] = self._compute_likeness(row)
        return found

    def _compute_likeness(self, row: int) -> Vector:
        """How alike every item is to the one in `row`, shape (items,)."""
        pull = self._pull
        apart = np.abs(self._years - self._years[row])
        total = pull.time * np.exp(-apart / YEARS_APART) + pull.known * self._fame * self._fame[row]
        weights = {"kinds": pull.kinds, "names": pull.names, "description": pull.description}
        for space, weight in weights.items():
            total = total + weight * self._index.cosines(space, [row]).ravel()
        return np.asarray(total, dtype=np.float32)
