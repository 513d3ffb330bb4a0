"""A conversation as the chat widget takes it."""

from __future__ import annotations

from dataclasses import replace

from gradio.components.chatbot import ComponentMessage, Message, TextMessage

from bot.web.view.thread import SHOWN_TURNS, UNFOLDED, WHOLE_TURNS, OpenTurn, Thread
from tests.fakes import FakeService, finished


def conversation(turns: int) -> tuple[FakeService, str]:
    service = FakeService()
    name = finished(service.respond("ana", "crime 1")).conversation
    for number in range(2, turns + 1):
        finished(service.respond("ana", f"crime {number}", name))
    return service, name


def html(message: Message) -> str:
    [content] = message.content
    assert isinstance(content, ComponentMessage)
    return str(content.value)


def test_each_turn_is_a_message_and_an_answer_with_cards() -> None:
    service, name = conversation(2)

    messages = Thread(tuple(service.turns("ana", name))).messages()

    assert [message.role for message in messages] == ["user", "assistant"] * 2
    assert html(messages[1]).count("tb-card-head") == 5


def test_quick_replies_stand_under_the_last_answer_only() -> None:
    service, name = conversation(2)

    messages = Thread(tuple(service.turns("ana", name))).messages()

    assert messages[1].options is None
    assert [option["value"] for option in messages[3].options or ()] == [
        "older",
        "funnier",
        "surprise me",
    ]


def test_a_turn_under_way_says_what_it_is_doing() -> None:
    service, name = conversation(1)
    suggestions = service.turns("ana", name)[0].result.suggestions
    turn = OpenTurn("crime", 1)

    thinking = html(Thread().messages(turn)[1])
    writing = html(Thread().messages(turn.with_cards(suggestions).with_sentence("So."))[1])

    assert 'data-state="thinking"' in thinking
    assert "tb-card-head" not in thinking
    assert 'data-state="writing"' in writing
    assert writing.count("tb-card-head") == 5
    assert "<p>So.</p>" in writing


def test_a_long_conversation_shows_its_end_and_still_knows_who_said_what() -> None:
    service, name = conversation(SHOWN_TURNS + 2)

    thread = Thread(tuple(service.turns("ana", name)))
    messages = thread.messages()

    assert len(messages) == 1 + 2 * SHOWN_TURNS
    assert "2 earlier turns" in html(messages[0])
    [first] = messages[1].content
    assert isinstance(first, TextMessage)
    assert thread.text_at(1) == first.text == "crime 3"
    assert thread.text_at(2) == "crime 3"
    assert thread.text_at(len(messages) - 1) == f"crime {SHOWN_TURNS + 2}"


def test_a_message_that_was_not_stored_has_no_text() -> None:
    assert Thread().text_at(0) is None


def test_the_last_message_is_told_from_those_before() -> None:
    service, name = conversation(2)

    thread = Thread(tuple(service.turns("ana", name)))

    assert [thread.is_last(index) for index in range(4)] == [False, False, True, True]
    assert len(thread.without_last().turns) == 1
    assert not Thread().is_last(0)


def test_older_turns_give_their_titles_until_their_cards_are_asked_for() -> None:
    service, name = conversation(WHOLE_TURNS + 1)
    first, *others = service.turns("ana", name)
    result = replace(first.result, notices=("Something to know.",))
    turns = (replace(first, result=result), *others)

    folded = [html(message) for message in Thread(turns).messages()[1::2]]
    asked = [html(message) for message in Thread(turns, why={(1, UNFOLDED): ()}).messages()[1::2]]

    assert [answer.count("tb-card-head") for answer in folded] == [0, 5, 5, 5]
    assert turns[0].result.suggestions[0].item.label in folded[0]
    assert turns[0].result.reply in folded[0]
    assert "Something to know." in folded[0]
    assert [answer.count("tb-card-head") for answer in asked] == [5, 5, 5, 5]
