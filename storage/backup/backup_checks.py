"""What a database file holds, in numbers, and whether it is whole and Tastebot's.

Reads with SQLite alone, so that a file can be looked at before anything opens it as a database of
its own. Copying is `storage.backup.backups`'s.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.bounded_lines import not_to_be_read
from bot.core.errors import StorageError
from storage.sql.migrate import VERSION_TABLE, newest_version

MAGIC = b"SQLite format 3\x00"
WAIT = 30.0
"""Seconds to wait for who writes."""
COUNTED = ("people", "conversations", "turns", "events")


@dataclass(frozen=True, slots=True)
class Contents:
    """How much a database holds; `catalogues` has what tells their content apart, by name."""

    size: int = 0
    people: int = 0
    conversations: int = 0
    turns: int = 0
    events: int = 0
    names: tuple[str, ...] = field(default=(), repr=False)
    catalogues: Mapping[str, tuple[object, ...]] = field(default_factory=dict)


def opened(file: Path) -> sqlite3.Connection:
    """A connection to a file that exists, with no transaction begun; sqlite3.Error if none."""
    connection = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=WAIT
    )
    # A file's own triggers and views may call nothing that reaches out of it.
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def contents(file: Path) -> Contents:
    """What a database of Tastebot holds, whatever its version. Raises sqlite3.Error."""
    with closing(opened(file)) as database:
        return Contents(
            size=file.stat().st_size,
            names=tuple(row[0] for row in database.execute("SELECT name FROM people")),
            # Where an item stands is found by the catalogue's number, so that counts too.
            catalogues={
                name: (key, fingerprint)
                for name, key, fingerprint in database.execute(
                    "SELECT name, id, fingerprint FROM catalogues"
                )
            },
            **counts(database),
        )


def counts(database: sqlite3.Connection) -> dict[str, int]:
    """How many people, conversations, turns and events a database holds."""
    return {
        table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        for table in COUNTED
    }


def fault_in(file: Path) -> str | None:
    """What SQLite finds wrong with how a database is built; None for nothing."""
    try:
        with closing(opened(file)) as database:
            [found] = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return None if found == "ok" else str(found)


def check_whole(file: Path) -> Contents:
    """Check a copy from end to end. Raises StorageError naming what is wrong with it."""
    try:
        with closing(opened(file)) as database:
            [found] = database.execute("PRAGMA quick_check(1)").fetchone()
            loose = database.execute("PRAGMA foreign_key_check").fetchone()
            # In one file, which can be read from a disk that cannot be written.
            database.execute("PRAGMA journal_mode = DELETE")
        if found == "ok" and loose is None:
            return contents(file)
        wrong = str(found) if found != "ok" else f"a row of {loose[0]!r} that belongs to none"
    except sqlite3.Error as error:
        wrong = str(error)
    raise StorageError(
        "expected a whole database of Tastebot",
        found=wrong,
        remedy="Use another backup; `sqlite3 FILE .recover` may bring back part of a broken one",
    )


def refuse_strange(file: Path) -> None:
    """Raise StorageError for a file that no `tastebot backup` wrote; reads little of it."""
    found = not_to_be_read(file)
    if found is None:
        found = _strangeness(file)
    if found is not None:
        raise StorageError(
            f"expected {file.name} to be a backup of a Tastebot database of version "
            f"{newest_version()} or older",
            found=found,
            remedy="Name a file that tastebot backup wrote",
        )


def _strangeness(file: Path) -> str | None:
    try:
        with file.open("rb") as start:
            if start.read(len(MAGIC)) != MAGIC:
                return "a file that is no SQLite database"
        with closing(opened(file)) as database:
            kinds = dict(database.execute("SELECT name, type FROM sqlite_master"))
            if VERSION_TABLE not in kinds or not set(COUNTED) <= set(kinds):
                return "another program's database"
            odd = sorted({*kinds.values()} & {"trigger", "view"})
            if odd:  # ours has none, and they would be run
                return f"a database with a {odd[0]} of somebody's own"
            version = database.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608
    except (OSError, sqlite3.Error) as error:
        return str(error)
    if version is None or str(version[0]) > newest_version():
        return f"version {version[0] if version else 'unknown'}"
    return None
