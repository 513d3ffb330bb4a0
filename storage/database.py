"""Opening a database: engine, pragmas, schema version, transactions.

Owns how a connection is made and when a transaction starts and ends; what is read and written
is the repositories' business (`storage.people`, `storage.catalogues`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from bot.errors import StorageError
from storage.migrate import migrate

FILE_NAME = "tastebot.sqlite3"
BUSY_SECONDS = 30


class Database:
    """An open database of the current schema; use the repositories on top of it.

    Thread-safe: every transaction takes its own connection.
    """

    def __init__(self, engine: Engine):
        self.engine = engine
        self._writer = engine.execution_options(sqlite_begin="IMMEDIATE")

    @property
    def is_sqlite(self) -> bool:
        """Whether SQLite's own means (full text, pragmas) are there."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session over one consistent state; nothing done in it is kept."""
        with _told_plainly(self.engine), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in one transaction: kept whole at the end, or not at all on an error."""
        with (
            _told_plainly(self.engine),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def wipe_traces(self) -> None:
        """Bring deleted content out of SQLite's write-ahead log (pages are zeroed on delete)."""
        if not self.is_sqlite:
            return
        with _told_plainly(self.engine), self.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
                "PRAGMA wal_checkpoint(TRUNCATE)"
            ).close()

    def copy_to(self, file: Path) -> None:
        """Write a whole copy to a new SQLite file. Raises StorageError for other databases."""
        if not self.is_sqlite:
            raise StorageError(
                "only a SQLite database can be copied to a file",
                found=_shown(self.engine.url),
                remedy="Unset TASTEBOT_DATABASE_URL for this command",
            )
        with _told_plainly(self.engine), closing(self.engine.raw_connection()) as connection:
            # The driver's own connection: SQLite copies nothing within a transaction.
            connection.driver_connection.execute("VACUUM INTO ?", (str(file),))  # type: ignore[union-attr]

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(url: str | None, home: Path) -> Database:
    """Open a database, bringing its schema up to date.

    Args:
        url: Any SQLAlchemy URL. None or empty: a SQLite file in `home`, which is made. The folder
            of an explicit one is never made.
        home: The data folder.

    Raises:
        StorageError: when it cannot be opened, is no database of Tastebot, or comes from a newer
            version; nothing has been changed then.
    """
    parsed = _parse(url) if url else _default(home)
    try:
        engine = _engine(parsed)
    except ImportError as error:
        raise StorageError(
            f"the database {_shown(parsed)} needs a driver",
            found=str(error),
            remedy="Install the driver's Python package",
        ) from None
    try:
        with _told_plainly(engine):
            migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return Database(engine)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError):
        raise StorageError(
            "expected a SQLAlchemy URL for the database",
            found=repr(url),
            remedy="Set TASTEBOT_DATABASE_URL to something like sqlite:////folder/file.sqlite3",
        ) from None
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        folder = Path(str(parsed.database)).parent
        if not folder.is_dir():
            raise StorageError(
                f"the folder of the database, {folder}, does not exist",
                remedy="Make it, or set TASTEBOT_DATABASE_URL to a file in a folder that exists",
            )
    return parsed


def _default(home: Path) -> URL:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"expected to make or use the data folder {home}",
            found=error.strerror or str(error),
            remedy="Set TASTEBOT_HOME to a folder that can be written",
        ) from None
    return URL.create("sqlite", database=str(home / FILE_NAME))


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    in_memory = url.database in (None, "", ":memory:")
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
        **({"poolclass": StaticPool} if in_memory else {}),
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, record: object) -> None:
    # The driver's own transactions start too late for DDL; `_begin` starts them instead.
    connection.isolation_level = None
    for pragma in (
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_SECONDS * 1000}",
        "synchronous = FULL",  # a turn survives a power cut too; costs one fsync a turn
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # Writers take the lock at once: a reader that upgrades later could only fail.
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


@contextmanager
def _told_plainly(engine: Engine) -> Iterator[None]:
    """Turn what the driver raises about the database itself into one StorageError."""
    try:
        yield
    except DBAPIError as error:
        raise StorageError(
            f"the database {_shown(engine.url)} cannot be used",
            found=str(error.orig),
            remedy="Check that the file is a Tastebot database, can be written and has room",
        ) from error
    except SQLAlchemyError as error:
        raise StorageError(
            f"the database {_shown(engine.url)} cannot be used", found=str(error)
        ) from error
