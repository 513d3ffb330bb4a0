"""The event log: appending to it and reading it back, whole and in order.

What the events mean together is the profile's business; this keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from bot.core.values import Event, EventKind
from storage.person.turn_documents import storable
from storage.sql.models import EventRow

# What happened in a conversation and means nothing without it.
OF_THE_CONVERSATION = (
    EventKind.CONSTRAINT,
    EventKind.MENTIONED,
    EventKind.SHOWN,
    EventKind.ASKED,
)


def append_events(session: Session, person_id: int, events: Sequence[Event]) -> list[str]:
    """Append and return the new ids, in order. Conversations named must exist."""
    rows = [
        EventRow(
            person_id=person_id,
            conversation_id=event.conversation,
            catalogue=event.catalogue,
            kind=event.kind.value,
            about=storable(event.about),
            value=storable(event.value) if isinstance(event.value, str) else event.value,
            source=storable(event.source),
            lasting=event.lasting,
            at=event.at,
        )
        for event in events
    ]
    session.add_all(rows)
    session.flush()
    return [str(row.id) for row in rows]


def read_events(session: Session, person_id: int, catalogue: str | None) -> list[Event]:
    """A person's events, oldest first; with `catalogue`, those of it and those of none."""
    query = select(EventRow).where(EventRow.person_id == person_id).order_by(EventRow.id)
    if catalogue is not None:
        query = query.where(or_(EventRow.catalogue == catalogue, EventRow.catalogue.is_(None)))
    known = {kind.value for kind in EventKind}
    return [_event(row) for row in session.scalars(query) if row.kind in known]


def drop_conversation_events(session: Session, conversation: str) -> None:
    """Delete what ends with a conversation; lasting taste said in it stays, without it."""
    passing = or_(
        EventRow.kind.in_([kind.value for kind in OF_THE_CONVERSATION]),
        EventRow.lasting.is_(False),
    )
    session.execute(delete(EventRow).where(EventRow.conversation_id == conversation, passing))


def drop_events(session: Session, person_id: int, event_ids: Sequence[str]) -> None:
    """Delete events of a person by their ids; others' ids are passed over."""
    numbers = [int(event_id) for event_id in event_ids]
    session.execute(
        delete(EventRow).where(EventRow.person_id == person_id, EventRow.id.in_(numbers))
    )


def event_document(event: Event) -> dict[str, object]:
    """An event in JSON's types, for a person's own export."""
    return {
        "id": event.event_id,
        "kind": event.kind.value,
        "about": event.about,
        "value": event.value,
        "source": event.source,
        "at": event.at.isoformat(),
        "lasting": event.lasting,
        "conversation": event.conversation,
        "catalogue": event.catalogue,
    }


def conversations_of(events: Iterable[Event]) -> set[str]:
    """The conversations that events name."""
    return {event.conversation for event in events if event.conversation is not None}


def _event(row: EventRow) -> Event:
    return Event(
        kind=EventKind(row.kind),
        about=row.about,
        source=row.source,
        at=row.at,
        value=row.value,
        lasting=row.lasting,
        conversation=row.conversation_id,
        catalogue=row.catalogue,
        event_id=str(row.id),
    )
