"""Invitations: codes with which the owner lets somebody make one account.

Owns making, checking and using them up; that they are needed is `bot.web.auth.sign_in`' affair.
Only hashes are kept, so the code itself is seen once, by who made it.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.core.errors import UsageError
from bot.core.protocols import Clock
from storage.sql.database import Database
from storage.sql.models import InvitationRow

RANDOM_BYTES = 10
"""80 bits: 16 letters and digits that can be read out, and nobody finds by trying."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """One that is open: when it was made and when it ends."""

    made: datetime
    ends: datetime


class Invitations:
    """The open invitations of a database; thread-safe."""

    def __init__(self, database: Database, clock: Clock):
        self._database = database
        self._clock = clock

    def make(self, lasts: timedelta) -> tuple[str, Invitation]:
        """A new code, good for one account until it ends."""
        letters = base64.b32encode(secrets.token_bytes(RANDOM_BYTES)).decode()
        code = "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
        now = self._clock()
        made = Invitation(made=now, ends=now + lasts)
        with self._database.writing() as session:
            session.execute(delete(InvitationRow).where(InvitationRow.ends <= now))
            session.add(InvitationRow(code_hash=_hash(code), made=made.made, ends=made.ends))
        return code, made

    def is_open(self, code: str) -> bool:
        """Whether an account can be made with the code."""
        with self._database.reading() as session:
            row = session.get(InvitationRow, _hash(code))
            return row is not None and row.ends > self._clock()

    def all_open(self) -> list[Invitation]:
        """What is open, the oldest first."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(InvitationRow)
                .where(InvitationRow.ends > self._clock())
                .order_by(InvitationRow.made)
            )
            return [Invitation(made=row.made, ends=row.ends) for row in rows]

    def withdraw_all(self) -> None:
        """End every open invitation."""
        with self._database.writing() as session:
            session.execute(delete(InvitationRow))


def use_up(session: Session, code: str, now: datetime) -> None:
    """Take an invitation within the transaction that makes its account.

    Raises UsageError for a code that is unknown, used or too old.
    """
    row = session.get(InvitationRow, _hash(code))
    if row is None or row.ends <= now:
        raise UsageError(
            "Expected an open invitation",
            found="one that is unknown, used or expired" if code.strip() else "none",
            remedy="Ask the owner of this server for one",
        )
    session.delete(row)


def spelt_plainly(code: str) -> str:
    """A code however it was typed: in small letters, without the hyphens, with spaces."""
    return "".join(each for each in code[:200].upper() if each.isalnum())


def _hash(code: str) -> str:
    return hashlib.sha256(spelt_plainly(code).encode()).hexdigest()
