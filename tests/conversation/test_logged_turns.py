"""What the log tells of a turn: its figures, one id, and nothing that anybody said."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest

from bot.conversation.api import TurnRanked, TurnSentence, TurnStarted, TurnStep
from bot.conversation.chatbot import Tastebot
from bot.conversation.logged_turns import conversation_mark, logged
from bot.core.errors import ModelError, UsageError
from bot.core.logs import event_logger
from bot.core.results import Timings
from tests.memory_people import MemoryPeople
from tests.talking import say

SAID = "my sister Marjorie wept at a film of whales"
NAME = "Bartholomew"

inner = event_logger("bot.of_this_test")


@pytest.fixture(autouse=True)
def _all_levels(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")


def told(caplog: pytest.LogCaptureFixture, *events: str) -> list[dict[str, Any]]:
    """The facts of what was logged, of these events alone where some are named."""
    found = [each.msg for each in caplog.records if isinstance(each.msg, dict)]
    return [each for each in found if not events or each["event"] in events]


def steps_of(conversation: str, failing: Exception | None = None) -> Iterator[TurnStep]:
    """A turn of four steps, each of which logs."""
    inner.info("computing")
    yield TurnStarted(conversation)
    inner.info("computing")
    yield TurnRanked((), Timings(ranked_ms=3.0))
    inner.info("computing")
    if failing is not None:
        raise failing
    yield TurnSentence(SAID)
    inner.info("computing")
    yield TurnSentence(SAID)


def test_a_turn_is_one_event_with_its_figures(
    bot: Tastebot, caplog: pytest.LogCaptureFixture
) -> None:
    result = say(bot, "I loved Heat, a crime film please")
    [turn] = told(caplog, "turn")
    assert len(turn["turn"]) == 8
    assert turn["conversation"] == conversation_mark(result.conversation)
    assert result.conversation not in str(turn)
    assert turn["act"] == result.act
    assert turn["suggestions"] == 5
    assert turn["sentences"] >= 1
    assert turn["ranked_ms"] == result.timings.ranked_ms
    assert turn["first_token_ms"] == result.timings.first_token_ms
    assert turn["total_ms"] == result.timings.total_ms
    assert turn["ended_early"] is False


def test_turns_of_a_conversation_have_its_mark_and_ids_of_their_own(
    bot: Tastebot, caplog: pytest.LogCaptureFixture
) -> None:
    first = say(bot, "crime")
    say(bot, "older", first.conversation)
    one, two = told(caplog, "turn")
    assert one["conversation"] == two["conversation"]
    assert one["turn"] != two["turn"]


def test_what_is_logged_while_a_step_is_computed_carries_the_turn_whatever_the_thread(
    caplog: pytest.LogCaptureFixture,
) -> None:
    steps = logged(steps_of("one"))
    found: list[TurnStep | None] = [None]
    while True:
        thread = threading.Thread(
            target=copy_context().run, args=(lambda: found.append(next(steps, None)),)
        )
        thread.start()
        thread.join()
        inner.info("between")
        if found[-1] is None:
            break
    computing = told(caplog, "computing")
    assert len(computing) == 4
    assert len({each["turn"] for each in computing}) == 1
    assert "conversation" not in computing[0], "it has none before it is started"
    assert {each["conversation"] for each in computing[1:]} == {conversation_mark("one")}
    assert all("turn" not in each for each in told(caplog, "between"))


def test_turns_at_the_same_time_never_mix(caplog: pytest.LogCaptureFixture) -> None:
    meet = threading.Barrier(8, timeout=30)

    def whole(number: int) -> None:
        for _ in logged(steps_of(f"c{number}")):
            meet.wait()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(whole, range(8)))
    pairs = {(each["turn"], each.get("conversation")) for each in told(caplog, "computing")}
    assert len({turn for turn, _ in pairs}) == 8
    marked = [mark for _, mark in pairs if mark is not None]
    assert len(marked) == 8
    assert set(marked) == {conversation_mark(f"c{each}") for each in range(8)}


def test_turns_that_one_thread_computes_by_turns_never_mix(
    caplog: pytest.LogCaptureFixture,
) -> None:
    turns = [logged(steps_of(name)) for name in ("one", "two")]
    for _ in range(4):
        for steps in turns:
            next(steps)
    pairs = {(each["turn"], each.get("conversation")) for each in told(caplog, "computing")[2:]}
    assert {mark for _, mark in pairs} == {conversation_mark("one"), conversation_mark("two")}
    assert len({turn for turn, _ in pairs}) == 2


def test_a_turn_that_ends_early_says_so_and_how_far_it_got(
    bot: Tastebot, caplog: pytest.LogCaptureFixture
) -> None:
    steps = bot.respond("ana", "crime")
    for step in steps:
        if isinstance(step, TurnSentence):
            break
    steps.close()  # type: ignore[attr-defined]
    [turn] = told(caplog, "turn")
    assert turn["ended_early"] is True
    assert (turn["suggestions"], turn["sentences"]) == (5, 1)
    assert turn["ranked_ms"] <= turn["first_token_ms"] <= turn["total_ms"]


def test_a_turn_of_which_nothing_was_asked_is_none(
    bot: Tastebot, caplog: pytest.LogCaptureFixture
) -> None:
    bot.respond("ana", "crime").close()  # type: ignore[attr-defined]
    assert told(caplog) == []


@pytest.mark.parametrize("failing", [ZeroDivisionError(SAID), ModelError(SAID, found=NAME)])
def test_a_failure_is_told_by_class_and_place(
    failing: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(type(failing)):
        list(logged(steps_of("one", failing)))
    [event] = told(caplog, "turn_failed")
    assert event["error"] == type(failing).__name__
    assert any("steps_of" in place for place in event["where"])
    assert event["conversation"] == conversation_mark("one")
    assert told(caplog, "turn") == []


def test_a_failure_while_a_turn_is_stored_that_ends_early_is_told_too(
    bot: Tastebot, people: MemoryPeople, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken(*given: object, **more: object) -> None:
        raise OSError(28, SAID)

    steps = bot.respond("ana", "crime")
    while not isinstance(next(steps), TurnSentence):
        pass
    monkeypatch.setattr(people, "commit_turn", broken)
    with pytest.raises(OSError, match="whales"):
        steps.close()  # type: ignore[attr-defined]
    [event] = told(caplog, "turn_failed")
    assert event["error"] == "OSError(ENOSPC)"


def test_a_request_that_cannot_be_met_is_no_failure(
    bot: Tastebot, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(UsageError, match=NAME):
        list(bot.respond(NAME, SAID, "somebody else's"))
    [event] = told(caplog)
    assert (event["event"], event["error"]) == ("turn_refused", "UsageError")
    assert "conversation" not in event, "what was given for one may be anything"


def test_nothing_that_is_said_is_logged_at_any_level(
    bot: Tastebot, people: MemoryPeople, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    first = say(bot, f"I loved Heat. {SAID}", user=NAME)
    stopped = bot.respond(NAME, SAID, first.conversation)
    while not isinstance(next(stopped), TurnRanked):
        pass
    stopped.close()  # type: ignore[attr-defined]
    with pytest.raises(UsageError):
        list(bot.respond(NAME, SAID, SAID))

    def broken(*given: object, **more: object) -> None:
        raise RuntimeError(f"{given} {more}")

    monkeypatch.setattr(people, "commit_turn", broken)
    with pytest.raises(RuntimeError, match="whales"):
        say(bot, SAID, user=NAME)
    assert len(told(caplog, "turn", "turn_refused", "turn_failed")) == 4
    logged_text = caplog.text + str([vars(record) for record in caplog.records])
    for word in ("whales", "Marjorie", NAME, "Heat", first.conversation, first.reply):
        assert word not in logged_text
