from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.errors import UsageError
from bot.core.values import EventKind, Understanding
from bot.profile.message_events import events_of, parse_feedback

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("like", (EventKind.LIKES, None)),
        ("not-now", (EventKind.NOT_NOW, None)),
        ("rating=4.5", (EventKind.RATING, 4.5)),
        ("rating=5", (EventKind.RATING, 5.0)),
    ],
)
def test_feedback_kinds_are_read(kind: str, expected: tuple[EventKind, float | None]) -> None:
    assert parse_feedback(kind) == expected


@pytest.mark.parametrize("kind", ["rating=7", "rating=0", "rating=4.3", "rating=", "love", ""])
def test_other_feedback_is_refused_with_what_was_expected(kind: str) -> None:
    with pytest.raises(UsageError, match=r"Expected.*found"):
        parse_feedback(kind)


def test_a_wish_is_tonights_and_a_like_lasts() -> None:
    said = Understanding(likes=("heat", "genres:Crime"), wants=("genres:Crime",))
    events = list(events_of(said, "a crime film like Heat", NOW, conversation="c", catalogue="f"))
    assert [(e.kind, e.about, e.lasting) for e in events] == [
        (EventKind.WANTS, "genres:Crime", False),
        (EventKind.LIKES, "heat", True),
    ]
    assert {event.source for event in events} == {"a crime film like Heat"}


def test_a_wish_that_was_said_to_last_lasts() -> None:
    said = Understanding(
        dislikes=("genres:Horror",),
        avoids=("genres:Horror",),
        constraints={"runtime_max": 120},
        lasting=frozenset({"genres:Horror"}),
    )
    lasting = {
        event.about: event.lasting
        for event in events_of(said, "never horror", NOW, conversation="c", catalogue="f")
    }
    assert lasting == {"genres:Horror": True, "runtime_max": False}


def test_a_bare_mention_is_recorded_as_no_more_than_that() -> None:
    said = Understanding(mentions=("heat", "ronin"), likes=("ronin",))
    kinds = {
        event.about: event.kind
        for event in events_of(said, "Heat, Ronin", NOW, conversation="c", catalogue="f")
    }
    assert kinds == {"heat": EventKind.MENTIONED, "ronin": EventKind.LIKES}
