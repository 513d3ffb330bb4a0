from __future__ import annotations

import io
from pathlib import Path

import pytest

from storage.database import FILE_NAME, open_database
from storage.people import People
from tests.commands.conftest import Tastebot
from tests.storage.contracts import said, turn_result


@pytest.fixture
def people(home: Path) -> People:
    people = People(open_database(None, home))
    people.commit_turn("ana", "c", "steel please", turn_result("c"), [], [said("kinds:Steel")])
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
