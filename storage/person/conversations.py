"""Conversations and their turns: starting, continuing, listing, reading, deleting."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from uuid import uuid4

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.orm import Session

from bot.core.errors import UsageError
from bot.core.protocols import ConversationInfo, StoredTurn
from bot.core.results import TurnResult
from bot.core.values import Message
from storage.person.turn_documents import document_of, message_documents, result_of, storable
from storage.sql.models import ConversationRow, PersonRow, TurnRow

CACHED_RESULTS = 512
"""Answers kept as read, some 20 kB each: a conversation's are all asked for at each turn."""
TITLE_LENGTH = 60


def new_conversation_id() -> str:
    """An id nobody can guess."""
    return uuid4().hex


def start(
    session: Session, person_id: int, conversation: str, catalogue: str, now: datetime
) -> ConversationRow:
    """Make a conversation, without a title until something is said in it."""
    row = ConversationRow(
        id=conversation,
        person_id=person_id,
        catalogue=catalogue,
        title="",
        started=now,
        updated=now,
    )
    session.add(row)
    session.flush()
    return row


def own(session: Session, person_id: int, conversation: str) -> ConversationRow | None:
    """A person's own conversation; None when there is none, UsageError when it is another's."""
    row = session.get(ConversationRow, conversation)
    if row is not None and row.person_id != person_id:
        raise UsageError(
            "expected a conversation of this person",
            found=f"{conversation!r}, which is not",
            remedy="Leave the conversation out to start a new one",
        )
    return row


def add_turn(
    session: Session,
    row: ConversationRow,
    user_text: str,
    result: TurnResult,
    messages: Sequence[Message],
    now: datetime,
) -> int:
    """Append a turn; returns its number, from 1. The first words said become the title."""
    last = session.scalar(select(func.max(TurnRow.number)).where(TurnRow.conversation_id == row.id))
    number = (last or 0) + 1
    session.add(
        TurnRow(
            conversation_id=row.id,
            number=number,
            user_text=storable(user_text),
            result=document_of(result),
            messages=message_documents(messages),
            at=now,
        )
    )
    row.updated = now
    row.title = row.title or title_of(user_text)
    return number


def drop_last_turn(session: Session, row: ConversationRow) -> None:
    """Delete the last turn, if there is one, and the title that it gave."""
    last = session.scalar(
        select(TurnRow)
        .where(TurnRow.conversation_id == row.id)
        .order_by(TurnRow.number.desc())
        .limit(1)
    )
    if last is None:
        return
    if row.title == title_of(last.user_text):
        row.title = ""
    session.delete(last)
    session.flush()


def title_of(text: str) -> str:
    """A conversation's title from the first thing said in it, in at most 60 characters."""
    words = " ".join(storable(text).split())
    return words if len(words) <= TITLE_LENGTH else words[: TITLE_LENGTH - 1].rstrip() + "…"


def of_person(session: Session, person_id: int) -> list[ConversationInfo]:
    """A person's conversations, the last used first."""
    query = (
        _infos()
        .where(ConversationRow.person_id == person_id)
        .order_by(ConversationRow.updated.desc(), ConversationRow.started.desc())
    )
    return [_info(row, user, turns) for row, user, turns in session.execute(query)]


def info(session: Session, conversation: str) -> ConversationInfo | None:
    """One conversation, whoever's it is."""
    found = session.execute(_infos().where(ConversationRow.id == conversation)).first()
    return None if found is None else _info(found[0], found[1], found[2])


def read_turns(session: Session, conversation: str) -> list[StoredTurn]:
    """The turns in order; none for a conversation that does not exist."""
    query = (
        select(TurnRow.number, TurnRow.user_text, TurnRow.at, cast(TurnRow.result, Text))
        .where(TurnRow.conversation_id == conversation)
        .order_by(TurnRow.number)
    )
    return [
        StoredTurn(number=number, user_text=user_text, result=_result(document), at=at)
        for number, user_text, at, document in session.execute(query)
    ]


@lru_cache(CACHED_RESULTS)
def _result(document: str) -> TurnResult:
    return result_of(json.loads(document))


def export_documents(session: Session, person_id: int) -> list[dict[str, object]]:
    """All conversations of a person with every turn as stored, for their own export."""
    rows = session.scalars(
        select(ConversationRow)
        .where(ConversationRow.person_id == person_id)
        .order_by(ConversationRow.started, ConversationRow.id)
    ).all()
    return [
        {
            "conversation": row.id,
            "catalogue": row.catalogue,
            "title": row.title,
            "started": row.started.isoformat(),
            "updated": row.updated.isoformat(),
            "turns": [
                {
                    "number": turn.number,
                    "at": turn.at.isoformat(),
                    "user_text": turn.user_text,
                    "result": turn.result,
                    "messages": turn.messages,
                }
                for turn in session.scalars(
                    select(TurnRow)
                    .where(TurnRow.conversation_id == row.id)
                    .order_by(TurnRow.number)
                )
            ],
        }
        for row in rows
    ]


def _info(row: ConversationRow, user: str, turns: int) -> ConversationInfo:
    return ConversationInfo(
        conversation=row.id,
        title=row.title,
        user=user,
        catalogue=row.catalogue,
        started=row.started,
        updated=row.updated,
        turns=turns,
    )


def _infos() -> Select[ConversationRow, str, int]:
    turns = (
        select(func.count(TurnRow.id))
        .where(TurnRow.conversation_id == ConversationRow.id)
        .scalar_subquery()
    )
    return select(ConversationRow, PersonRow.name, turns).join(
        PersonRow, PersonRow.id == ConversationRow.person_id
    )
