"""Use as read from the database: numbers and ids, never names or words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.protocols import TurnRecord
from bot.core.results import Timings
from bot.core.values import EventKind
from storage.person.people import People
from storage.sql.database import Database
from storage.sql.usage import UsageLog
from tests.storage.contracts import LONG_AGO, said, turn_result

SINCE = LONG_AGO - timedelta(days=1)


def talk(people: People, name: str, conversation: str, at: datetime = LONG_AGO) -> None:
    shown = said("kettle", EventKind.SHOWN, value="tuned", catalogue="things")
    result = replace(turn_result(conversation), timings=Timings(ranked_ms=12.5))
    people.commit_turn(name, TurnRecord("my secret words", result, events=[replace(shown, at=at)]))


def test_turns_and_what_was_shown_come_as_numbers(database: Database) -> None:
    people = People(database, clock=lambda: LONG_AGO)
    talk(people, "ana", "one")
    talk(people, "ana", "one")
    talk(people, "ben", "two")
    people.ensure_person("eve")
    use = UsageLog(database).since(SINCE)

    assert use.people == 3
    assert [(turn.conversation, turn.ranked_ms, turn.total_ms) for turn in use.turns] == [
        ("one", 12.5, None),
        ("one", 12.5, None),
        ("two", 12.5, None),
    ]
    assert use.turns[0].person == use.turns[1].person != use.turns[2].person
    assert {(each.item, each.catalogue, each.ranker) for each in use.shown} == {
        ("kettle", "things", "tuned")
    }
    assert use.shown[0].person == use.turns[0].person
    for word in ("ana", "ben", "secret", "Kettle", "I said"):
        assert word not in repr(use)


def test_good_reactions_count_unless_they_were_taken_back(database: Database) -> None:
    people = People(database)
    [liked, _, _] = people.append(
        "ana",
        [
            said("kettle"),
            said("pan", EventKind.SAVED),
            said("cup", EventKind.RATING, value=4.5),
        ],
    )
    people.append("ana", [said("lid", EventKind.DISLIKES), said("lid", EventKind.SEEN)])
    people.append("ana", [said(liked, EventKind.UNDONE)])
    use = UsageLog(database).since(SINCE)

    assert [(each.item, each.kind, each.value) for each in use.reactions] == [
        ("pan", EventKind.SAVED, None),
        ("cup", EventKind.RATING, 4.5),
    ]


def test_only_what_happened_since_is_read(database: Database) -> None:
    people = People(database, clock=lambda: datetime.now(UTC))
    talk(people, "ana", "old")
    talk(people, "ana", "new", at=datetime.now(UTC))
    use = UsageLog(database).since(datetime.now(UTC) - timedelta(hours=1))

    assert len(use.turns) == 2, "a turn counts when it was stored"
    assert len(use.shown) == 1
