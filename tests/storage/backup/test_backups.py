"""Copies of the database: whole, of one moment, and put back under who has it open."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.core.errors import StorageError, TastebotError, UsageError
from bot.core.protocols import TurnRecord
from storage.account.accounts import Accounts
from storage.backup import backup_checks
from storage.backup.backups import Restored, back_up, replace_broken, restore
from storage.catalogue.catalogue_records import ItemRecord
from storage.catalogue.catalogues import Catalogues
from storage.person.people import People
from storage.sql.database import FILE_NAME, Database, open_database, open_file
from storage.sql.half_made import HALF_MADE
from tests.storage.contracts import said, turn_result

OLDEST = Path(__file__).parents[1] / "schema_0001.sql"
NOW = datetime(2026, 5, 1, 12, 30, 15, tzinfo=UTC)


def tell(people: People, user: str, text: str) -> None:
    conversation = f"c-{user}"
    event = said("kinds:Steel", conversation=conversation)
    people.commit_turn(user, TurnRecord(text, turn_result(conversation), events=[event]))


def texts(people: People, user: str) -> list[str]:
    return [turn.user_text for turn in people.turns(f"c-{user}")]


@contextmanager
def writing(people: People) -> Iterator[list[str]]:
    """Three who talk all the time, until the end; gives what they have stored."""
    stored: list[str] = []
    ended = threading.Event()

    def talk(user: str) -> None:
        number = 0
        while not ended.is_set():
            tell(people, user, f"{user} {number}")
            stored.append(f"{user} {number}")
            number += 1

    threads = [threading.Thread(target=talk, args=(f"talker{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield stored
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def restored(database: Database, file: Path) -> Restored:
    return restore(database, file, now=NOW)


def test_a_backup_holds_everything_in_one_private_file(
    database: Database, people: People, tmp_path: Path
) -> None:
    tell(people, "ana", "steel please")
    Catalogues(database).replace("things", [ItemRecord("row 1", "k", "Kettle")], "here")
    before = os.umask(0)
    try:
        found = back_up(database, tmp_path / "b.sqlite3")
    finally:
        os.umask(before)
    assert (found.people, found.conversations, found.turns, found.events) == (1, 1, 1, 1)
    assert list(found.catalogues) == ["things"]
    assert (tmp_path / "b.sqlite3").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.sqlite3", "home"]
    with closing(open_file(tmp_path / "b.sqlite3")) as copy:
        assert texts(People(copy), "ana") == ["steel please"]
        assert Catalogues(copy).view("things").search("kettle")


def test_all_that_was_stored_before_a_backup_is_in_it_though_others_go_on(
    database: Database, people: People, tmp_path: Path
) -> None:
    with writing(people) as stored:
        while len(stored) < 20:
            pass
        before = list(stored)
        back_up(database, tmp_path / "b.sqlite3")
    with closing(open_file(tmp_path / "b.sqlite3")) as copy:
        kept = [text for n in range(3) for text in texts(People(copy), f"talker{n}")]
    assert set(before) <= set(kept)


def test_a_restore_puts_back_what_was_and_keeps_what_is(
    database: Database, people: People, tmp_path: Path
) -> None:
    tell(people, "ana", "first")
    back_up(database, tmp_path / "b.sqlite3")
    tell(people, "ana", "second")
    tell(people, "bo", "hello")
    done = restored(database, tmp_path / "b.sqlite3")
    assert (done.contents.people, done.contents.turns, done.returned) == (1, 1, ())
    # The connections that were open see it.
    assert texts(people, "ana") == ["first"]
    assert not people.has_person("bo")
    tell(people, "ana", "third")
    assert texts(people, "ana") == ["first", "third"]
    assert done.kept is not None
    assert done.kept.name == "tastebot-before-restore-2026-05-01-123015.sqlite3"
    assert done.kept.stat().st_mode & 0o777 == 0o600
    with closing(open_file(done.kept)) as kept:
        assert texts(People(kept), "ana") == ["first", "second"]
        assert texts(People(kept), "bo") == ["hello"]
    assert (tmp_path / "b.sqlite3").stat().st_mode & 0o777 == 0o600


def test_nothing_falls_between_what_is_kept_and_what_is_restored(
    database: Database, people: People, tmp_path: Path
) -> None:
    tell(people, "ana", "first")
    back_up(database, tmp_path / "b.sqlite3")
    with writing(people) as stored:
        while len(stored) < 20:
            pass
        done = restored(database, tmp_path / "b.sqlite3")
        assert done.kept is not None
    after = [text for n in range(3) for text in texts(people, f"talker{n}")]
    with closing(open_file(done.kept)) as kept:
        before = [text for n in range(3) for text in texts(People(kept), f"talker{n}")]
    assert sorted([*before, *after]) == sorted(stored)
    assert texts(people, "ana") == ["first"]


def test_ids_of_events_are_never_given_again_and_what_let_people_in_is_over(
    database: Database, people: People, tmp_path: Path
) -> None:
    accounts = Accounts(database)
    accounts.sign_up("ana", "correct horse battery")
    token = accounts.start("ana")
    code, _ = accounts.invitations.make(timedelta(days=7))
    back_up(database, tmp_path / "b.sqlite3")
    later = people.append("ana", [said("kinds:Steel")])
    restored(database, tmp_path / "b.sqlite3")
    assert accounts.person_of(token) is None
    assert not accounts.invitations.is_open(code)
    assert accounts.has_password("ana")
    assert int(people.append("ana", [said("kinds:Red")])[0]) > int(later[0])


def test_who_was_deleted_since_and_which_catalogues_differ_is_told(
    database: Database, people: People, catalogues: Catalogues, tmp_path: Path
) -> None:
    for user in ("ana", "bo"):
        tell(people, user, "hello")
    for name in ("same", "other"):
        catalogues.replace(name, [ItemRecord("row 1", "k", "Kettle")], "here")
    back_up(database, tmp_path / "b.sqlite3")
    people.delete_person("bo")
    catalogues.replace("other", [ItemRecord("row 1", "k", "Pan")], "here")
    catalogues.replace("new", [ItemRecord("row 1", "k", "Pot")], "here")
    done = restored(database, tmp_path / "b.sqlite3")
    assert done.returned == ("bo",)
    assert done.catalogues == ("new", "other")


def test_an_older_backup_is_brought_up_to_date_and_stays_as_it_is(
    database: Database, people: People, tmp_path: Path
) -> None:
    file = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(file)) as old:
        old.executescript(OLDEST.read_text())
    before = file.read_bytes()
    restored(database, file)
    assert [event.about for event in people.events("ana")] == ["kinds:Steel"]
    assert file.read_bytes() == before


def _text(path: Path) -> None:
    path.write_text("Dear diary")


def _another(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE cookies (name TEXT)")


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()


def _with_a_trigger(path: Path) -> None:
    with closing(sqlite3.connect(path)) as odd:
        odd.execute("CREATE TRIGGER t AFTER INSERT ON people BEGIN DELETE FROM events; END")


def _cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _altered(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(5 * 4096, len(content), 4096):
        content[place : place + 64] = b"\xff" * 64
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_text, "no SQLite database"),
        (_newer, "9999"),
        (_with_a_trigger, "a trigger"),
        (_cut_short, "malformed|whole"),
        (_altered, "malformed|whole|backup"),
        (Path.unlink, "no file there"),
    ],
)
def test_what_is_no_whole_backup_is_refused_and_nothing_changes(
    database: Database,
    people: People,
    tmp_path: Path,
    spoil: Callable[[Path], None],
    told: str,
) -> None:
    tell(people, "ana", "first")
    file = tmp_path / "b.sqlite3"
    back_up(database, file)
    spoil(file)
    with pytest.raises(TastebotError, match=told) as caught:
        restored(database, file)
    assert "\n" not in str(caught.value)
    assert texts(people, "ana") == ["first"]
    assert not list((tmp_path / "home").glob("tastebot-*"))
    assert not list((tmp_path / "home").glob(f"{HALF_MADE}*"))


def test_another_programs_database_is_refused(database: Database, tmp_path: Path) -> None:
    _another(tmp_path / "b.sqlite3")
    with pytest.raises(StorageError, match="another program"):
        restored(database, tmp_path / "b.sqlite3")


def test_the_database_itself_is_neither_target_nor_source(
    database: Database, people: People
) -> None:
    assert database.file is not None
    tell(people, "ana", "first")
    for end in ("", "-wal"):
        own = database.file.with_name(database.file.name + end)
        with pytest.raises(UsageError, match="another file"):
            back_up(database, own, force=True)
    with pytest.raises(UsageError, match="in use"):
        restored(database, database.file)


def test_a_file_that_is_there_is_replaced_only_by_force(
    database: Database, people: People, tmp_path: Path
) -> None:
    file = tmp_path / "b.sqlite3"
    file.write_text("precious")
    with pytest.raises(UsageError, match="--force"):
        back_up(database, file)
    assert file.read_text() == "precious"
    back_up(database, file, force=True)
    assert file.read_bytes().startswith(b"SQLite format 3")
    for wrong in (tmp_path, tmp_path / "none" / "b.sqlite3", Path("/dev/null")):
        with pytest.raises(UsageError):
            back_up(database, wrong, force=True)


def test_a_backup_that_cannot_be_finished_leaves_nothing(
    database: Database, tmp_path: Path
) -> None:
    def full(done: int, pages: int) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with pytest.raises(StorageError, match="disk is full"):
        back_up(database, tmp_path / "b.sqlite3", progress=full)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_restore_that_is_stopped_half_way_changes_nothing(
    database: Database, people: People, tmp_path: Path
) -> None:
    tell(people, "ana", "first")
    back_up(database, tmp_path / "b.sqlite3")
    tell(people, "ana", "second")

    def stop(done: int, pages: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(database, tmp_path / "b.sqlite3", now=NOW, progress=stop)
    assert texts(people, "ana") == ["first", "second"]
    tell(people, "ana", "third")


def test_what_a_killed_backup_left_is_cleared_away(database: Database, tmp_path: Path) -> None:
    for name, age in (("old", 7200), ("new", 60)):
        left = tmp_path / f"{HALF_MADE}{name}"
        left.mkdir()
        (left / "copy").touch()
        then = left.stat().st_mtime - age
        os.utime(left, (then, then))
    back_up(database, tmp_path / "b.sqlite3")
    assert [path.name for path in tmp_path.glob(f"{HALF_MADE}*")] == [f"{HALF_MADE}new"]


def test_other_databases_have_tools_of_their_own(tmp_path: Path) -> None:
    with (
        closing(open_database("sqlite://", tmp_path)) as memory,
        pytest.raises(StorageError, match="own tools"),
    ):
        back_up(memory, tmp_path / "b.sqlite3")


def test_a_broken_database_is_replaced_and_kept(
    database: Database, people: People, tmp_path: Path
) -> None:
    tell(people, "ana", "first")
    back_up(database, tmp_path / "b.sqlite3")
    database.close()
    broken = tmp_path / "home" / FILE_NAME
    broken.write_text("no database any more")
    done = replace_broken(broken, tmp_path / "b.sqlite3", now=NOW)
    assert done.kept is not None
    assert done.kept.read_text() == "no database any more"
    with closing(open_database(None, tmp_path / "home")) as mended:
        assert texts(People(mended), "ana") == ["first"]


def test_a_whole_copy_of_a_database_in_use_may_be_a_plain_copy_too(
    database: Database, people: People, tmp_path: Path
) -> None:
    tell(people, "ana", "first")
    database.close()
    assert database.file is not None
    shutil.copy(database.file, tmp_path / "b.sqlite3")
    tell(people, "ana", "second")
    assert restored(database, tmp_path / "b.sqlite3").contents.turns == 1


def test_a_writer_that_never_ends_is_told(
    database: Database, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(database, tmp_path / "b.sqlite3")
    monkeypatch.setattr(backup_checks, "WAIT", 0.1)
    with database.writing() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(StorageError, match="locked"):
            restored(database, tmp_path / "b.sqlite3")
