"""A ranking's query and scores, and the result of a turn with its suggestions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.core.values import NO_MAPPING, Item, Message, Profile, Understanding, Wish


@dataclass(frozen=True, slots=True)
class RankingQuery:
    """All that a ranker may read: the dialogue so far and the person's folded history.

    `turns` end with the message to answer. `exclude` must not be ranked. `constraints` are hard.
    `wants` and `avoids` are ``column:value`` of this conversation, newest last; `asked` are those
    that the message to answer asks for or praises itself. `wishes` are what the understanding found
    in the turns, as it stands now: of contrary ones the later. `unfit` are ``column:value`` that do
    not go with a wish, and `fit` those of which an item needs one. `conversation` names the
    key-value cache to extend, if any. `fame` is the factor on how much well-known items weigh: 1 as
    learned, 0 not at all.
    """

    turns: tuple[Message, ...] = ()
    profile: Profile = field(default_factory=lambda: Profile(user=""))
    exclude: frozenset[str] = frozenset()
    constraints: Mapping[str, float | str] = field(default_factory=dict)
    liked: tuple[str, ...] = ()  # items liked, in history and dialogue, newest last
    disliked: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    wishes: tuple[Wish, ...] = ()
    unfit: tuple[str, ...] = ()
    fit: tuple[str, ...] = ()
    conversation: str | None = None
    fame: float = 1.0


@dataclass(frozen=True, slots=True)
class Scored:
    """One ranked item: `score` is P(item | query), `terms` sum (weights in) to its logit.

    Each term is told against its mean over the best of the ranking: what makes this item stand
    out among them. So the sum is the logit up to a constant that all items share.
    """

    item_id: str
    score: float
    terms: Mapping[str, float] = field(default_factory=lambda: NO_MAPPING)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A ranked item as it is shown, with reasons that have been checked to be true."""

    item: Item
    score: float
    reasons: tuple[str, ...] = ()
    terms: Mapping[str, float] = field(default_factory=lambda: NO_MAPPING)


Act = Literal["ask", "recommend", "explain", "answer", "confirm"]


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds from the message's arrival; None for what did not happen in the turn."""

    ranked_ms: float | None = None
    first_token_ms: float | None = None
    total_ms: float | None = None


@dataclass(frozen=True, slots=True)
class TurnResult:
    """The outcome of one turn, as it is stored and handed to the edges."""

    conversation: str
    act: Act
    reply: str
    suggestions: tuple[Suggestion, ...] = ()
    understood: Understanding = field(default_factory=Understanding)
    timings: Timings = field(default_factory=Timings)
    chips: tuple[str, ...] = ()  # quick replies that fit the moment
    notices: tuple[str, ...] = ()
