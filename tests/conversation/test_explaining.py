"""Why something was suggested: in a turn and by a click the same, by what was known then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.conversation.chatbot import Tastebot
from tests.memory_people import MemoryPeople
from tests.talking import say


def test_asking_why_is_answered_as_a_click_on_why(bot: Tastebot) -> None:
    first = say(bot, "I loved Heat, another crime film please")
    best = first.suggestions[0].item
    clicked = bot.explain("ana", best.item_id, first.conversation)
    assert clicked[: len(first.suggestions[0].reasons)] == first.suggestions[0].reasons
    asked = say(bot, "why the first one?", first.conversation)
    assert asked.reply == " ".join([f"{best.label}:", *clicked])


def test_what_was_said_since_explains_nothing(bot: Tastebot) -> None:
    first = say(bot, "I loved Heat, another crime film please")
    best = first.suggestions[0].item.item_id
    before = bot.explain("ana", best, first.conversation)
    bot.feedback("ana", "alien", "like")
    bot.feedback("ana", best, "dislike", first.conversation)
    say(bot, "a comedy please, nothing before 1999", first.conversation)
    assert bot.explain("ana", best, first.conversation) == before


def test_a_turn_that_explains_reads_the_store_as_often_as_any(
    bot: Tastebot, people: MemoryPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = say(bot, "I loved Heat, another crime film please")
    read: list[str] = []

    def counted(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*given: Any) -> Any:
            read.append(name)
            return method(*given)

        return reading

    for name in ("events", "turns", "conversation"):
        monkeypatch.setattr(people, name, counted(name, getattr(people, name)))
    say(bot, "something older", first.conversation)
    usual = [*read]
    read.clear()
    assert say(bot, "why the first one?", first.conversation).act == "explain"
    assert read == usual
