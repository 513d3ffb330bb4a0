"""Accounts: hashed passwords, and who is signed in where.

Owns how a password is checked and kept (Argon2id, by `argon2-cffi`) and what a sign-in's token
opens; leaves which passwords are good enough to `storage.account.passwords`, and the pages, cookies
and how often one may try to `bot.web`. Tokens are kept as hashes too: whoever reads the database
can neither sign in nor go on as somebody.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.core.errors import UnknownPersonError, UsageError
from bot.core.protocols import Clock
from storage.account.devices import Devices, forget_devices
from storage.account.invitations import Invitations, use_up
from storage.account.passwords import LONGEST_PASSWORD, usable_password
from storage.person.names import folded, refuse_colon, refuse_unseen
from storage.person.people import person_name
from storage.sql.database import Database
from storage.sql.models import AccountRow, PersonRow, SignInRow

LASTS = timedelta(days=30)
"""How long a browser stays signed in."""
HASHED_AT_ONCE = 2
"""Each takes 19 MiB for a moment; others wait their turn."""
MOST_SIGN_INS = 5_000
"""Of one person, whose programs may sign in at each run; the oldest ends first."""


class Accounts:
    """Passwords and sign-ins over a database, with its invitations and devices; thread-safe."""

    def __init__(
        self,
        database: Database,
        clock: Clock = lambda: datetime.now(UTC),
        hasher: PasswordHasher | None = None,
    ):
        self._database = database
        self._clock = clock
        self._hasher = hasher or usual_hasher()
        self._hashing = BoundedSemaphore(HASHED_AT_ONCE)
        self.invitations = Invitations(database, clock)
        self.devices = Devices(database, clock)

    def sign_up(self, name: str, password: str, invitation: str | None = None) -> str:
        """Make a person with a password; the name as stored.

        Raises UsageError for a name that no new account may have: see `storage.person.names`.

        An `invitation` is used up by it, and by nothing else: whatever is refused leaves it open.
        Raises UsageError when it is not open, and when the name is taken, with a password or
        without: what somebody said before there were passwords belongs to them, so only the owner
        of the machine gives it one.
        """
        name = person_name(name)
        hashed = self._hash(usable_password(password, name))
        with self._database.writing() as session:
            if invitation is not None:
                use_up(session, invitation, self._clock())
            if _person(session, name) is not None or _looks_taken(session, name):
                raise UsageError(
                    "Expected a name that nobody has yet",
                    found=f"{name!r}, which is taken",
                    remedy="Choose another, or ask the owner of this server to set its password",
                )
            self._keep(session, self._made(session, name), hashed)
        return name

    def set_password(self, name: str, password: str) -> bool:
        """Set or replace a person's password, as the owner; whether that made a new person.

        Ends all their sign-ins and forgets their devices.
        """
        name = person_name(name)
        hashed = self._hash(usable_password(password, name))
        with self._database.writing() as session:
            known = _person(session, name)
            if known is None and _looks_taken(session, name):
                raise UsageError(
                    "Expected a name that is not like another account's",
                    found=repr(name),
                    remedy="Choose another, or give the name as `tastebot user list` shows it",
                )
            person_id = known if known is not None else self._made(session, name)
            self._replace(session, person_id, hashed)
        return known is None

    def change_password(self, name: str, password: str) -> None:
        """Replace a person's password, as themselves; else as `set_password`.

        Raises UnknownPersonError when they were deleted meanwhile.
        """
        hashed = self._hash(usable_password(password, name))
        with self._database.writing() as session:
            person_id = _person(session, name)
            if person_id is None:
                raise UnknownPersonError("Expected somebody with an account", found=repr(name))
            self._replace(session, person_id, hashed)

    def has_password(self, name: str) -> bool:
        """Whether somebody of that name can sign in at all."""
        with self._database.reading() as session:
            return _hash_of(session, person_name(name)) is not None

    def is_password(self, name: str, password: str) -> bool:
        """Whether this is the person's password; takes as long when there is no such person."""
        password = unicodedata.normalize("NFKC", password[: 2 * LONGEST_PASSWORD])
        try:
            name = person_name(name)
        except UsageError:
            name = ""
        with self._database.reading() as session:
            known = _hash_of(session, name) if name else None
        try:
            with self._hashing:
                fits = self._hasher.verify(known or _nobodys(self._hasher), password)
        except (VerificationError, InvalidHashError):
            return False
        if known is None or not fits:
            return False
        if self._hasher.check_needs_rehash(known):
            anew = self._hash(password)
            with self._database.writing() as session:
                person_id = _person(session, name)
                account = session.get(AccountRow, person_id) if person_id is not None else None
                if account is not None and account.password_hash == known:
                    account.password_hash = anew
        return True

    def start(self, name: str) -> str:
        """Sign a person in; the token that opens what is theirs until it ends.

        Raises UnknownPersonError when they were deleted meanwhile.
        """
        token = secrets.token_urlsafe(32)
        now = self._clock()
        with self._database.writing() as session:
            session.execute(delete(SignInRow).where(SignInRow.ends <= now))
            person_id = _person(session, person_name(name))
            if person_id is None:
                raise UnknownPersonError("Expected somebody with an account", found=repr(name))
            too_old = session.scalars(
                select(SignInRow)
                .where(SignInRow.person_id == person_id)
                .order_by(SignInRow.started.desc())
                .offset(MOST_SIGN_INS - 1)
            )
            for row in too_old.all():
                session.delete(row)
            session.add(
                SignInRow(
                    token_hash=_token_hash(token),
                    person_id=person_id,
                    started=now,
                    ends=now + LASTS,
                )
            )
        return token

    def person_of(self, token: str) -> str | None:
        """Whose token it is; None for one that was never given, was ended or is too old."""
        with self._database.reading() as session:
            return session.scalar(
                select(PersonRow.name)
                .join(SignInRow, SignInRow.person_id == PersonRow.id)
                .where(SignInRow.token_hash == _token_hash(token), SignInRow.ends > self._clock())
            )

    def end(self, token: str) -> None:
        """Sign out: the token opens nothing any more."""
        with self._database.writing() as session:
            session.execute(delete(SignInRow).where(SignInRow.token_hash == _token_hash(token)))

    def _hash(self, password: str) -> str:
        with self._hashing:
            return self._hasher.hash(password)

    def _made(self, session: Session, name: str) -> int:
        refuse_unseen(name)
        refuse_colon(name)
        row = PersonRow(name=name, created=self._clock())
        session.add(row)
        session.flush()
        return row.id

    def _replace(self, session: Session, person_id: int, hashed: str) -> None:
        self._keep(session, person_id, hashed)
        session.execute(delete(SignInRow).where(SignInRow.person_id == person_id))
        forget_devices(session, person_id)

    def _keep(self, session: Session, person_id: int, hashed: str) -> None:
        account = session.get(AccountRow, person_id) or AccountRow(person_id=person_id)
        account.password_hash, account.changed = hashed, self._clock()
        session.add(account)


def usual_hasher() -> PasswordHasher:
    """Argon2id with settings of OWASP's cheat sheet on storing passwords: 19 MiB, 2 passes.

    Some 30 ms of one core. The library's own (64 MiB, 3 passes) take 230, most of it to have that
    much memory given; with that two dozen strangers keep everybody else waiting for seconds.
    """
    return PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)


@cache
def _nobodys(hasher: PasswordHasher) -> str:
    """A hash that no password fits, so that an unknown name takes as long as a known one."""
    return hasher.hash(secrets.token_urlsafe(32))


def _token_hash(token: str) -> str:
    # The token is 256 random bits, so a fast hash is as good as a slow one.
    return hashlib.sha256(token.encode()).hexdigest()


def _person(session: Session, name: str) -> int | None:
    return session.scalar(select(PersonRow.id).where(PersonRow.name == name))


def _looks_taken(session: Session, name: str) -> bool:
    """Whether an account has a name that looks the same."""
    names = session.scalars(
        select(PersonRow.name).join(AccountRow, AccountRow.person_id == PersonRow.id)
    )
    return folded(name) in map(folded, names)


def _hash_of(session: Session, name: str) -> str | None:
    return session.scalar(
        select(AccountRow.password_hash)
        .join(PersonRow, PersonRow.id == AccountRow.person_id)
        .where(PersonRow.name == name)
    )
