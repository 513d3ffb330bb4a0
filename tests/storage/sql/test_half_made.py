"""Copies whose maker was killed go with the next that opens the database; others stay."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.core.settings import load_settings
from bot.installation.inspection import inspect
from storage.backup.backups import back_up
from storage.person.people import People
from storage.sql.database import Database, open_database
from storage.sql.half_made import HALF_MADE, abandoned, beside

MAKE = """
import sys, time
from pathlib import Path
from storage.sql.half_made import beside
with beside(Path(sys.argv[1]), Path(sys.argv[2])) as (folder, copy):
    copy.write_text("what ana said")
    print("made", flush=True)
    time.sleep(600)
"""


@contextmanager
def a_maker(file: Path, database: Database) -> Iterator[subprocess.Popen[str]]:
    """A process that makes a copy that is to become `file`, and never ends."""
    command = [sys.executable, "-c", MAKE, str(file), str(database.file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as maker:
        try:
            assert maker.stdout is not None
            assert maker.stdout.readline() == "made\n"
            yield maker
        finally:
            maker.kill()


def left(folder: Path) -> list[Path]:
    return list(folder.rglob(f"{HALF_MADE}*"))


@pytest.fixture(params=["home", "elsewhere"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Beside the database, as a restore has it, or where a backup goes."""
    folder = tmp_path / str(request.param)
    folder.mkdir(exist_ok=True)
    return folder


def test_a_copy_is_removed_by_who_opens_the_database_once_its_maker_was_killed(
    database: Database, place: Path, tmp_path: Path
) -> None:
    with a_maker(place / "b.sqlite3", database) as maker:
        open_database(None, tmp_path / "home").close()
        assert [path.read_text() for path in place.glob(f"{HALF_MADE}*/copy")] == ["what ana said"]
        maker.kill()
        maker.wait()
        open_database(None, tmp_path / "home").close()
    assert not left(tmp_path)


def test_who_deletes_a_person_removes_it_in_a_database_that_was_open_all_along(
    database: Database, people: People, place: Path, tmp_path: Path
) -> None:
    people.ensure_person("ana")
    with a_maker(place / "b.sqlite3", database):
        pass
    assert left(place)
    people.delete_person("ana")
    assert not left(tmp_path)


def test_it_is_named_by_who_looks_and_changes_nothing(
    database: Database, place: Path, tmp_path: Path
) -> None:
    settings = load_settings(home=tmp_path / "home")
    with a_maker(place / "b.sqlite3", database):
        assert not [each for each in inspect(settings) if "half-made" in each.name]
    for _ in range(2):
        [found] = [each for each in inspect(settings) if "half-made" in each.name]
        assert found.state == "wrong"
        assert str(place) in found.name
    assert left(place)


def test_another_databases_backup_into_the_folder_removes_it(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    with a_maker(tmp_path / "elsewhere" / "b.sqlite3", database):
        pass
    with closing(open_database(None, tmp_path / "other")) as other:
        back_up(other, tmp_path / "elsewhere" / "c.sqlite3")
    assert not left(tmp_path / "elsewhere")


def test_a_note_leads_to_nothing_but_a_copy(database: Database, tmp_path: Path) -> None:
    assert database.file is not None
    (tmp_path / "mine" / "lock").mkdir(parents=True)
    note = database.file.with_name(f"{HALF_MADE}x.where")
    note.write_text(str(tmp_path / "mine"))
    assert abandoned(database.file) == []
    database.clear_copies()
    assert (tmp_path / "mine").exists()
    assert not note.exists()


def test_of_a_copy_that_is_made_nothing_is_left(database: Database, tmp_path: Path) -> None:
    assert database.file is not None
    (tmp_path / "elsewhere").mkdir()
    with beside(tmp_path / "elsewhere" / "b", database.file) as (folder, _):
        assert folder.stat().st_mode & 0o77 == 0
        assert len(left(tmp_path)) == 2  # the folder, and the note that tells of it
    assert not left(tmp_path)
