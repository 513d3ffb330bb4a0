"""The values the conversation is made of: items, messages, events, facts, profiles.

Everything here is a frozen value without database ids or behaviour that does I/O. Nothing here
knows that items are films; an item is a title, perhaps a year, and whatever attribute columns
its catalogue has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

Speaker = Literal["user", "assistant"]
ANSWERS_JOINED_BY = " | "
"""Between the answers of a question in its event's source."""
OPEN = "open"
"""Key of the question which items somebody has loved, answered in words of their own."""
NO_MAPPING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a catalogue.

    `attributes` maps a column to its values in the catalogue's own spelling (``genres`` →
    ``("Crime", "Drama")``); `numbers` holds the columns whose values are all numeric (``runtime``
    → ``102.0``). `popularity` is on whatever scale the catalogue has; larger is better known.
    """

    item_id: str
    title: str
    year: int | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    description: str | None = None
    popularity: float | None = None
    image_url: str | None = None
    url: str | None = None
    same_as: str | None = None

    @property
    def label(self) -> str:
        """The title with the year where it is known: ``Heat (1995)``."""
        return f"{self.title} ({self.year})" if self.year is not None else self.title


@dataclass(frozen=True, slots=True)
class Message:
    """One utterance of a dialogue, with the ids of the items linked in it."""

    speaker: Speaker
    text: str
    items: tuple[str, ...] = ()


class EventKind(StrEnum):
    """What can be appended to the log about a person.

    The first block are statements of taste and appear as facts; the second are things that
    happened. ``about`` is an item id or ``column:value``.
    """

    LIKES = "likes"
    DISLIKES = "dislikes"
    SEEN = "seen"
    SAVED = "saved"
    NOT_NOW = "not_now"
    RATING = "rating"
    WANTS = "wants"
    AVOIDS = "avoids"

    CONSTRAINT = "constraint"  # about: "year_min", value: 1990; lasts for the conversation
    MENTIONED = "mentioned"
    SHOWN = "shown"  # value: the name of the ranker that chose it
    ASKED = "asked"  # about: the onboarding question's key, source: its answers
    SETTING = "setting"  # about: the dial's name, value: how far it is turned
    UNDONE = "undone"  # about: the id of the event taken back
    FORGOTTEN = "forgotten"  # about: the item or column:value to forget altogether


TASTE_KINDS: frozenset[EventKind] = frozenset(
    {
        EventKind.LIKES,
        EventKind.DISLIKES,
        EventKind.SEEN,
        EventKind.SAVED,
        EventKind.NOT_NOW,
        EventKind.RATING,
        EventKind.WANTS,
        EventKind.AVOIDS,
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person did or said, as appended to the log.

    `source` is the sentence or click it came from. `lasting` is false for tonight's wishes, which
    end with their `conversation`. `event_id` is the store's handle (a string it alone interprets),
    None until stored.
    """

    kind: EventKind
    about: str
    source: str
    at: datetime
    value: float | str | None = None
    lasting: bool = True
    conversation: str | None = None
    catalogue: str | None = None
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known of a person now: the fold's result, with where it came from."""

    kind: EventKind
    about: str
    source: str
    at: datetime
    value: float | str | None = None
    lasting: bool = True
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a person at one moment, folded from their events.

    `facts` are in order of time, contradictions already resolved by the later statement.
    `shown` are ids shown in this conversation, in order, `offered` those that a question named
    as answers, `named` those that the person named when asked openly; `limits` are this
    conversation's hard constraints as facts; `settings` are the dials (`bot.profile.dials`) that
    the person has turned.
    """

    user: str
    facts: tuple[Fact, ...] = ()
    shown: tuple[str, ...] = ()
    limits: tuple[Fact, ...] = ()
    settings: Mapping[str, float] = field(default_factory=lambda: NO_MAPPING)
    offered: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def about(self, *kinds: EventKind) -> tuple[str, ...]:
        """What facts of these kinds are about, oldest first, without repeats."""
        return tuple(dict.fromkeys(fact.about for fact in self.facts if fact.kind in kinds))

    @property
    def constraints(self) -> Mapping[str, float | str]:
        """The limits by name: {"year_min": 1990}."""
        return {fact.about: fact.value for fact in self.limits if fact.value is not None}

    @property
    def liked(self) -> tuple[str, ...]:
        """Ids and ``column:value`` that the person likes, rated 3.5 or better included."""
        return tuple(
            dict.fromkeys(
                fact.about
                for fact in self.facts
                if fact.kind is EventKind.LIKES
                or (fact.kind is EventKind.RATING and float(fact.value or 0) >= 3.5)
            )
        )

    @property
    def disliked(self) -> tuple[str, ...]:
        """Ids and ``column:value`` that the person dislikes, rated 2.5 or worse included."""
        return tuple(
            dict.fromkeys(
                fact.about
                for fact in self.facts
                if fact.kind is EventKind.DISLIKES
                or (fact.kind is EventKind.RATING and float(fact.value or 5) <= 2.5)
            )
        )

    @property
    def never_show(self) -> frozenset[str]:
        """Ids a suggestion must not hold: seen, liked, disliked, rated, or put off for now."""
        return frozenset(
            self.about(
                EventKind.SEEN,
                EventKind.LIKES,
                EventKind.DISLIKES,
                EventKind.RATING,
                EventKind.NOT_NOW,
            )
        )

    @property
    def is_new(self) -> bool:
        """Whether nothing is known yet."""
        return not self.facts


class Intent(StrEnum):
    """What a message wants; a message may have several."""

    REQUEST = "request"  # ask for suggestions
    PREFERENCE = "preference"  # give a preference
    CRITIQUE = "critique"  # of the last suggestions: "older", "like the second but funnier"
    ACCEPT = "accept"
    REJECT = "reject"
    SEEN = "seen"
    WHY = "why"
    ASK_ITEM = "ask_item"  # a question about an item: "who directed it?"
    FORGET = "forget"  # take back or change a preference
    UNDO = "undo"
    GREET = "greet"
    THANK = "thank"
    SMALL_TALK = "small_talk"
    STOP = "stop"
    SKIP = "skip"  # "just show me something"
    SAVE = "save"
    ASK_SELF = "ask_self"  # "what do you know about me?"
    DELETE = "delete"  # "delete my data": told how, never done on a word


class WishKind(StrEnum):
    """What a wish speaks of, and so where a ranking looks it up."""

    VALUE = "value"  # about: column:value
    THEME = "theme"  # about: a word that no column holds, in the singular: "superhero"
    TIME = "time"  # about: "old" or "recent"


class Polarity(StrEnum):
    """Whether something is asked for, refused, or spoken of without either."""

    WANTED = "wanted"
    NAMED = "named"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message says of the suggestions' values, themes or times.

    `said` are the words that say it. A theme that the lexicon knows stands for `values`
    (``column:value``) and `title_words` too. `turn` is the number of the message among the turns
    of a query.
    """

    kind: WishKind
    about: str
    polarity: Polarity
    said: str
    values: tuple[str, ...] = ()
    title_words: tuple[str, ...] = ()
    turn: int = 0

    @property
    def refused(self) -> bool:
        """Whether nothing should be so."""
        return self.polarity is Polarity.REFUSED


@dataclass(frozen=True, slots=True)
class Understanding:
    """What one message said, linked to the catalogue.

    `likes`, `dislikes`, `seen` hold item ids and ``column:value``; wishes ("looking for a
    comedy") are in `likes` and again in `wants`, refusals ("no horror") in `dislikes` and again
    in `avoids`, so that tonight's wish can be told from lasting taste. `mentions` holds every
    linked item. `constraints` are hard: ``year_min``, ``year_max``, ``<column>_min``,
    ``<column>_max`` for numeric columns. `unknown_titles` were named but are in no catalogue row.
    `references` are ids meant by "the second one" or "that one". `count` is how many suggestions
    were asked for. `wishes` tell a ranking of every value, theme and time in the message whether
    it is wanted, refused or merely named.
    """

    intents: frozenset[Intent] = frozenset()
    likes: tuple[str, ...] = ()
    dislikes: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    saved: tuple[str, ...] = ()
    not_now: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    forget: tuple[str, ...] = ()
    forget_all: bool = False  # "forget everything I said"
    themes: tuple[str, ...] = ()  # what it should be about, in words of no column: "superhero"
    wishes: tuple[Wish, ...] = ()
    shades: tuple[str, ...] = ()  # how it should feel, likewise: "less gory", "weird"
    asked_about: tuple[str, ...] = ()  # columns that a question about an item is after
    constraints: Mapping[str, float | str] = field(default_factory=dict)
    relaxed: tuple[str, ...] = ()  # constraint names the person lifted: "any year is fine"
    unknown_titles: tuple[str, ...] = ()
    lasting: frozenset[str] = frozenset()  # of wants/avoids/constraints: said to last
    count: int | None = None
    asks_who: bool = False  # "who are you?", "what can you do?"
    foreign_language: bool = False
    empty: bool = False  # nothing but white space, punctuation or emoji

    @property
    def informative(self) -> bool:
        """Whether the message gives anything to rank by."""
        return bool(
            self.likes
            or self.dislikes
            or self.seen
            or self.mentions
            or self.constraints
            or self.relaxed
            or self.unknown_titles
            or self.saved
            or self.not_now
            or self.references
            or self.themes
            or any(w.refused and w.kind is WishKind.THEME for w in self.wishes)
            or self.shades
            or self.forget_all
            or self.count
            or self.intents & {Intent.CRITIQUE, Intent.SKIP, Intent.REJECT}
        )


def split_about(about: str) -> tuple[str, str] | None:
    """Split ``column:value``; None when `about` is an item id (which holds no such prefix)."""
    column, colon, value = about.partition(":")
    return (column, value) if colon and column.isidentifier() and value else None


def about_attribute(column: str, value: str) -> str:
    """The ``column:value`` form of an attribute."""
    return f"{column}:{value}"


def item_ids(abouts: Iterable[str]) -> tuple[str, ...]:
    """Those of `abouts` that are item ids."""
    return tuple(about for about in abouts if split_about(about) is None)


def attribute_abouts(abouts: Iterable[str]) -> tuple[str, ...]:
    """Those of `abouts` that are ``column:value``."""
    return tuple(about for about in abouts if split_about(about) is not None)
