"""Looking at a database without changing it: whether it can be read, is whole, and how old.

Owns the look; mending and migrating is for `storage.sql.database`.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.core.errors import StorageError
from storage.catalogue.catalogues import Catalogues
from storage.sql.database import FILE_NAME, FOLDER, MOVE_FOLDER, Database, database_file
from storage.sql.migrate import newest_version, stored_version

RESTORE = "Restore a backup of it, or move the file away to begin anew"


@dataclass(frozen=True, slots=True)
class DatabaseHealth:
    """What was seen of a database: `fault` is None for one that is right.

    `exists` is False where there is none yet; `catalogues` are names with their fingerprints.
    """

    shown: str
    exists: bool = True
    fault: str | None = None
    remedy: str = RESTORE
    catalogues: dict[str, str] | None = None


def expect_sound(url: str | None, home: Path) -> None:
    """Raise StorageError, in the words of a look at it, for a SQLite file that is damaged.

    Reads all of it. One of an earlier version is sound, and so is one that is not there yet.
    """
    file = database_file(url, home)
    if file is None or not file.exists():
        return
    fault: str | None = FOLDER
    remedy = MOVE_FOLDER
    if not file.is_dir():
        fault, remedy = _sqlite_fault(_address(file)), RESTORE
    if fault is not None:
        raise StorageError(f"database {file} is wrong", found=fault, remedy=remedy)


def look_at_database(url: str | None, home: Path) -> DatabaseHealth:
    """What can be said of the database that the settings name; raises nothing about it."""
    if url:
        try:
            parsed = make_url(url)
        except SQLAlchemyError as error:
            return DatabaseHealth(
                repr(url), fault=str(error), remedy="Set TASTEBOT_DATABASE_URL to a SQLAlchemy URL"
            )
        shown = parsed.render_as_string(hide_password=True)
        if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
            return _look(url, shown)
        file = Path(str(parsed.database))
    else:
        file = home / FILE_NAME
    if not file.exists():
        return DatabaseHealth(str(file), exists=False)
    if file.is_dir():
        return DatabaseHealth(str(file), fault=FOLDER, remedy=MOVE_FOLDER)
    address = _address(file)
    fault = _sqlite_fault(address)
    if fault is not None:
        return DatabaseHealth(str(file), fault=fault)
    return _look(f"sqlite:///{address}&uri=true", str(file))


def _address(file: Path) -> str:
    """The URI by which a file is only read."""
    address = f"file:{quote(str(file.resolve()))}?mode=ro"
    if not file.with_name(f"{file.name}-wal").exists():
        address += "&immutable=1"  # nobody has it open: so that SQLite lays no files beside it
    return address


def _sqlite_fault(address: str) -> str | None:
    """What SQLite itself finds wrong with a file; None for nothing."""
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=5)) as connection:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return None if said == "ok" else " ".join(str(said).split())


def _look(url: str, shown: str) -> DatabaseHealth:
    try:
        engine = create_engine(url)
    except (SQLAlchemyError, ImportError) as error:
        return DatabaseHealth(shown, fault=str(error), remedy="Install the database's driver")
    try:
        with engine.connect() as connection:
            version = stored_version(connection)
        if version != newest_version():
            return DatabaseHealth(
                shown,
                fault=f"of version {version} where {newest_version()} is expected",
                remedy="Run: tastebot setup (a newer one's needs a newer Tastebot)",
            )
        infos = Catalogues(Database(engine)).list()
        return DatabaseHealth(shown, catalogues={info.name: info.fingerprint for info in infos})
    except Exception as error:  # the driver's, SQLAlchemy's or ours: each says what is wrong
        lines = str(getattr(error, "orig", None) or error).splitlines()
        return DatabaseHealth(shown, fault=lines[0] if lines else type(error).__name__)
    finally:
        engine.dispose()
