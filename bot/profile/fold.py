"""The profile: a fold over a person's events.

Owns what an event means for what is known now: later statements replace earlier ones they
contradict, an undone event counts for nothing, a forgotten subject starts afresh, and tonight's
wishes end with their conversation. Appending and storing events is left to the chatbot and the
store.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.values import (
    ANSWERS_JOINED_BY,
    OPEN,
    TASTE_KINDS,
    Event,
    EventKind,
    Fact,
    Profile,
    item_ids,
)

# Statements that cannot both hold of one subject: the later one stands.
CONTRADICTING: tuple[frozenset[EventKind], ...] = (
    frozenset({EventKind.LIKES, EventKind.DISLIKES, EventKind.RATING}),
    frozenset({EventKind.WANTS, EventKind.AVOIDS}),
    frozenset({EventKind.SAVED, EventKind.NOT_NOW}),
)
# A like takes back an avoidance of the same thing, and a dislike a wish for it.
OVERRULED: dict[EventKind, frozenset[EventKind]] = {
    EventKind.LIKES: frozenset({EventKind.AVOIDS}),
    EventKind.WANTS: frozenset({EventKind.DISLIKES}),
    EventKind.DISLIKES: frozenset({EventKind.WANTS, EventKind.SAVED}),
}
NOT_NOW_LASTS = timedelta(hours=12)


def fold_profile(
    user: str,
    events: Sequence[Event],
    *,
    conversation: str | None = None,
    now: datetime | None = None,
) -> Profile:
    """What `events` (in order of time) say of `user` at the moment.

    With `conversation` given, wishes and constraints that belong to another conversation are
    left out, and "not now" ends after twelve hours; with None everything said is listed. An
    empty string is a conversation of its own, in which nothing has been said yet.
    """
    taken_back = {event.about for event in events if event.kind is EventKind.UNDONE}
    fold = _Fold(conversation, now)
    for event in events:
        if event.event_id is None or event.event_id not in taken_back:
            fold.add(event)
    return Profile(
        user=user,
        facts=tuple(sorted(fold.facts.values(), key=lambda fact: fact.at)),
        shown=tuple(fold.shown),
        limits=tuple(fold.limits.values()),
        settings=fold.settings,
        offered=tuple(fold.offered),
        named=tuple(fold.named),
    )


class _Fold:
    """What the events added so far come to, seen from a conversation at a moment."""

    def __init__(self, conversation: str | None, now: datetime | None) -> None:
        self._conversation = conversation
        self._now = now
        self._asked_openly = False  # and not yet answered by a message
        self.facts: dict[tuple[EventKind, str], Fact] = {}
        self.limits: dict[str, Fact] = {}
        self.settings: dict[str, float] = {}
        # Ordered sets of item ids:
        self.shown: dict[str, None] = {}
        self.offered: dict[str, None] = {}
        self.named: dict[str, None] = {}

    def add(self, event: Event) -> None:
        """Take in one event, later than all before it."""
        if event.kind is EventKind.FORGOTTEN:
            self._forget(event.about)
        elif event.kind is EventKind.SETTING:
            self.settings[event.about] = float(event.value or 0)
        elif event.kind is EventKind.CONSTRAINT:
            if self._counts(event):
                self._limit(event)
        elif event.kind in TASTE_KINDS:
            if self._counts(event):
                self._taste(event)
        elif event.conversation == self._conversation:
            self._show_or_ask(event)

    def _counts(self, event: Event) -> bool:
        """Whether a statement holds for the conversation."""
        if self._conversation is None or event.conversation == self._conversation:
            return True
        if event.kind is EventKind.NOT_NOW:
            return self._now is None or self._now - event.at < NOT_NOW_LASTS
        return event.lasting

    def _forget(self, about: str) -> None:
        for key in [key for key in self.facts if key[1] == about]:
            del self.facts[key]
        self.limits.pop(about, None)

    def _limit(self, event: Event) -> None:
        self.limits.pop(event.about, None)
        if event.value is not None:
            _state_limit(self.limits, event)

    def _taste(self, event: Event) -> None:
        _state(self.facts, event)
        if self._asked_openly and event.conversation == self._conversation:
            self.named.update(dict.fromkeys(item_ids([event.about])))

    def _show_or_ask(self, event: Event) -> None:
        """Note what this conversation showed, and which answers it offered."""
        if event.kind is EventKind.SHOWN:
            self.shown[event.about] = None
            self._asked_openly = False
        elif event.kind is EventKind.ASKED:
            answers = event.source.split(ANSWERS_JOINED_BY)
            self.offered.update(dict.fromkeys(item_ids(answers)))
            self._asked_openly = event.about == OPEN


def _state(facts: dict[tuple[EventKind, str], Fact], event: Event) -> None:
    """Put a statement among the facts in place of those that it contradicts."""
    replaced = set(OVERRULED.get(event.kind, frozenset()))
    for group in CONTRADICTING:
        if event.kind in group:
            replaced |= group
    for kind in replaced:
        facts.pop((kind, event.about), None)
    facts[event.kind, event.about] = _fact(event)


def _state_limit(limits: dict[str, Fact], event: Event) -> None:
    """Put a limit among the others in place of one that leaves nothing beside it.

    "Before 1970" after "from the 80s" takes the place of both ends of the eighties.
    """
    column, _, end = event.about.rpartition("_")
    other = f"{column}_{'max' if end == 'min' else 'min'}"
    if end in ("min", "max") and other in limits:
        low, high = (event, limits[other]) if end == "min" else (limits[other], event)
        if float(low.value or 0) > float(high.value or 0):
            del limits[other]
    limits[event.about] = _fact(event)


def _fact(event: Event) -> Fact:
    return Fact(
        kind=event.kind,
        about=event.about,
        source=event.source,
        at=event.at,
        value=event.value,
        lasting=event.lasting,
        event_id=event.event_id,
    )
