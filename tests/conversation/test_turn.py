"""One turn by itself: its steps, and what it leaves when it ends, is left, or fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from bot.conversation.api import TurnRanked, TurnSentence
from bot.conversation.explaining import Explaining
from bot.conversation.parts import DialogueParts
from bot.conversation.turn import TurnPipeline
from bot.conversation.turn_state import Incoming, TurnState
from bot.core.values import Event, EventKind
from bot.replies.writer import ReplyRequest, ReplyWriter
from tests.talking import dialogue_parts

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def pipeline(parts: DialogueParts | None = None) -> TurnPipeline:
    parts = parts or dialogue_parts()
    return TurnPipeline(parts, Explaining(parts.explainer, parts.words))


def begun(text: str, history: Sequence[Event] = ()) -> TurnState:
    return TurnState(Incoming("ana", text, "c", history, past=(), at=NOW, began=0.0))


def test_a_turn_ranks_then_speaks_and_leaves_what_is_to_be_stored() -> None:
    turn = begun("I loved Heat, a crime film please")
    ranked, *sentences = pipeline().run(turn)
    assert isinstance(ranked, TurnRanked)
    spoken = [step.text for step in sentences if isinstance(step, TurnSentence)]
    assert len(spoken) == len(sentences) > 0

    assert turn.record is not None
    assert turn.record.conversation == "c"
    assert turn.record.user_text == "I loved Heat, a crime film please"
    assert turn.record.result.reply == " ".join(spoken)
    assert turn.record.result.suggestions == ranked.suggestions
    assert [message.speaker for message in turn.record.messages] == ["user", "assistant"]
    shown = [event.about for event in turn.record.events if event.kind is EventKind.SHOWN]
    assert shown == [suggestion.item.item_id for suggestion in ranked.suggestions]
    assert turn.record.replacing is None


def test_a_turn_left_at_its_suggestions_leaves_nothing() -> None:
    turn = begun("a crime film please")
    steps = pipeline().run(turn)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert turn.record is None


def test_a_turn_left_later_leaves_its_words_so_far() -> None:
    turn = begun("hi, a crime film please")
    steps = pipeline().run(turn)
    next(steps)
    first = next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert isinstance(first, TurnSentence)
    assert turn.record is not None
    assert turn.record.result.reply == first.text


def test_a_turn_that_fails_leaves_nothing() -> None:
    class Breaking(ReplyWriter):
        def write(self, request: ReplyRequest) -> Iterator[str]:
            raise RuntimeError("the model is gone")

    turn = begun("a crime film please")
    with pytest.raises(RuntimeError):
        list(pipeline(dialogue_parts(writer=Breaking(None))).run(turn))
    assert turn.record is None


@pytest.mark.parametrize(("asked", "act"), [(0, "ask"), (2, "ask"), (3, "recommend")])
def test_after_three_questions_there_is_no_other(asked: int, act: str) -> None:
    history = [
        Event(EventKind.ASKED, f"question {number}", "", NOW, conversation="c")
        for number in range(asked)
    ]
    turn = begun("hello", history)
    list(pipeline().run(turn))
    assert len(turn.heard.asked) == asked
    assert turn.act == act
    assert (turn.question is None) == (act == "recommend")
