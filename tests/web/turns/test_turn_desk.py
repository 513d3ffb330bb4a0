"""Who may wait for an answer, and how a turn is stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, cast

import pytest

from adapters.machine import fair_lock as turnstile
from bot.conversation.api import TurnDone, TurnRanked, TurnStarted
from bot.conversation.logged_turns import logged
from bot.core.errors import BusyError
from bot.core.values import Event, Understanding
from bot.web.turns.fair_line import FairLine
from bot.web.turns.turn_desk import Limits, TurnDesk
from tests.fakes import FakeService


def test_a_turn_runs_to_its_end() -> None:
    steps = list(TurnDesk(FakeService()).turn("ana", "crime", None))

    assert isinstance(steps[0], TurnStarted)
    assert isinstance(steps[-1], TurnDone)


def test_a_pulled_brake_ends_the_turn_and_closes_it() -> None:
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


def test_a_brake_pulled_before_the_suggestions_leaves_nothing() -> None:
    service = FakeService()
    desk = TurnDesk(service)
    with desk.page("page") as brake:
        steps = []
        for step in desk.turn("ana", "crime", None, brake):
            steps.append(step)
            desk.stop("page")

    assert [type(step) for step in steps] == [TurnStarted]
    assert service.conversations("ana") == []


def test_one_page_runs_one_turn_at_a_time() -> None:
    desk = TurnDesk(FakeService())
    with desk.page("page") as first, desk.page("page") as second, desk.page("other") as third:
        assert first is not None
        assert second is None
        assert third is not None

    with desk.page("page") as again:
        assert again is not None


def test_leaving_is_told_from_stopping() -> None:
    desk = TurnDesk(FakeService())
    with desk.page("page") as brake:
        assert brake is not None
        desk.stop("page", left=True)
        assert brake.left
        assert brake.pulled.is_set()


def test_whoever_leaves_waits_for_the_step_that_is_on_its_way_and_sees_no_other() -> None:
    desk = TurnDesk(FakeService())
    with desk.page("page") as brake:
        assert brake is not None
        leaving = threading.Thread(target=desk.stop, args=("page",), kwargs={"left": True})
        with brake.showing() as there:
            assert there
            leaving.start()
            assert brake.pulled.wait(5)
            leaving.join(0.2)
            assert leaving.is_alive(), "the step has not been sent"
        leaving.join(5)
        assert not leaving.is_alive()
        with brake.showing() as there:
            assert not there


def test_a_full_house_is_busy_and_free_again_after() -> None:
    desk = TurnDesk(FakeService(), places=1)
    waiting = desk.turn("ana", "crime", None)
    next(waiting)

    with pytest.raises(BusyError, match="I am busy"):
        next(desk.turn("ben", "comedy", None))
    waiting.close()  # type: ignore[attr-defined]  # a generator

    assert list(desk.turn("ben", "comedy", None))


def test_an_error_frees_the_place() -> None:
    service = FakeService()
    service.broken = RuntimeError("no")
    desk = TurnDesk(service, places=1)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            next(desk.turn("ana", "crime", None))


def test_what_is_opened_during_a_turn_is_left_to_it_until_its_last_view() -> None:
    desk = TurnDesk(FakeService())
    opened: dict[tuple[int, str], tuple[str, ...]] = {(1, "heat"): ("You like Ronin.",)}

    assert not desk.takes("page", opened)
    with desk.page("page") as brake:
        assert brake is not None
        assert desk.takes("page", opened)
        assert brake.opened == opened
        brake.closing = True
        assert not desk.takes("page", {})
    assert not desk.takes("page", opened)


class Slow(FakeService):
    """A service that hangs before its suggestions until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def _understand(self, text: str) -> tuple[Understanding, list[Event]]:
        self.go.wait(30)
        return super()._understand(text)


def test_a_turn_that_hangs_is_given_up_with_a_sentence_and_its_place_is_free_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = Slow()
    desk = TurnDesk(service, places=1, limits=Limits(step=0.1))
    with pytest.raises(BusyError, match="too long"):
        list(desk.turn("ana", "a secret crime", None))

    [record] = [each for each in caplog.records if each.name == "bot.web.turns.time_limits"]
    assert isinstance(record.msg, dict)
    assert any("_understand" in place for place in record.msg["where"])
    assert "secret" not in record.getMessage()
    service.go.set()
    assert isinstance(list(desk.turn("ben", "comedy", None))[-1], TurnDone)
    assert eventually(lambda: service.stopped == 1)
    assert service.conversations("ana") == [], "what came too late is not kept"


class SlowAndLogged(Slow):
    def respond(self, user: str, text: str, conversation: str | None = None, **more: Any) -> Any:
        return logged(super().respond(user, text, conversation, **more))


def test_a_turn_that_is_given_up_can_be_found_in_the_log_by_its_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "bot")
    service = SlowAndLogged()
    desk = TurnDesk(service, limits=Limits(step=0.1))
    with pytest.raises(BusyError):
        list(desk.turn("ana", "crime", None))
    service.go.set()
    assert eventually(lambda: service.stopped == 1)
    assert eventually(lambda: len(caplog.records) == 2)
    given_up, ended = (cast("dict[str, Any]", record.msg) for record in caplog.records)
    assert (given_up["event"], ended["event"]) == ("turn_given_up", "turn")
    assert given_up["turn"] == ended["turn"]
    assert ended["ended_early"] is True


def test_a_turn_that_nobody_asks_on_with_is_closed_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = FakeService()
    desk = TurnDesk(service, places=1, limits=Limits(alone=0.05, waiting=0.5))
    left = desk.turn("ana", "crime", None)
    seen = [next(left), next(left)]
    time.sleep(0.1)

    assert isinstance(list(desk.turn("ben", "comedy", None))[-1], TurnDone)
    assert isinstance(seen[-1], TurnRanked)
    assert service.stopped == 1
    assert list(left) == []


def test_a_turn_has_a_time_for_all_of_it_and_what_was_seen_is_kept() -> None:
    service = FakeService()
    desk = TurnDesk(service, limits=Limits(whole=0.05))
    steps = []
    for step in desk.turn("ana", "crime", None):
        steps.append(step)
        if isinstance(step, TurnRanked):
            time.sleep(0.1)
    assert isinstance(steps[-1], TurnRanked)
    [info] = service.conversations("ana")
    assert info.turns == 1


def test_who_waits_in_the_line_can_stop() -> None:
    service = Slow()
    desk = TurnDesk(service, line=FairLine(at_once=1))
    running = threading.Thread(target=lambda: list(desk.turn("ana", "crime", None)), daemon=True)
    running.start()
    assert eventually(lambda: len(desk._line) == 1)
    ended = threading.Event()

    def wait() -> None:
        with desk.page("page") as brake:
            assert list(desk.turn("ben", "comedy", None, brake)) == []
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    assert eventually(lambda: len(desk._line) == 2)
    desk.stop("page")
    assert ended.wait(5)
    service.go.set()
    running.join(5)


def test_a_light_turn_hurries_and_no_other_does() -> None:
    class Asking(FakeService):
        def _understand(self, text: str) -> tuple[Understanding, list[Event]]:
            hurried.append(turnstile._urgent.get())
            return super()._understand(text)

    hurried: list[bool] = []
    desk = TurnDesk(Asking())
    list(desk.turn("ana", "crime", None))
    list(desk.turn("ana", "crime " * 200, None))
    assert hurried == [True, False]


def test_the_step_is_computed_with_what_tells_who_asks() -> None:
    who: ContextVar[str] = ContextVar("who")

    class Asking(FakeService):
        def _understand(self, text: str) -> tuple[Understanding, list[Event]]:
            assert who.get() == "ana"
            return super()._understand(text)

    who.set("ana")
    assert list(TurnDesk(Asking()).turn("ana", "crime", None))


def eventually(holds: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()
