"""What people said is out of every file once it is deleted, or it is told that it is not yet."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.core.protocols import TurnRecord
from bot.core.values import Message
from storage.person.people import People
from storage.sql import traces
from storage.sql.database import FILE_NAME, Database, open_database
from tests.storage.contracts import said, turn_result

SECRET = "xylophonequartz"


@pytest.fixture
def home(database: Database) -> Path:
    assert database.file is not None
    return database.file.parent


def tell(people: People, user: str, conversation: str, word: str, times: int = 1) -> None:
    people.commit_turn(
        user,
        TurnRecord(
            f"I love {word}. " * times,
            turn_result(conversation, f"So you love {word}. " * times),
            [Message("user", f"I love {word}")],
            [said(f"kinds:{word}", conversation=conversation)] * times,
        ),
    )


def files_with(word: str, folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if word.encode() in path.read_bytes()]


@contextmanager
def somebody_reads(home: Path) -> Iterator[None]:
    with closing(sqlite3.connect(home / FILE_NAME, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM people").fetchone()
        yield


@pytest.mark.parametrize("seed", [2, pytest.param(5, marks=pytest.mark.slow)])
def test_nothing_of_somebody_among_many_stays_in_the_file(
    people: People, home: Path, seed: int
) -> None:
    # With these, rows deleted with `secure_delete` alone stay in the middle of moved pages.
    chance = random.Random(seed)
    words = [f"{SECRET}{number:03d}" for number in range(40)]
    for _ in range(300):
        word = chance.choice(words)
        conversation = f"c-{word}-{chance.randrange(4)}"
        tell(people, f"{word}-name", conversation, word, chance.choice((1, 1, 5, 30)))
        if chance.random() < 0.05:
            people.delete_conversation(conversation)
    for word in words:
        if people.has_person(f"{word}-name"):
            assert people.delete_person(f"{word}-name")
            assert files_with(word, home) == []


def test_nothing_of_one_deleted_conversation_stays(people: People, home: Path) -> None:
    tell(people, "ana", "c1", SECRET)
    tell(people, "ana", "c2", "steel")
    people.append("ana", [said("kinds:Steel")])
    assert files_with(SECRET, home)
    people.delete_conversation("c1")
    # What she loves in general was learned from it and stays, with its sentence.
    people.delete_person("ana")
    assert files_with(SECRET, home) == []


def test_it_is_told_while_somebody_reads_and_the_next_who_writes_goes_on_with_it(
    people: People, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "PATIENCE", 0.3)
    monkeypatch.setattr(Database.wipe_traces, "__defaults__", (0.3,))
    tell(people, "ana", "c1", SECRET)
    with somebody_reads(home):
        assert not people.delete_person("ana")
        assert files_with(SECRET, home)
        tell(people, "bo", "c2", "steel")  # who writes is not held up
        assert files_with(SECRET, home)
    tell(people, "bo", "c2", "more steel")
    assert files_with(SECRET, home) == []
    assert [turn.number for turn in people.turns("c2")] == [1, 2]


@pytest.mark.parametrize("how", ["opens", "closes"])
def test_who_opens_or_closes_the_database_goes_on_with_it_too(
    people: People, database: Database, home: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database.wipe_traces, "__defaults__", (0.0,))
    tell(people, "ana", "c1", SECRET)
    # Holds the log open, so that closing does not delete it.
    with closing(sqlite3.connect(home / FILE_NAME)) as other:
        other.execute("SELECT count(*) FROM people").fetchone()
        with somebody_reads(home):
            assert not people.delete_person("ana")
        assert files_with(SECRET, home)
        if how == "opens":
            open_database(None, home)
        else:
            database.close()
        assert files_with(SECRET, home) == []


def test_a_deletion_waits_for_who_reads_only_for_a_moment(people: People, home: Path) -> None:
    import threading

    tell(people, "ana", "c1", SECRET)
    reading = threading.Event()

    def read() -> None:
        with somebody_reads(home):
            reading.set()
            threading.Event().wait(0.3)

    reader = threading.Thread(target=read)
    reader.start()
    assert reading.wait(10)
    assert people.delete_person("ana")
    reader.join()
    assert files_with(SECRET, home) == []


def test_two_deletions_at_once_are_both_wiped(people: People, home: Path) -> None:
    import threading

    for number in range(6):
        tell(people, f"person{number}", f"c{number}", f"{SECRET}{number}")
    gone: list[bool] = []
    threads = [
        threading.Thread(target=lambda n=number: gone.append(people.delete_person(f"person{n}")))
        for number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gone == [True] * 6
    assert files_with(SECRET, home) == []
