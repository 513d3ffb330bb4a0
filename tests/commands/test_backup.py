from __future__ import annotations

import io
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.protocols import TurnRecord
from storage.person.people import People
from storage.sql.database import FILE_NAME, open_database
from tests.commands.conftest import Tastebot
from tests.storage.contracts import said, turn_result


def damage(file: Path) -> None:
    """Spoil a page in the middle, so that the file still opens."""
    content = bytearray(file.read_bytes())
    for page in range(len(content) // 4096 // 2, len(content) // 4096):
        if content[page * 4096] in (10, 13):  # a leaf, whose count of cells is spoilt
            content[page * 4096 + 3] ^= 0xFF
            break
    file.write_bytes(content)


@pytest.fixture
def people(home: Path) -> People:
    people = People(open_database(None, home))
    people.commit_turn(
        "ana", TurnRecord("steel please", turn_result("c"), events=[said("kinds:Steel")])
    )
    return people


def test_a_backup_is_made_and_restored(tastebot: Tastebot, people: People, tmp_path: Path) -> None:
    file = tmp_path / "b.sqlite3"
    assert "1 people, 1 turns" in tastebot("backup", file).out
    people.ensure_person("bo")
    people.delete_person("ana")
    done = tastebot("restore", file, "--yes")
    assert done.code == 0
    assert "tastebot-before-restore-" in done.out
    assert "did not have them any more: ana" in done.out
    assert people.has_person("ana")
    assert not people.has_person("bo")


def test_both_answer_as_json(tastebot: Tastebot, people: People, tmp_path: Path) -> None:
    file = tmp_path / "b.sqlite3"
    made = tastebot("backup", file, "--json").document
    assert (made["people"], made["turns"], made["events"]) == (1, 1, 1)
    assert made["bytes"] == file.stat().st_size
    done = tastebot("restore", file, "--yes", "--json").document
    assert (done["people"], done["turns"], done["returned"]) == (1, 1, [])
    assert Path(done["kept"]).is_file()


def test_a_restore_asks_first_and_needs_yes_where_nobody_can_answer(
    tastebot: Tastebot, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "b.sqlite3"
    tastebot("backup", file)
    people.ensure_person("bo")
    refused = tastebot("restore", file)
    assert refused.code == 2
    assert "--yes" in refused.err

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert tastebot("restore", file).code == 1
    assert people.has_person("bo")
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert tastebot("restore", file).code == 0
    assert not people.has_person("bo")


@pytest.mark.parametrize(
    "arguments",
    [("backup", "{}/none/b.sqlite3"), ("backup", "{}"), ("restore", "{}/none", "--yes")],
)
def test_what_cannot_be_is_one_line_and_exit_code_2(
    tastebot: Tastebot, people: People, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    outcome = tastebot(*(each.format(tmp_path) for each in arguments))
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1


def test_a_backup_is_not_replaced_by_chance(
    tastebot: Tastebot, people: People, tmp_path: Path
) -> None:
    file = tmp_path / "b.sqlite3"
    assert tastebot("backup", file).code == 0
    assert tastebot("backup", file).code == 2
    assert tastebot("backup", file, "--force").code == 0


def test_a_broken_database_is_mended_from_a_backup(
    tastebot: Tastebot, people: People, home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "b.sqlite3"
    tastebot("backup", file)
    for path in home.iterdir():
        path.unlink()
    (home / FILE_NAME).write_text("no database any more, " * 100)
    assert "tastebot restore" in tastebot("user", "list").err
    done = tastebot("restore", file, "--yes")
    assert done.code == 0
    assert "tastebot-broken-" in done.out
    assert "ana" in tastebot("user", "list").out


SLOW = """
import sys, time
from bot import cli
from storage.backup import backups
def check_whole(copy):
    print("copied", flush=True)
    time.sleep(600)
backups.check_whole = check_whole
cli.main(sys.argv[1:])
"""


@pytest.mark.parametrize("command", [("backup",), ("restore", "--yes")])
def test_sigterm_ends_both_as_ctrl_c_does_with_nothing_left(
    tastebot: Tastebot,
    people: People,
    process: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
    command: tuple[str, ...],
) -> None:
    file = tmp_path / "b.sqlite3"
    if command[0] == "restore":
        tastebot("backup", file)
    before = sorted(tmp_path.iterdir())
    with process(*command, file, code=SLOW) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "copied\n"
        started.terminate()
        assert started.wait() == 130
    assert sorted(tmp_path.iterdir()) == before
    assert not list(tmp_path.rglob(".tastebot-copy-*"))


def test_a_folder_in_the_databases_place_is_told_as_one(tastebot: Tastebot, home: Path) -> None:
    (home / FILE_NAME).mkdir(parents=True)
    for command in (("user", "list"), ("restore", home / "b", "--yes"), ("setup",)):
        told = tastebot(*command)
        assert told.code == 2
        assert "a folder stands where the database file should be" in told.err
        assert "Move the folder away" in told.err
    assert "a folder stands" in tastebot("setup", "--check").out


def test_what_was_damaged_is_kept_under_a_name_that_says_so(
    tastebot: Tastebot, people: People, home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "b.sqlite3"
    tastebot("backup", file)
    people._database.close()
    damage(home / FILE_NAME)
    done = tastebot("restore", file, "--yes")
    assert done.code == 0
    assert "was damaged" in done.out
    [kept] = home.glob("tastebot-*.sqlite3")
    assert kept.name.startswith("tastebot-damaged-before-restore-")
    assert tastebot("user", "list").code == 0


def test_setup_refuses_a_damaged_database_as_check_does(
    tastebot: Tastebot, people: People, home: Path
) -> None:
    people._database.close()
    damage(home / FILE_NAME)
    checked = tastebot("setup", "--check").out.splitlines()[0]
    assert checked.startswith("wrong    database")
    refused = tastebot("setup")
    assert refused.code == 2
    assert refused.out == ""
    assert checked.split(": ", 1)[1].split(".")[0] in refused.err
    assert "Restore a backup of it" in refused.err


def test_what_the_driver_does_not_know_in_the_url_is_told_in_one_line(
    tastebot: Tastebot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASTEBOT_DATABASE_URL", f"sqlite:///{tmp_path}/q.db?cache=shared")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = tastebot("user", "list")
    assert told.code == 0
    [line] = told.err.splitlines()
    assert line.startswith("Notice:")
    assert "'cache'" in line
