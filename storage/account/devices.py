"""Browsers that somebody has signed in with before: they have tries of their own at the password.

Owns the tokens of such browsers ("device cookies" in OWASP's terms); how many tries that gives is
`bot.web.auth.login_throttle`' affair. A token opens nothing, and is kept as a hash.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.core.protocols import Clock
from storage.sql.database import Database
from storage.sql.models import DeviceRow, PersonRow

REMEMBERED_FOR = timedelta(days=365)
"""Since the last sign-in with it."""
MOST_DEVICES = 20
"""Of one person; the one that signed in longest ago is forgotten first."""


class Devices:
    """The known browsers of a database; thread-safe."""

    def __init__(self, database: Database, clock: Clock):
        self._database = database
        self._clock = clock

    def is_known(self, token: str, name: str) -> bool:
        """Whether the person has signed in with the browser that has this token."""
        with self._database.reading() as session:
            known = session.scalar(
                select(DeviceRow.last)
                .join(PersonRow, PersonRow.id == DeviceRow.person_id)
                .where(DeviceRow.token_hash == _hash(token), PersonRow.name == name)
            )
        return known is not None and known > self._clock() - REMEMBERED_FOR

    def remember(self, token: str | None, name: str) -> str:
        """Note that the person just signed in with a browser; the token that it is to keep.

        `token` is what it had. It stays if it came from here, so that several people of one
        browser are all known with it.
        """
        now = self._clock()
        with self._database.writing() as session:
            if token is None or not _is_ours(session, token):
                token = secrets.token_urlsafe(32)
            person_id = session.scalar(select(PersonRow.id).where(PersonRow.name == name))
            if person_id is None:  # deleted since, and so the token is nobody's
                return token
            known = session.get(DeviceRow, (_hash(token), person_id))
            if known is not None:
                known.last = now
                return token
            too_old = session.scalars(
                select(DeviceRow)
                .where(DeviceRow.person_id == person_id)
                .order_by(DeviceRow.last.desc())
                .offset(MOST_DEVICES - 1)
            )
            for row in too_old.all():
                session.delete(row)
            session.add(DeviceRow(token_hash=_hash(token), person_id=person_id, last=now))
        return token


def forget_devices(session: Session, person_id: int) -> None:
    """Forget a person's browsers, within a transaction: what had the old password is a stranger."""
    session.execute(delete(DeviceRow).where(DeviceRow.person_id == person_id))


def _is_ours(session: Session, token: str) -> bool:
    row = select(DeviceRow.person_id).where(DeviceRow.token_hash == _hash(token))
    return session.scalar(row.limit(1)) is not None


def _hash(token: str) -> str:
    # The token is 256 random bits, so a fast hash is as good as a slow one.
    return hashlib.sha256(token.encode()).hexdigest()
