from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.core.protocols import PersonStore, TurnRecord
from bot.core.values import Message
from storage.person.people import People
from storage.sql.database import Database, open_database
from tests.memory_people import MemoryPeople
from tests.storage.contracts import PersonStoreContract, said, turn_result


class TestPeopleInADatabase(PersonStoreContract):
    pass


class TestPeopleInMemory(PersonStoreContract):
    @pytest.fixture
    def people(self) -> PersonStore:
        return MemoryPeople()


def test_people_outlive_the_process_that_stored_them(tmp_path: Path) -> None:
    first = open_database(None, tmp_path)
    People(first).commit_turn("ana", TurnRecord("hello", turn_result("c"), events=[said("a")]))
    first.close()
    people = People(open_database(None, tmp_path))
    assert people.turns("c")[0].result == turn_result("c")
    assert [event.about for event in people.events("ana")] == ["a"]


KILLED = """
import os, signal, sys
from pathlib import Path
from storage.sql.database import open_database
from bot.core.protocols import TurnRecord
from storage.person.people import People
from storage.person import people as module
from tests.storage.contracts import said, turn_result
people = People(open_database(None, Path(sys.argv[1])))
people.commit_turn("ana", TurnRecord("kept", turn_result("c"), events=[said("kept")]))
def killed(*given):
    os.kill(os.getpid(), signal.SIGKILL)
module.append_events = killed
people.commit_turn("ana", TurnRecord("lost", turn_result("c"), events=[said("lost")]))
"""


def test_a_killed_process_leaves_whole_turns_only(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        check=False,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL
    people = People(open_database(None, tmp_path))
    assert [turn.user_text for turn in people.turns("c")] == ["kept"]
    assert [event.about for event in people.events("ana")] == ["kept"]


def test_a_turn_that_fails_half_way_leaves_nothing(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> list[str]:
        raise RuntimeError("the power is gone")

    monkeypatch.setattr("storage.person.people.append_events", broken)
    with pytest.raises(RuntimeError):
        people.commit_turn("ana", TurnRecord("hi", turn_result("c"), events=[said("a")]))
    assert not people.has_person("ana")
    assert people.conversation("c") is None


def test_text_that_is_no_text_is_kept_as_far_as_it_goes(people: People) -> None:
    odd = "a\ud800b\x00c\n<b>'; DROP TABLE turns; --"
    result = turn_result("c", odd)
    people.commit_turn("ana", TurnRecord(odd, result, [Message("user", odd)], [said(odd)]))
    [turn] = people.turns("c")
    assert turn.user_text == "a\ufffdb c\n<b>'; DROP TABLE turns; --"
    assert turn.result.reply == turn.user_text
    json.dumps(people.export_person("ana"), ensure_ascii=False).encode()


def test_a_deleted_person_leaves_no_trace_in_the_files(
    people: People, database: Database, tmp_path: Path
) -> None:
    secret = "xylophonequartz"
    for number in range(30):
        people.commit_turn(
            f"{secret}-name",
            TurnRecord(
                f"I love {secret} {number}",
                turn_result(f"c{number}", f"So you love {secret}."),
                [Message("user", f"I love {secret}")],
                [said(f"kinds:{secret}", conversation=f"c{number}")],
            ),
        )
    people.ensure_person("bo")
    assert _files_with(secret, tmp_path)
    people.delete_person(f"{secret}-name")
    assert not _files_with(secret, tmp_path)
    with database.reading() as session:
        for table in ("turns", "events", "conversations"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608
    assert people.has_person("bo")


def _files_with(word: str, folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if word.encode() in path.read_bytes()]
