"""Opening a database: engine, pragmas, schema version, transactions.

Owns how a connection is made, when a transaction starts and ends, and that the files are their
owner's alone; what is read and written is the repositories' business (`storage.person.people`,
`storage.catalogue.catalogues`), what deletions leave behind that of `storage.sql.traces`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    SAWarning,
    SQLAlchemyError,
)
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from bot.core.data_folder import close_to_others, make_home, private_file
from bot.core.errors import StorageError
from storage.sql import traces
from storage.sql.half_made import clear_abandoned
from storage.sql.migrate import migrate

FILE_NAME = "tastebot.sqlite3"
BUSY_SECONDS = 30
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file, with that file's permissions."""
FOLDER = "a folder stands where the database file should be"
MOVE_FOLDER = "Move the folder away; then restore a backup, or begin anew with tastebot setup"


class Database:
    """An open database of the current schema; use the repositories on top of it.

    Thread-safe: every transaction takes its own connection. `notices` say what whoever opened it
    should know.
    """

    def __init__(self, engine: Engine, notices: tuple[str, ...] = ()):
        self.engine = engine
        self.notices = notices
        self._writer = engine.execution_options(sqlite_begin="IMMEDIATE")
        self._wiper = traces.Wiper(engine, BUSY_SECONDS) if self.file is not None else None

    @property
    def is_sqlite(self) -> bool:
        """Whether SQLite's own means (full text, pragmas) are there."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database; None in memory and for other databases."""
        return _file_of(self.engine.url)

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
            unwiped = self._wiper is not None and traces.are_left(session)
        if unwiped:
            self.wipe_traces(patience=0.0)

    def leave_traces(self, session: Session) -> None:
        """Say in a transaction that deletes what people said that its traces are to be wiped."""
        if self._wiper is not None:
            traces.leave_word(session)

    def wipe_traces(self, patience: float = traces.PATIENCE) -> bool:
        """Bring what was deleted out of the files too; whether nothing of it is left there.

        Where somebody reads for longer than `patience` (seconds), it is done by who next writes,
        opens or closes this database. Other databases than SQLite see to it themselves.
        """
        return self._wiper is None or self._wiper.wipe(patience)

    def clear_copies(self) -> None:
        """Remove copies of a SQLite file that a killed process left half-made, wherever they are.

        They hold what people said, and what was deleted since.
        """
        if self.file is not None:
            clear_abandoned(self.file)

    def copy_to(self, file: Path) -> None:
        """Write a whole copy to a new SQLite file. Raises StorageError for other databases."""
        if not self.is_sqlite:
            raise StorageError(
                "only a SQLite database can be copied to a file",
                found=_shown(self.engine.url),
                remedy="Unset TASTEBOT_DATABASE_URL for this command",
            )
        private_file(file)
        with _told_plainly(self.engine), closing(self.engine.raw_connection()) as connection:
            # The driver's own connection: SQLite copies nothing within a transaction.
            connection.driver_connection.execute("VACUUM INTO ?", (str(file),))  # type: ignore[union-attr]

    def close(self) -> None:
        """Close all connections."""
        self.wipe_traces(patience=0.0)
        self.engine.dispose()


def open_database(url: str | None, home: Path) -> Database:
    """Open a database, bringing its schema up to date.

    A SQLite file is made for its owner alone, and closed to others where it was not.

    Args:
        url: Any SQLAlchemy URL. None or empty: a SQLite file in `home`, which is made. The folder
            of an explicit one is never made.
        home: The data folder.

    Raises:
        StorageError: when it cannot be opened, is no database of Tastebot, or comes from a newer
            version; nothing has been changed then.
    """
    if url:
        database = _opened(_parse(url), [])
    else:
        database = _opened(URL.create("sqlite", database=str(home / FILE_NAME)), [_made(home)])
    database.clear_copies()
    return database


def open_file(file: Path) -> Database:
    """Open a SQLite file, whatever its name, as `open_database` does. Raises StorageError."""
    return _opened(URL.create("sqlite", database=str(file)), [])


def _opened(parsed: URL, notices: list[str | None]) -> Database:
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", SAWarning)
            engine = _engine(parsed)
    except ImportError as error:
        raise StorageError(
            f"the database {_shown(parsed)} needs a driver",
            found=str(error),
            remedy="Install the driver's Python package",
        ) from None
    for warning in said:  # such as of arguments that the driver does not know
        sentences = str(warning.message).split(" (Background on", maxsplit=1)[0]
        notices.append(f"Notice: the database {_shown(parsed)}: {' '.join(sentences.split())}")
    file = _file_of(parsed)
    if file is not None and file.is_dir():
        raise StorageError(
            f"the database {_shown(parsed)} cannot be used", found=FOLDER, remedy=MOVE_FOLDER
        )
    try:
        if file is not None:
            notices += _kept_private(file)
        with _told_plainly(engine):
            migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    database = Database(engine, tuple(notice for notice in notices if notice is not None))
    database.wipe_traces(patience=0.0)
    return database


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
    file = _file_of(parsed)
    if file is not None and not file.parent.is_dir():
        raise StorageError(
            f"the folder of the database, {file.parent}, does not exist",
            remedy="Make it, or set TASTEBOT_DATABASE_URL to a file in a folder that exists",
        )
    return parsed


def database_file(url: str | None, home: Path) -> Path | None:
    """The SQLite file that these settings mean; None for another database, or one in memory."""
    return _file_of(_parse(url)) if url else home / FILE_NAME


def is_broken(error: StorageError) -> bool:
    """Whether an error says that a file is no database any more."""
    cause = error.__cause__
    name = getattr(cause.orig, "sqlite_errorname", "") if isinstance(cause, DBAPIError) else ""
    return str(name).startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT"))


def _made(home: Path) -> str | None:
    try:
        return make_home(home)
    except OSError as error:
        raise StorageError(
            f"expected to make or use the data folder {home}",
            found=error.strerror or str(error),
            remedy="Set TASTEBOT_HOME to a folder that can be written",
        ) from None


def _file_of(url: URL) -> Path | None:
    """The file that a SQLite URL names, plainly or as a ``file:`` URI."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    name, _, query = url.database.partition("?")
    if not name.startswith("file:"):
        return None if url.database == ":memory:" else Path(url.database)
    in_memory = "memory" in (*parse_qs(query).get("mode", ()), url.query.get("mode"))
    path = unquote(name.removeprefix("file:"))
    return None if in_memory or path in ("", ":memory:") else Path(path)


def _kept_private(file: Path) -> list[str | None]:
    """Make a database's file, or close it and what SQLite keeps beside it to others."""
    try:
        private_file(file)
    except OSError:
        return []  # SQLite says what is wrong with it
    return [close_to_others(file.with_name(file.name + end)) for end in ("", *BESIDE)]


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
            remedy="Check that the file is a Tastebot database, can be written and has room; "
            "`tastebot restore` replaces a broken one by a backup",
        ) from error
    except SQLAlchemyError as error:
        raise StorageError(
            f"the database {_shown(engine.url)} cannot be used", found=str(error)
        ) from error
