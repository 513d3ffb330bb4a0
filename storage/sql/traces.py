"""What deleted rows leave in SQLite's files, and how it is brought out of them.

A row that is deleted is overwritten (``secure_delete``), but copies of it stay: in the write-ahead
log, and in the unused middle of pages whose rows SQLite moved. So after a deletion the database
is written anew (``VACUUM``) and the log emptied. Whoever reads meanwhile holds the log; then the
wish stays written in the file (``user_version``, odd while there are traces), and whichever
process next writes, opens or closes the database goes on with it.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from threading import Lock
from typing import cast

from sqlalchemy import Engine
from sqlalchemy.orm import Session

PATIENCE = 3.0
"""Seconds that a deletion waits for those who read; a turn's reading takes a hundredth of one."""
TRY_AGAIN = 0.1


def leave_word(session: Session) -> None:
    """Write down, in the transaction that deletes, that there will be traces."""
    version = _version_in(session)
    pragma = f"PRAGMA user_version = {version + (2 if version % 2 else 1)}"
    session.connection().exec_driver_sql(pragma)


def are_left(session: Session) -> bool:
    """Whether the traces of this or an earlier deletion are still to be wiped."""
    return _version_in(session) % 2 == 1


class Wiper:
    """Wipes the traces of deletions from the files of one SQLite database; thread-safe."""

    def __init__(self, engine: Engine, busy_seconds: float):
        self._engine = engine
        self._busy = busy_seconds
        self._one_at_a_time = Lock()
        self._rewritten = -1  # the version as of which the database was written anew

    def wipe(self, patience: float) -> bool:
        """Wipe what there is to wipe; whether nothing is left. Waits up to `patience` seconds.

        A database that cannot be written just now is left for later, without an error.
        """
        deadline = time.monotonic() + patience
        if not self._one_at_a_time.acquire(timeout=patience):
            return False
        try:
            with closing(self._engine.raw_connection()) as pooled:
                # The driver's own: neither statement can be in a transaction.
                connection = cast("sqlite3.Connection", pooled.driver_connection)
                while not self._try(connection, max(0.0, deadline - time.monotonic())):
                    if time.monotonic() >= deadline:
                        return False
                    # Waiting inside SQLite would hold back everybody who writes.
                    time.sleep(TRY_AGAIN)
                return True
        except sqlite3.Error:  # locked, or no room to write it anew
            return False
        finally:
            self._one_at_a_time.release()

    def _try(self, connection: sqlite3.Connection, patience: float) -> bool:
        found = _version(connection)
        if found % 2 == 0:
            return True
        try:
            _wait_at_most(connection, patience)
            if self._rewritten != found:
                connection.execute("VACUUM")
                self._rewritten = found
            _wait_at_most(connection, 0.0)
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            _wait_at_most(connection, self._busy)
        if busy:
            return False
        self._note_done(connection, found)
        return True

    def _note_done(self, connection: sqlite3.Connection, found: int) -> None:
        """Take the word away, unless there was another deletion since."""
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            if _version(connection) == found:
                connection.execute(f"PRAGMA user_version = {found + 1}")


def _version_in(session: Session) -> int:
    found: int = session.connection().exec_driver_sql("PRAGMA user_version").scalar_one()
    return found


def _version(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def _wait_at_most(connection: sqlite3.Connection, seconds: float) -> None:
    connection.execute(f"PRAGMA busy_timeout = {round(1000 * seconds)}").close()
