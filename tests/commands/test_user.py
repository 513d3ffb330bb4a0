from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.protocols import TurnRecord
from storage.account.accounts import Accounts
from storage.person.people import People
from storage.sql.database import FILE_NAME, Database, open_database
from tests.commands.conftest import Tastebot
from tests.storage.contracts import said, turn_result


@pytest.fixture
def people(home: Path) -> People:
    people = People(open_database(None, home))
    people.commit_turn(
        "ana", TurnRecord("steel please", turn_result("c"), events=[said("kinds:Steel")])
    )
    people.ensure_person("bo")
    return people


def test_people_are_listed(tastebot: Tastebot, people: People) -> None:
    out = tastebot("user", "list").out
    assert "ana" in out
    assert "bo" in out
    users = tastebot("user", "list", "--json").document["users"]
    assert [(user["user"], user["events"]) for user in users] == [("ana", 1), ("bo", 0)]


def test_nobody_is_an_empty_list(tastebot: Tastebot) -> None:
    assert tastebot("user", "list", "--json").document == {"users": []}
    assert tastebot("user", "list").code == 0


@pytest.mark.parametrize("flag", [(), ("--json",)])
def test_an_export_holds_all_a_person_said(
    tastebot: Tastebot, people: People, flag: tuple[str, ...]
) -> None:
    document = tastebot("user", "export", "ana", *flag).document
    assert document["user"] == "ana"
    assert document["events"][0]["about"] == "kinds:Steel"
    assert document["conversations"][0]["turns"][0]["user_text"] == "steel please"


def test_a_deleted_person_is_gone(tastebot: Tastebot, people: People) -> None:
    assert tastebot("user", "delete", "ana").code == 0
    assert not people.has_person("ana")
    assert people.has_person("bo")
    assert tastebot("user", "delete", "bo", "--json").document == {"deleted": "bo"}


@pytest.mark.parametrize("command", ["export", "delete"])
@pytest.mark.parametrize("name", ["zoe", "", "a\nb", "a" * 101])
def test_somebody_unknown_exits_2(tastebot: Tastebot, command: str, name: str) -> None:
    outcome = tastebot("user", command, name)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1


def test_the_owner_gives_somebody_a_password(
    tastebot: Tastebot, people: People, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\nmore\n"))
    assert tastebot("user", "password", "ana").code == 0

    accounts = Accounts(open_database(None, home))
    assert accounts.is_password("ana", "correct horse battery")
    assert not accounts.has_password("bo")


@pytest.mark.parametrize(
    ("name", "line", "sentence"),
    [
        ("", "correct horse battery", "a name"),
        ("ana", "short", "8 to 200"),
        ("ana", "password123", "hard to guess"),
        ("zoe", "zoe12345", "hard to guess"),
        ("ana", "", "8 to"),
    ],
)
def test_a_password_that_cannot_be_set_exits_2(
    tastebot: Tastebot,
    people: People,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    line: str,
    sentence: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))
    outcome = tastebot("user", "password", name)

    assert outcome.code == 2
    assert sentence in outcome.err
    assert outcome.err.count("\n") == 1
    assert line == "" or line not in outcome.err


@pytest.mark.parametrize("flag", [(), ("--json",)])
def test_what_stands_in_the_log_yet_is_told(
    tastebot: Tastebot,
    people: People,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    flag: tuple[str, ...],
) -> None:
    monkeypatch.setattr(Database.wipe_traces, "__defaults__", (0.1,))
    with closing(sqlite3.connect(home / FILE_NAME, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM people").fetchone()
        outcome = tastebot("user", "delete", "ana", *flag)
    assert outcome.code == 0
    assert "write-ahead log" in (outcome.document["notice"] if flag else outcome.err)
    assert not people.has_person("ana")


def test_a_password_for_a_new_name_makes_the_account(
    tastebot: Tastebot, people: People, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert "account for zoe is made" in tastebot("user", "password", "zoe").out
    monkeypatch.setattr("sys.stdin", io.StringIO("another battery of horses\n"))
    assert "is set" in tastebot("user", "password", "zoe").out
    for name, account in (("zoe", "known"), ("yan", "made")):
        monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
        told = tastebot("user", "password", name, "--json").document
        assert told == {"user": name, "password": "set", "account": account}

    assert Accounts(open_database(None, home)).is_password("zoe", "correct horse battery")
    assert people.has_person("yan")


def test_the_owner_invites_somebody(tastebot: Tastebot, people: People, home: Path) -> None:
    made = tastebot("user", "invite", "--days", "2", "--json").document
    told = tastebot("user", "invite").out.split()[0]
    accounts = Accounts(open_database(None, home))

    assert made["path"] == f"/signup?invitation={made['invitation']}"
    assert datetime.fromisoformat(made["ends"]) - datetime.now(UTC) > timedelta(days=1, hours=23)
    assert accounts.invitations.is_open(made["invitation"])
    assert accounts.invitations.is_open(told)
    assert len(tastebot("user", "invitations", "--json").document["invitations"]) == 2
    assert tastebot("user", "invitations").out.count("\n") == 3
    assert tastebot("user", "invitations", "--withdraw", "--json").document == {"invitations": []}
    assert not accounts.invitations.is_open(told)


@pytest.mark.parametrize("days", ["0", "-1", "366", "soon"])
def test_an_invitation_for_no_time_or_forever_exits_2(tastebot: Tastebot, days: str) -> None:
    assert tastebot("user", "invite", "--days", days).code == 2
