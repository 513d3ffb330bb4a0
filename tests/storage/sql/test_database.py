from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from bot.core.errors import StorageError
from storage.catalogue.catalogues import Catalogues
from storage.person.people import People
from storage.sql.database import FILE_NAME, Database, open_database
from storage.sql.migrate import newest_version
from storage.sql.models import Base
from tests.storage.contracts import said, turn_result

OLDEST = Path(__file__).parents[1] / "schema_0001.sql"


def test_a_blank_database_gets_the_newest_schema(tmp_path: Path) -> None:
    database = open_database(None, tmp_path)
    assert _version(tmp_path / FILE_NAME) == newest_version()
    assert _differences(database) == []


def test_the_oldest_database_is_brought_up_to_date_with_its_content(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as old:
        old.executescript(OLDEST.read_text())
    assert _version(tmp_path / FILE_NAME) == "0001"
    database = open_database(None, tmp_path)
    assert _version(tmp_path / FILE_NAME) == newest_version()
    assert _differences(database) == []
    people = People(database)
    assert people.turns("c1")[0].result == turn_result("c1")
    assert [event.about for event in people.events("ana")] == ["kinds:Steel"]
    things = Catalogues(database).view("things")
    assert things.search("kettle")[0].attributes == {"kinds": ("Steel", "Whistling")}


def test_the_home_folder_is_made(tmp_path: Path) -> None:
    open_database(None, tmp_path / "new" / "home").close()
    assert (tmp_path / "new" / "home" / FILE_NAME).exists()


def test_the_folder_of_an_explicit_database_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="does not exist"):
        open_database(f"sqlite:///{tmp_path}/new/data.sqlite3", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_explicit_database_is_used(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/data.sqlite3", tmp_path / "home")
    People(database).ensure_person("ana")
    assert (tmp_path / "data.sqlite3").exists()
    assert not (tmp_path / "home").exists()


def test_a_database_in_memory_works() -> None:
    people = People(open_database("sqlite://", Path("unused")))
    people.append("ana", [said("a")])
    assert people.has_person("ana")


def _newer(path: Path) -> None:
    open_database(None, path.parent).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.execute("PRAGMA journal_mode = DELETE")
        database.commit()


def _another(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE cookies (name TEXT)")


def _no_database(path: Path) -> None:
    path.write_text("Dear diary, " * 100)


@pytest.mark.parametrize(
    ("make", "told"),
    [(_newer, "9999"), (_another, "cookies"), (_no_database, "not a database")],
)
def test_what_is_not_ours_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], told: str
) -> None:
    path = tmp_path / FILE_NAME
    make(path)
    before = path.read_bytes()
    with pytest.raises(StorageError, match=told) as caught:
        open_database(None, tmp_path)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("url", ["nonsense", "nosuch://x/y", "http://example.org"])
def test_a_url_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        open_database(url, tmp_path)


def test_a_database_whose_driver_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="driver"):
        open_database("mysql+pymysql://somebody:secret@localhost/x", tmp_path)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="data folder"):
        open_database(None, tmp_path / "file")


def test_connections_are_set_up_to_keep_what_they_wrote(database: Database) -> None:
    with database.reading() as session:
        found = {
            pragma: session.scalar(text(f"PRAGMA {pragma}"))
            for pragma in ("journal_mode", "foreign_keys", "synchronous", "secure_delete")
        }
        assert int(session.scalar(text("PRAGMA busy_timeout")) or 0) >= 5000
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "secure_delete": 1}


def test_a_writer_waits_for_another(database: Database) -> None:
    import threading

    with database.writing() as session:
        session.execute(text("SELECT 1"))
        other = threading.Thread(target=People(database).ensure_person, args=("bo",))
        other.start()
        other.join(0.2)
        assert other.is_alive()
    other.join(10)
    assert People(database).has_person("bo")


def test_a_database_that_broke_while_open_is_told_in_one_line(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("DROP TABLE events"))
    with pytest.raises(StorageError, match="no such table") as caught:
        People(database).people()
    assert "\n" not in str(caught.value)


def _version(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _differences(database: Database) -> list[object]:
    """How the migrated schema differs from the models, SQLite's own full-text tables aside."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, parents: not f"{name}".startswith("items_fts")
            },
        )
        return list(compare_metadata(context, Base.metadata))


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("explicit", [False, True])
def test_the_files_of_a_database_are_their_owners_alone(tmp_path: Path, explicit: bool) -> None:
    home = tmp_path / "home"
    if explicit:
        home.mkdir()
        home.chmod(0o755)
    before = os.umask(0)
    try:
        url = f"sqlite:///{home / FILE_NAME}" if explicit else None
        database = open_database(url, home)
        People(database).ensure_person("ana")
        found = {path.name: _mode(path) for path in home.iterdir()}
        database.copy_to(tmp_path / "copy.sqlite3")
    finally:
        os.umask(before)
    ends = ("", "-wal", "-shm")
    assert found == {f"{FILE_NAME}{end}": 0o600 for end in ends}
    assert _mode(home) == (0o755 if explicit else 0o700)
    assert _mode(tmp_path / "copy.sqlite3") == 0o600
    database.close()


def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    first = open_database(None, tmp_path)
    People(first).ensure_person("ana")
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    second = open_database(None, tmp_path)
    assert {_mode(path) for path in tmp_path.iterdir()} == {0o600}
    assert People(first).has_person("ana")
    assert second.notices == ()


def test_a_database_that_is_another_users_is_used_with_a_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_database(None, tmp_path).close()
    (tmp_path / FILE_NAME).chmod(0o666)
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    database = open_database(None, tmp_path)
    assert len(database.notices) == 1
    assert FILE_NAME in database.notices[0]
    People(database).ensure_person("ana")


@pytest.mark.parametrize("name", ["file:{}/data.sqlite3?uri=true", "{}/da ta.sqlite3"])
def test_every_way_to_name_a_file_makes_it_private(tmp_path: Path, name: str) -> None:
    before = os.umask(0)
    try:
        open_database(f"sqlite:///{name.format(tmp_path)}", tmp_path / "home").close()
    finally:
        os.umask(before)
    [made] = tmp_path.iterdir()
    assert made.suffix == ".sqlite3"
    assert _mode(made) == 0o600
