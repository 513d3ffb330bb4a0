"""The profile: a fold over a person's events.

Owns what an event means for what is known now: later statements replace earlier ones they
contradict, an undone event counts for nothing, a forgotten subject starts afresh, and tonight's
wishes end with their conversation. Appending and storing events is left to the session and the
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
    facts: dict[tuple[EventKind, str], Fact] = {}
    limits: dict[str, Fact] = {}
    shown: dict[str, None] = {}
    offered: dict[str, None] = {}
    named: dict[str, None] = {}
    asked_openly = False  # and not yet answered by a message
    settings: dict[str, float] = {}
    for event in events:
        if event.event_id is not None and event.event_id in taken_back:
            continue
        here = conversation is None or event.conversation == conversation
        if event.kind is EventKind.FORGOTTEN:
            for key in [key for key in facts if key[1] == event.about]:
                del facts[key]
            limits.pop(event.about, None)
        elif event.kind is EventKind.SHOWN:
            if event.conversation == conversation:
                shown[event.about] = None
                asked_openly = False
        elif event.kind is EventKind.ASKED:
            if event.conversation == conversation:
                offered.update(dict.fromkeys(item_ids(event.source.split(ANSWERS_JOINED_BY))))
                asked_openly = event.about == OPEN
        elif event.kind is EventKind.SETTING:
            settings[event.about] = float(event.value or 0)
        elif event.kind is EventKind.CONSTRAINT:
            if not (here or event.lasting):
                continue
            limits.pop(event.about, None)
            if event.value is not None:
                _state_limit(limits, event)
        elif event.kind in TASTE_KINDS:
            if event.kind is EventKind.NOT_NOW:
                recent = now is None or conversation is None or now - event.at < NOT_NOW_LASTS
                if not (recent or event.conversation == conversation):
                    continue
            elif not (here or event.lasting):
                continue
            _state(facts, event)
            if asked_openly and event.conversation == conversation:
                named.update(dict.fromkeys(item_ids([event.about])))
    ordered = sorted(facts.values(), key=lambda fact: fact.at)
    return Profile(
        user=user,
        facts=tuple(ordered),
        shown=tuple(shown),
        limits=tuple(limits.values()),
        settings=settings,
        offered=tuple(offered),
        named=tuple(named),
    )


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
