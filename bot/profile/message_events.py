"""From what a message said, or a click meant, to the events that record it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.core import patterns
from bot.core.errors import UsageError
from bot.core.values import Event, EventKind, Profile, Understanding

FEEDBACK_KINDS: dict[str, EventKind] = {
    "like": EventKind.LIKES,
    "dislike": EventKind.DISLIKES,
    "seen": EventKind.SEEN,
    "save": EventKind.SAVED,
    "not-now": EventKind.NOT_NOW,
}
_RATING = patterns.compile(r"rating=(?P<value>[0-9]+(?:\.[0-9]+)?)")
RATINGS = tuple(half / 2 for half in range(1, 11))


def parse_feedback(kind: str) -> tuple[EventKind, float | None]:
    """The event kind of ``like``, ``seen``, …, ``rating=N`` (N from 0.5 to 5 in halves).

    Raises UsageError with what was expected.
    """
    if kind in FEEDBACK_KINDS:
        return FEEDBACK_KINDS[kind], None
    match = _RATING.fullmatch(kind)
    if match:
        value = float(match["value"])
        if value in RATINGS:
            return EventKind.RATING, value
        raise UsageError(
            "Expected a rating from 0.5 to 5 in halves",
            found=match["value"],
            remedy="Give for example rating=4.5",
        )
    raise UsageError(
        "Expected one of like, dislike, seen, save, not-now or rating=N",
        found=repr(kind),
        remedy="Give for example --as like, or --as rating=4.5",
    )


def events_of(
    said: Understanding,
    source: str,
    at: datetime,
    *,
    conversation: str | None,
    catalogue: str | None,
) -> Iterator[Event]:
    """The events that a message's understanding amounts to, in a fixed order.

    A wish or refusal of attributes is tonight's unless it was said to last; a stance on an item
    always lasts.
    """

    def event(
        kind: EventKind, about: str, value: float | str | None = None, lasting: bool = True
    ) -> Event:
        return Event(kind, about, source, at, value, lasting, conversation, catalogue)

    for about in said.forget:
        yield event(EventKind.FORGOTTEN, about)
    for name in said.relaxed:
        yield event(EventKind.CONSTRAINT, name, None, lasting=False)
    for name, value in said.constraints.items():
        yield event(EventKind.CONSTRAINT, name, value, lasting=name in said.lasting)
    for about in said.wants:
        yield event(EventKind.WANTS, about, lasting=about in said.lasting)
    for about in said.avoids:
        yield event(EventKind.AVOIDS, about, lasting=about in said.lasting)
    stances = (
        (EventKind.LIKES, (about for about in said.likes if about not in said.wants)),
        (EventKind.DISLIKES, (about for about in said.dislikes if about not in said.avoids)),
        (EventKind.SEEN, said.seen),
        (EventKind.SAVED, said.saved),
        (EventKind.NOT_NOW, said.not_now),
    )
    stated = {*said.likes, *said.dislikes, *said.seen, *said.saved, *said.not_now}
    for kind, abouts in stances:
        for about in abouts:
            yield event(kind, about)
    for about in said.mentions:
        if about not in stated:
            yield event(EventKind.MENTIONED, about)


def forget_all(
    profile: Profile, source: str, at: datetime, conversation: str | None
) -> Iterator[Event]:
    """FORGOTTEN for everything that `profile` holds; like every event it can be undone."""
    abouts = [*(fact.about for fact in profile.facts), *profile.constraints]
    for about in dict.fromkeys(abouts):
        yield Event(EventKind.FORGOTTEN, about, source, at, conversation=conversation)


def undo_last(
    history: Sequence[Event], conversation: str, source: str, at: datetime
) -> list[Event]:
    """UNDONE for the last statement or click in this conversation that still stands."""
    gone = {event.about for event in history if event.kind is EventKind.UNDONE}
    marks = {EventKind.SHOWN, EventKind.ASKED, EventKind.UNDONE, EventKind.MENTIONED}
    standing = [
        event
        for event in history
        if event.conversation == conversation
        and event.kind not in marks
        and event.event_id not in gone
    ]
    if not standing:
        return []
    last = standing[-1]
    return [
        Event(EventKind.UNDONE, event.event_id or "", source, at, conversation=conversation)
        for event in standing
        if event.source == last.source and event.at == last.at
    ]
