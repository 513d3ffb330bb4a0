"""Bringing a database's schema up to the newest numbered step, or refusing it unchanged."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from bot.core.errors import StorageError

FOLDER = Path(__file__).parents[1] / "migrations"
VERSION_TABLE = "alembic_version"


def newest_version() -> str:
    """The number of the newest step, such as ``0001``."""
    return str(_scripts().get_current_head())


def migrate(engine: Engine) -> None:
    """Run the missing steps in one transaction; a current database is only read.

    Raises StorageError for a database of a newer version or one that is not Tastebot's, with
    nothing changed.
    """
    head = newest_version()
    with engine.connect() as connection:
        version = stored_version(connection)
    if version == head:
        return
    _refuse_unknown(version)
    if engine.dialect.name == "sqlite":
        _use_write_ahead_log(engine)
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        # Another process may have been faster while this one waited for the lock.
        if stored_version(connection) != head:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def stored_version(connection: Connection) -> str | None:
    """The stored version; None for a blank database."""
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE in tables:
        row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
        if row is not None:
            return str(row[0])
    if tables - {VERSION_TABLE} and connection.dialect.name == "sqlite":
        raise StorageError(
            "expected a Tastebot database",
            found=f"another program's, with the table {min(tables)!r}",
            remedy="Set TASTEBOT_DATABASE_URL to another file",
        )
    return None


def _refuse_unknown(version: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if version is not None and version not in known:
        raise StorageError(
            f"expected a database of version {newest_version()} or older",
            found=f"version {version}, which a newer Tastebot made",
            remedy="Update Tastebot, or set TASTEBOT_DATABASE_URL to another file",
        )


def _use_write_ahead_log(engine: Engine) -> None:
    # The mode is kept in the file, so it is set once, when the file is made.
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        connection.rollback()
        raw.execute("PRAGMA journal_mode = WAL").close()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
