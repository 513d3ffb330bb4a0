"""Who may wait for an answer, and how a turn is stopped."""

from __future__ import annotations

import pytest

from bot.errors import BusyError
from bot.service import TurnDone, TurnRanked, TurnStarted
from bot.web.turns import TurnDesk
from tests.fakes import FakeService


def test_a_turn_runs_to_its_end():
    steps = list(TurnDesk(FakeService()).turn("ana", "crime", None))

    assert isinstance(steps[0], TurnStarted)
    assert isinstance(steps[-1], TurnDone)


def test_a_pulled_brake_ends_the_turn_and_closes_it():
    service = FakeService()
    desk = TurnDesk(service)
    with desk.page("page") as brake:
        steps = []
        for step in desk.turn("ana", "crime", None, brake):
            steps.append(step)
            if isinstance(step, TurnRanked):
                desk.stop("page")

    assert not any(isinstance(step, TurnDone) for step in steps)
    assert service.stopped == 1
    [info] = service.conversations("ana")
    [turn] = service.turns("ana", info.conversation)
    assert len(turn.result.suggestions) == 5, "what was seen is kept"


def test_a_brake_pulled_before_the_suggestions_leaves_nothing():
    service = FakeService()
    desk = TurnDesk(service)
    with desk.page("page") as brake:
        steps = []
        for step in desk.turn("ana", "crime", None, brake):
            steps.append(step)
            desk.stop("page")

    assert [type(step) for step in steps] == [TurnStarted]
    assert service.conversations("ana") == []


def test_one_page_runs_one_turn_at_a_time():
    desk = TurnDesk(FakeService())
    with desk.page("page") as first, desk.page("page") as second, desk.page("other") as third:
        assert first is not None
        assert second is None
        assert third is not None

    with desk.page("page") as again:
        assert again is not None


def test_leaving_is_told_from_stopping():
    desk = TurnDesk(FakeService())
    with desk.page("page") as brake:
        assert brake is not None
        desk.stop("page", left=True)
        assert brake.left
        assert brake.pulled.is_set()


def test_a_full_house_is_busy_and_free_again_after():
    desk = TurnDesk(FakeService(), places=1)
    waiting = desk.turn("ana", "crime", None)
    next(waiting)

    with pytest.raises(BusyError, match="Busy, one moment"):
        next(desk.turn("ben", "comedy", None))
    waiting.close()

    assert list(desk.turn("ben", "comedy", None))


def test_an_error_frees_the_place():
    service = FakeService()
    service.broken = RuntimeError("no")
    desk = TurnDesk(service, places=1)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            next(desk.turn("ana", "crime", None))


def test_what_is_opened_during_a_turn_is_left_to_it_until_its_last_view():
    desk = TurnDesk(FakeService())
    opened = {(1, "heat"): ("You like Ronin.",)}

    assert not desk.takes("page", opened)
    with desk.page("page") as brake:
        assert brake is not None
        assert desk.takes("page", opened)
        assert brake.opened == opened
        brake.closing = True
        assert not desk.takes("page", {})
    assert not desk.takes("page", opened)
