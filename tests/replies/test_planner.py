"""What is said to a question about an item, and to a wish that the catalogue cannot answer."""

from __future__ import annotations

import pytest

from bot.conversation.chatbot import Tastebot
from tests.memory_people import MemoryPeople
from tests.talking import say, talking_bot


@pytest.fixture
def bot() -> Tastebot:
    return talking_bot(MemoryPeople())


def test_a_question_gets_its_own_answer(bot: Tastebot) -> None:
    assert say(bot, "who directed Heat?").reply == "Heat (1995) was directed by Michael Mann."


def test_a_question_without_a_name_goes_on_about_the_same_item(bot: Tastebot) -> None:
    first = say(bot, "who directed Heat?")
    then = say(bot, "and who is in it?", first.conversation)
    assert then.act == "answer"
    assert then.reply.startswith("Heat (1995) has ")
    last = say(bot, "what year is it from?", first.conversation)
    assert last.reply == "Heat (1995) is from 1995."


@pytest.mark.parametrize("text", ["who are you?", "Are you a human?", "hi, what can you do?"])
def test_who_asks_what_it_is_talking_to_is_told(bot: Tastebot, text: str) -> None:
    assert "I am Tastebot, a program" in say(bot, text).reply
    assert "I am Tastebot" not in say(bot, "who directed Heat?").reply


def test_somebody_who_did_not_greet_is_not_greeted(bot: Tastebot) -> None:
    assert not say(bot, "what a day").reply.startswith("Hello")
    assert say(bot, "hello").reply.startswith("Hello")


def test_only_who_has_spoken_before_is_seen_again(bot: Tastebot) -> None:
    bot.feedback("ana", "heat", "like")  # a click on the page, before the first word
    first = say(bot, "Hello, I loved Heat")
    assert first.reply.startswith("Hello! Good to meet you. ")
    assert say(bot, "hi, a drama please").reply.startswith("Good to see you again. ")
    assert "again" not in say(bot, "hi, a drama please", first.conversation).reply


def test_a_wish_that_nothing_has_under_the_limits_is_not_passed_over(bot: Tastebot) -> None:
    reply = say(bot, "a horror film from the nineties").reply
    assert "None of my best suggestions now has Horror" in reply
    assert "None of my best" not in say(bot, "a comedy").reply
