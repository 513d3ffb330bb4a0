"""The person store: people, their events and their conversations, one transaction a call.

Implements `bot.core.protocols.PersonStore` over a database. Reading about somebody unknown gives
nothing; exporting or deleting them is an UnknownPersonError; writing makes them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.core.errors import UnknownPersonError, UsageError
from bot.core.protocols import Clock, ConversationInfo, StoredTurn, TurnOpening, TurnRecord
from bot.core.values import Event
from storage.person import conversations
from storage.person.events import (
    append_events,
    conversations_of,
    drop_conversation_events,
    drop_events,
    event_document,
    read_events,
)
from storage.person.names import refuse_unseen
from storage.sql.account_rows import account_document
from storage.sql.database import Database
from storage.sql.models import AccountRow, ConversationRow, EventRow, PersonRow, SignInRow

NAME_LENGTH = 100
# Control characters, lone surrogates, line separators, and marks that turn the text around.
REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
REFUSED_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def person_name(text: str) -> str:
    """A name as it is stored: composed characters (NFC), no white space around.

    Raises UsageError when it is empty, longer than 100 characters, or holds control characters.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise UsageError("expected a name", found="an empty one", remedy="Give some text")
    if len(name) > NAME_LENGTH:
        raise UsageError(
            f"expected a name of at most {NAME_LENGTH} characters", found=f"{len(name)} characters"
        )
    for character in name:
        if unicodedata.category(character) in REFUSED_CATEGORIES or character in REFUSED_MARKS:
            raise UsageError(
                "expected a name without control characters",
                found=f"U+{ord(character):04X}",
                remedy="Leave that character out",
            )
    return name


class People:
    """The person store over a database; thread-safe."""

    def __init__(self, database: Database, clock: Clock = lambda: datetime.now(UTC)):
        self._database = database
        self._clock = clock

    def ensure_person(self, name: str) -> datetime:
        """Make the person unless they exist; returns when they were made."""
        name = person_name(name)
        since = self.since(name)
        if since is None:
            with self._database.writing() as session:
                since = session.get_one(PersonRow, self._person(session, name)).created
        return since

    def has_person(self, name: str) -> bool:
        """Whether anybody spoke by that name."""
        return self.since(name) is not None

    def since(self, name: str) -> datetime | None:
        """When the person was made; None when there is none of that name."""
        with self._database.reading() as session:
            return _since(session, person_name(name))

    def people(self) -> list[tuple[str, datetime, int]]:
        """(name, since when, number of events) of everybody, by name."""
        query = (
            select(PersonRow.name, PersonRow.created, func.count(EventRow.id))
            .outerjoin(EventRow, EventRow.person_id == PersonRow.id)
            .group_by(PersonRow.id)
            .order_by(PersonRow.name)
        )
        with self._database.reading() as session:
            return [(name, since, count) for name, since, count in session.execute(query)]

    def delete_person(self, name: str) -> bool:
        """Delete a person with all they said and did; whether the files hold nothing of it now.

        Where they do, because somebody reads them, what is left goes with the next that writes.
        """
        with self._database.writing() as session:
            person_id = _known(session, person_name(name))
            session.execute(delete(EventRow).where(EventRow.person_id == person_id))
            session.execute(delete(ConversationRow).where(ConversationRow.person_id == person_id))
            session.execute(delete(SignInRow).where(SignInRow.person_id == person_id))
            session.execute(delete(AccountRow).where(AccountRow.person_id == person_id))
            session.execute(delete(PersonRow).where(PersonRow.id == person_id))
            self._database.leave_traces(session)
        self._database.clear_copies()
        return self._database.wipe_traces()

    def export_person(self, name: str) -> dict[str, object]:
        """All that is stored of a person, in JSON's types."""
        with self._database.reading() as session:
            name = person_name(name)
            person = session.get_one(PersonRow, _known(session, name))
            return {
                "user": name,
                "since": person.created.isoformat(),
                "account": account_document(session, person.id),
                "events": [
                    event_document(event) for event in read_events(session, person.id, None)
                ],
                "conversations": conversations.export_documents(session, person.id),
            }

    def events(self, user: str, *, catalogue: str | None = None) -> list[Event]:
        """All events in order, undone ones too; with `catalogue`, those of it or of none."""
        with self._database.reading() as session:
            person_id = _find(session, person_name(user))
            return [] if person_id is None else read_events(session, person_id, catalogue)

    def append(self, user: str, events: Sequence[Event]) -> list[str]:
        """Append outside a turn; UsageError when a conversation named is not this person's."""
        with self._database.writing() as session:
            person_id = self._person(session, person_name(user))
            for conversation in conversations_of(events):
                if conversations.own(session, person_id, conversation) is None:
                    raise UsageError(
                        "expected a conversation of this person",
                        found=f"{conversation!r}, which does not exist",
                    )
            return append_events(session, person_id, events)

    def start_conversation(self, user: str, catalogue: str) -> str:
        """Make a conversation and return its id."""
        conversation = conversations.new_conversation_id()
        with self._database.writing() as session:
            person_id = self._person(session, person_name(user))
            conversations.start(session, person_id, conversation, catalogue, self._clock())
        return conversation

    def conversations(self, user: str) -> list[ConversationInfo]:
        """A person's conversations, the last used first."""
        with self._database.reading() as session:
            person_id = _find(session, person_name(user))
            return [] if person_id is None else conversations.of_person(session, person_id)

    def conversation(self, conversation: str) -> ConversationInfo | None:
        """One conversation, whoever's it is."""
        with self._database.reading() as session:
            return conversations.info(session, conversation)

    def rename_conversation(self, conversation: str, title: str) -> None:
        """Give a conversation another title (white space folded, cut to 60 characters)."""
        with self._database.writing() as session:
            _existing(session, conversation).title = conversations.title_of(title)

    def delete_conversation(self, conversation: str) -> None:
        """Delete a conversation with its turns; lasting taste said in it stays known."""
        with self._database.writing() as session:
            row = _existing(session, conversation)
            drop_conversation_events(session, conversation)
            session.execute(delete(ConversationRow).where(ConversationRow.id == row.id))
            self._database.leave_traces(session)
        self._database.wipe_traces()

    def turns(self, conversation: str) -> list[StoredTurn]:
        """The turns of a conversation in order."""
        with self._database.reading() as session:
            return conversations.read_turns(session, conversation)

    def open_turn(self, user: str, conversation: str) -> TurnOpening:
        """All that a turn begins with; makes the person unless they exist."""
        name = person_name(user)
        with self._database.reading() as session:
            person_id = _find(session, name)
            if person_id is not None:
                return _opening(session, person_id, conversation)
        with self._database.writing() as session:
            return _opening(session, self._person(session, name), conversation)

    def commit_turn(
        self, user: str, record: TurnRecord, *, opening: TurnOpening | None = None
    ) -> int | None:
        """Store a turn and its events in one transaction; returns the turn's number (from 1).

        Creates the person and the conversation when they do not exist yet. Of the events to be
        replaced, those go that are this person's. None, and nothing stored, where the person or
        the conversation of the `opening` is no more.
        """
        name = person_name(user)
        named = [event.catalogue for event in record.events if event.catalogue is not None]
        with self._database.writing() as session:
            if opening is not None and _since(session, name) != opening.since:
                return None
            person_id = self._person(session, name)
            row = conversations.own(session, person_id, record.conversation)
            if row is None and opening is not None and opening.conversation is not None:
                return None
            now = self._clock()
            if row is None:
                over = record.catalogue or (named[0] if named else "")
                row = conversations.start(session, person_id, record.conversation, over, now)
            if record.replacing is not None:
                conversations.drop_last_turn(session, row)
                drop_events(session, person_id, record.replacing)
            number = conversations.add_turn(
                session, row, record.user_text, record.result, record.messages, now
            )
            append_events(session, person_id, record.events)
            return number

    def _person(self, session: Session, name: str) -> int:
        found = _find(session, name)
        if found is not None:
            return found
        refuse_unseen(name)
        row = PersonRow(name=name, created=self._clock())
        session.add(row)
        session.flush()
        return row.id


def _find(session: Session, name: str) -> int | None:
    return session.scalar(select(PersonRow.id).where(PersonRow.name == name))


def _since(session: Session, name: str) -> datetime | None:
    return session.scalar(select(PersonRow.created).where(PersonRow.name == name))


def _opening(session: Session, person_id: int, conversation: str) -> TurnOpening:
    return TurnOpening(
        since=session.get_one(PersonRow, person_id).created,
        conversation=conversations.info(session, conversation),
        events=read_events(session, person_id, None),
        turns=conversations.read_turns(session, conversation),
    )


def _known(session: Session, name: str) -> int:
    found = _find(session, name)
    if found is None:
        raise UnknownPersonError(
            "expected the name of a known person",
            found=repr(name),
            remedy="List the names with: tastebot user list",
        )
    return found


def _existing(session: Session, conversation: str) -> ConversationRow:
    row = session.get(ConversationRow, conversation)
    if row is None:
        raise UsageError("expected a conversation that exists", found=repr(conversation))
    return row
