"""A session through the chat's own entry point: what is said, clicked, and noted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.conversation.api import TurnDone, TurnStep
from bot.core.results import Suggestion, Timings, TurnResult
from bot.core.values import Event, EventKind
from bot.evaluation.simulation.people import SimulatedPerson
from bot.evaluation.simulation.sessions import (
    FAVOURITES,
    SimulatedSession,
    _refuse_leak,
    run_session,
)
from tests.fakes import FakeService
from tests.small_films import FILMS

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BY_ID = {film.item_id: film for film in FILMS}


class Scripted(FakeService):
    """Shows what it is told to, turn by turn, and keeps what it heard."""

    def __init__(self, *slates: tuple[str, ...], chips: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.slates = list(slates)
        self.offered = chips
        self.heard: list[str] = []
        self.clicks: list[tuple[str, str]] = []

    def respond(
        self, user: str, text: str, conversation: str | None = None, *, instead: bool = False
    ) -> Iterator[TurnStep]:
        self.heard.append(text)
        shown = self.slates.pop(0) if self.slates else ()
        suggestions = tuple(
            Suggestion(BY_ID.get(item, replace(BY_ID["heat"], item_id=item)), 0.1) for item in shown
        )
        yield TurnDone(
            TurnResult("c1", "recommend", "", suggestions, timings=Timings(1.0), chips=self.offered)
        )

    def feedback(
        self, user: str, item_id: str, kind: str, conversation: str | None = None
    ) -> Event:
        self.clicks.append((item_id, kind))
        return Event(EventKind.LIKES, item_id, kind, NOW)


def session(service: FakeService, ana: SimulatedPerson, **more: Any) -> SimulatedSession:
    return run_session(service, ana, turns=3, **more)


def test_hits_are_wanted_items_and_bring_their_credit_once(ana: SimulatedPerson) -> None:
    service = Scripted(("lost", "alien"), ("seven", "heat"), ("seven", "zodiac"))
    found = session(service, ana)
    assert [turn.hits for turn in found.turns] == [(), ("seven",), ("zodiac",)]
    assert found.turns[2].repeats == ("seven",)
    assert found.first_hit() == 2
    assert found.credit_by(2) == pytest.approx(0.4)
    assert found.credit_by(3) == 1.0


def test_what_the_person_knows_is_clicked_as_they_know_it(ana: SimulatedPerson) -> None:
    service = Scripted(("heat", "alien", "seven", "lost"))
    session(service, ana)
    assert service.clicks == [("heat", "rating=5"), ("alien", "dislike"), ("seven", "like")]


def test_items_of_no_catalogue_and_broken_limits_are_noted(ana: SimulatedPerson) -> None:
    service = Scripted(("nowhere",), ("alien", "zodiac"))
    found = session(service, ana, opening=FAVOURITES)
    assert "1990" in service.heard[0]
    assert found.turns[0].off_catalogue == ("nowhere",)
    assert found.turns[1].broken == ("alien",)


def test_a_question_is_answered_and_suggestions_lead_to_a_wish_for_more(
    ana: SimulatedPerson,
) -> None:
    asking = Scripted(("lost",), chips=("Comedy", "Crime", "Surprise me"))
    session(asking, ana)
    assert "Crime" in asking.heard[1]
    ways_on = ("Why the first one?", "Something older", "Surprise me")
    plain = Scripted(("lost",), ("alien",), chips=ways_on)
    session(plain, ana)
    wishes = {"Something else please", "What else do you have?", "Show me others"}
    assert set(plain.heard[1:3]) <= wishes | {"More suggestions please"}


def test_naming_what_is_yet_to_be_found_is_an_error(ana: SimulatedPerson) -> None:
    loose = replace(ana, known={**ana.known, "zodiac2": 5.0})
    service = Scripted(("lost",), chips=("Zodiac (2007)", "Surprise me"))
    service._catalogue = type(service._catalogue)(
        [*FILMS, replace(BY_ID["zodiac"], item_id="zodiac2")], name="films"
    )
    assert session(service, loose).turns  # the same name is known by another id: no leak
    found = session(Scripted(("lost",), chips=("Zodiac (2007)", "Surprise me")), ana)
    assert all("Zodiac" not in turn.message for turn in found.turns)


def test_a_held_title_within_a_known_one_is_no_leak_and_one_around_it_is(
    ana: SimulatedPerson,
) -> None:
    service = FakeService()
    longer = replace(BY_ID["zodiac"], item_id="longer", title="The Zodiac")
    service._catalogue = type(service._catalogue)([*FILMS, longer], name="films")
    knows_longer = replace(ana, known={"longer": 5.0})
    _refuse_leak("I loved The Zodiac (2007)", knows_longer, service)
    with pytest.raises(AssertionError, match=r"held item Zodiac \(2007\)"):
        _refuse_leak("I loved Zodiac (2007)", knows_longer, service)
    with pytest.raises(AssertionError, match=r"held item Zodiac \(2007\)"):
        _refuse_leak("I loved The Zodiac (2007) and Zodiac (2007)", knows_longer, service)
    knows_shorter = replace(
        ana, known={"zodiac": 5.0}, held={"longer": 5.0}, credits={"longer": 1.0}
    )
    with pytest.raises(AssertionError, match=r"held item The Zodiac \(2007\)"):
        _refuse_leak("I loved The Zodiac (2007)", knows_shorter, service)


def test_the_same_seed_gives_the_same_session(ana: SimulatedPerson) -> None:
    one, other = (session(FakeService(), ana, seed=5) for _ in range(2))
    assert [turn.message for turn in one.turns] == [turn.message for turn in other.turns]
    assert [turn.shown for turn in one.turns] == [turn.shown for turn in other.turns]
