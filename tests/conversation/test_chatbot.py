"""Turns through the chatbot: what is shown, said, asked and stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.conversation.api import ChatService, TurnDone, TurnRanked, TurnSentence, TurnStarted
from bot.conversation.chatbot import Tastebot
from bot.conversation.dialogue import READ_AT_MOST, received
from bot.core.errors import BusyError, CatalogueError, UnknownPersonError, UsageError
from bot.core.results import RankingQuery, Scored
from bot.core.values import EventKind
from bot.data.queries import Query
from bot.evaluation.runner import cases_of
from bot.policy.onboarding import OnboardingPolicy
from bot.policy.questions import Question
from bot.policy.situation import Situation
from bot.ranking.affinity_ranker import AffinityRanker
from bot.replies.writer import ReplyWriter
from bot.understanding import build_understander
from tests.memory_people import MemoryPeople
from tests.talking import CATALOGUE, INDEX, dialogue_parts, ids, say


def test_the_chatbot_offers_what_the_edges_may_ask(bot: Tastebot) -> None:
    assert isinstance(bot, ChatService)


def test_a_turn_starts_ranks_speaks_and_ends(bot: Tastebot) -> None:
    steps = list(bot.respond("ana", "I loved Heat, a crime film please"))
    assert isinstance(steps[0], TurnStarted)
    assert isinstance(steps[1], TurnRanked)
    assert steps[1].timings.ranked_ms is not None
    assert all(isinstance(step, TurnSentence) for step in steps[2:-1])
    assert isinstance(steps[-1], TurnDone)
    assert steps[-1].result.reply == " ".join(
        step.text for step in steps if isinstance(step, TurnSentence)
    )


def test_five_are_suggested_and_none_that_was_named(bot: Tastebot) -> None:
    result = say(bot, "I loved Heat and Ronin, another crime film please")
    assert len(result.suggestions) == 5
    assert not {"heat", "ronin"} & set(ids(result))
    assert set(result.understood.likes) >= {"heat", "ronin"}


def test_what_is_shown_is_stored_with_the_ranker_that_chose_it(
    bot: Tastebot, people: MemoryPeople
) -> None:
    shown = ids(say(bot, "crime"))
    stored = [event for event in people.events("ana") if event.kind is EventKind.SHOWN]

    assert [event.about for event in stored] == shown
    assert {event.value for event in stored} == {AffinityRanker(CATALOGUE, INDEX).name}


def test_a_request_that_names_what_is_loved_gets_suggestions(bot: Tastebot) -> None:
    result = say(bot, "I loved Heat (1995). What should I watch next? Nothing before 1990 please.")
    assert result.act == "recommend"
    assert result.suggestions


def test_nothing_is_shown_twice_in_a_conversation(bot: Tastebot) -> None:
    first = say(bot, "I loved Heat, a crime film please")
    second = say(bot, "something else please", first.conversation)
    assert not set(ids(first)) & set(ids(second))


def test_as_many_as_asked_for_are_suggested(bot: Tastebot) -> None:
    assert len(say(bot, "give me two crime films").suggestions) == 2


def test_a_newcomer_without_a_word_to_go_on_is_asked_and_shown_something_to_react_to(
    bot: Tastebot,
) -> None:
    result = say(bot, "hello")
    assert result.act == "ask"
    assert len(result.suggestions) == 5
    assert "?" in result.reply
    assert result.chips


def test_somebody_known_who_says_hello_gets_suggestions(bot: Tastebot) -> None:
    say(bot, "I love Heat")
    assert say(bot, "hello").suggestions


def test_constraints_hold_in_this_turn_and_the_next(bot: Tastebot) -> None:
    first = say(bot, "I hated Alien but loved Heat, nothing before 1996, under two hours")
    second = say(bot, "what else?", first.conversation)
    for result in (first, second):
        assert result.suggestions
        for suggestion in result.suggestions:
            assert (suggestion.item.year or 0) >= 1996
            assert suggestion.item.numbers["runtime"] <= 120


def test_when_nothing_fits_the_wish_to_relax_is_named(bot: Tastebot) -> None:
    result = say(bot, "a comedy from after 2050")
    assert result.suggestions == ()
    assert "2050" in result.reply or "2051" in result.reply


def test_a_limit_that_leaves_nothing_is_lifted_with_its_quick_reply(bot: Tastebot) -> None:
    stuck = say(bot, "a drama under 5 minutes")
    assert stuck.suggestions == ()
    assert "5 minutes" in stuck.reply
    assert say(bot, stuck.chips[0], stuck.conversation).suggestions


def test_suggestions_do_not_wait_for_the_question(people: MemoryPeople) -> None:
    asked = []

    class Noted(OnboardingPolicy):
        def next_question(self, situation: Situation) -> Question | None:
            asked.append(situation)
            return super().next_question(situation)

    bot = Tastebot(people, dialogue_parts(policy=Noted(INDEX)))
    steps = bot.respond("ana", "hello")
    assert isinstance(next(steps), TurnStarted)
    assert isinstance(next(steps), TurnRanked)
    assert not asked
    *_, last = steps
    assert isinstance(last, TurnDone)
    assert asked
    assert last.result.act == "ask"


def test_nobody_reads_the_conversation_of_another(bot: Tastebot) -> None:
    mine = say(bot, "I love Heat").conversation
    with pytest.raises(UsageError, match="Expected a conversation of 'bob'"):
        say(bot, "hello", mine, user="bob")
    with pytest.raises(UsageError):
        bot.turns("bob", mine)
    with pytest.raises(UsageError):
        bot.feedback("bob", "heat", "like", mine)


def test_what_does_not_exist_is_refused_with_a_way_on(bot: Tastebot) -> None:
    with pytest.raises(CatalogueError, match="catalogue search"):
        bot.feedback("ana", "no such film", "like")
    with pytest.raises(UnknownPersonError, match="user list"):
        bot.profile("nobody")
    with pytest.raises(UsageError, match="rating"):
        bot.feedback("ana", "heat", "rating=7")


def test_why_is_answered_with_reasons_that_were_shown(bot: Tastebot) -> None:
    first = say(bot, "I loved Heat, another crime film please")
    why = say(bot, "why the first one?", first.conversation)
    assert why.act == "explain"
    assert first.suggestions[0].item.label in why.reply
    assert first.suggestions[0].reasons[0] in why.reply


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "😀😀😀",
        "给我推荐一部电影",
        "<script>alert(1)</script> <b>Heat</b>",
        "'; DROP TABLE people; -- Heat",
        "x" * 20_000,
        "{{ 7 * 7 }} {% raw %}",
        "NUL \x00 inside",
        "lone \ud800 surrogates \udfff",
    ],
)
def test_no_message_breaks_a_conversation(bot: Tastebot, text: str) -> None:
    first = say(bot, text)
    assert first.reply
    second = say(bot, "a crime film like Heat", first.conversation)
    assert second.suggestions
    stored = bot.turns("ana", first.conversation)
    assert [turn.user_text for turn in stored] == [received(text), "a crime film like Heat"]


def test_a_language_it_does_not_speak_is_said_and_suggestions_come_all_the_same(
    bot: Tastebot,
) -> None:
    say(bot, "I love Heat")
    result = say(bot, "给我推荐一部电影")
    assert "English" in result.reply
    assert result.suggestions


def test_of_a_very_long_message_what_is_read_is_kept_and_that_is_said(
    bot: Tastebot, people: MemoryPeople
) -> None:
    text = "I loved Heat. " + "and so on " * 2000 + " A comedy please."
    result = say(bot, text)
    assert "first 4,000 characters" in result.reply
    assert "heat" in result.understood.likes
    assert "genres:Comedy" not in result.understood.likes
    assert [turn.user_text for turn in people.turns(result.conversation)] == [text[:READ_AT_MOST]]
    assert all(len(event.source) <= READ_AT_MOST for event in people.events("ana"))


def test_a_message_of_just_the_length_is_read_whole_and_nothing_is_said_of_it(
    bot: Tastebot,
) -> None:
    text = "I loved Heat. " + "And so on. " * 360 + "A comedy please."
    assert READ_AT_MOST - 20 < len(text) <= READ_AT_MOST
    result = say(bot, text)
    assert "characters" not in result.reply
    assert "genres:Comedy" in result.understood.likes


def test_a_ranking_reads_as_much_of_a_text_as_a_turn_and_says_so(bot: Tastebot) -> None:
    long = bot.recommend("ana", "I loved Heat. " + "and so on " * 2000 + " A comedy please.")
    assert long.understood.likes == ("heat",)
    assert "first 4,000 characters" in long.notices[0]
    assert bot.recommend("ana", "I loved Heat.").notices == ()


@pytest.mark.parametrize("odd", ["\ud800", "a\x00b", "\udcff" * 100, "x" * 1_000_000])
def test_what_is_no_text_names_no_conversation_and_no_item(bot: Tastebot, odd: str) -> None:
    say(bot, "I loved Heat")
    with pytest.raises(UsageError, match="conversation"):
        say(bot, "hello", odd)
    with pytest.raises(CatalogueError, match="item id"):
        bot.feedback("ana", odd, "like")
    assert bot.undo("ana", odd) is None


def test_a_turn_stopped_after_the_suggestions_keeps_them(
    bot: Tastebot, people: MemoryPeople
) -> None:
    steps = bot.respond("ana", "I loved Heat, a crime film please")
    conversation = next(step for step in steps if isinstance(step, TurnStarted)).conversation
    ranked = next(step for step in steps if isinstance(step, TurnRanked))
    first = next(steps)
    steps.close()  # type: ignore[attr-defined]  # a generator
    (turn,) = people.turns(conversation)
    assert turn.result.suggestions == ranked.suggestions
    assert isinstance(first, TurnSentence)
    assert turn.result.reply == first.text


def test_a_turn_stopped_before_anything_was_seen_stores_nothing(
    bot: Tastebot, people: MemoryPeople
) -> None:
    steps = bot.respond("ana", "I loved Heat, a crime film please")
    assert isinstance(next(steps), TurnStarted)
    assert isinstance(next(steps), TurnRanked)
    steps.close()  # type: ignore[attr-defined]  # a generator
    assert people.conversations("ana") == []
    assert people.events("ana") == []


def test_who_asks_for_a_conversation_that_is_not_theirs_is_not_made_a_person(
    bot: Tastebot,
) -> None:
    with pytest.raises(UsageError, match="a conversation of 'cy'"):
        say(bot, "hello", "nowhere", user="cy")
    assert bot.people() == []


def test_nobody_is_greeted_or_asked_the_same_twice_and_after_three_gets_suggestions(
    bot: Tastebot,
) -> None:
    turns = [say(bot, "hello")]
    for words in ("hi", "hm", "hello"):
        turns.append(say(bot, words, turns[0].conversation))
    assert [turn.act for turn in turns] == ["ask", "ask", "ask", "recommend"]
    assert len({turn.reply for turn in turns}) == 4
    assert len({turn.chips for turn in turns[:3]}) == 3
    assert len(turns[0].suggestions) == 5


def test_nobody_is_asked_for_the_kind_they_just_named(bot: Tastebot) -> None:
    first = say(bot, "I want a crime film from the nineties")
    asked = {event.about for event in bot._people.events("ana") if event.kind is EventKind.ASKED}
    second = say(bot, "something else please", first.conversation)
    asked |= {event.about for event in bot._people.events("ana") if event.kind is EventKind.ASKED}
    assert second.suggestions
    assert not {"genres", "decade"} & asked


def test_a_conversation_at_rest_holds_no_lock(bot: Tastebot) -> None:
    say(bot, "a crime film")
    assert len(bot._locks) == 0


def test_a_turn_that_fails_stores_nothing(people: MemoryPeople) -> None:
    class Breaking(ReplyWriter):
        def write(self, request: Any) -> Iterator[str]:
            raise RuntimeError("the model is gone")
            yield ""

    bot = Tastebot(people, dialogue_parts(writer=Breaking(None)))
    with pytest.raises(RuntimeError):
        say(bot, "I loved Heat, a crime film please")
    assert people.events("ana") == []
    assert people.conversations("ana") == []


def test_a_turn_does_not_wait_for_ever_for_the_one_before_it(
    bot: Tastebot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.conversation.chatbot.LAST_TURN_WITHIN", 0.01)
    running = bot.respond("ana", "I loved Heat")
    started = next(running)
    assert isinstance(started, TurnStarted)
    with pytest.raises(BusyError, match="still being answered"):
        say(bot, "hello", started.conversation)


def test_a_dialogue_and_its_reading_give_the_same_query_everywhere(
    bot: Tastebot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[RankingQuery] = []
    kind = AffinityRanker
    rank = kind.rank

    def recorded(self: AffinityRanker, query: RankingQuery, k: int) -> list[Scored]:
        asked.append(query)
        return rank(self, query, k)

    monkeypatch.setattr(kind, "rank", recorded)
    first = say(bot, "no horror, I'm tired of old movies")
    say(bot, "something funny", first.conversation)
    bot.recommend("bo", "no horror, I'm tired of old movies")

    opening = next(query for query in asked if len(query.turns) == 1)
    going_on = next(query for query in asked if len(query.turns) == 3)
    recommended = asked[-1]
    [measured] = cases_of([Query("1", going_on.turns, ("heat",))], build_understander(CATALOGUE))

    assert {(wish.about, wish.polarity.value) for wish in opening.wishes} == {
        ("genres:Horror", "refused"),
        ("old", "refused"),
    }
    assert (recommended.turns, recommended.wishes) == (opening.turns, opening.wishes)
    assert measured.asked.wishes == going_on.wishes
    assert (measured.asked.wants, measured.asked.avoids, measured.asked.asked) == (
        going_on.wants,
        going_on.avoids,
        going_on.asked,
    )
