from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.dialogue import READ_AT_MOST
from bot.domain import EventKind, TurnResult
from bot.errors import CatalogueError, UnknownPersonError, UsageError
from bot.policy.onboarding import OnboardingPolicy
from bot.policy.questions import Question
from bot.policy.situation import Situation
from bot.ranking.affinity import AffinityRanker
from bot.ranking.attributes import AttributeIndex
from bot.replies.grounding import vocabulary_of
from bot.replies.writer import ReplyWriter
from bot.service import ChatService, TurnDone, TurnRanked, TurnSentence, TurnStarted
from bot.session import Tastebot
from bot.understanding import build_understander
from tests.fakes import FILMS
from tests.memory_catalogue import MemoryCatalogue
from tests.memory_people import MemoryPeople

CATALOGUE = MemoryCatalogue(FILMS)
INDEX = AttributeIndex.of(CATALOGUE)
UNDERSTANDER = build_understander(CATALOGUE)


@pytest.fixture
def people() -> MemoryPeople:
    return MemoryPeople()


@pytest.fixture
def bot(people: MemoryPeople) -> Tastebot:
    return Tastebot(
        people=people,
        catalogue=CATALOGUE,
        understander=UNDERSTANDER,
        ranker=AffinityRanker(CATALOGUE, INDEX),
        writer=ReplyWriter(None, None, vocabulary_of(CATALOGUE)),
        index=INDEX,
    )


def say(bot: Tastebot, text: str, conversation: str | None = None, user: str = "ana") -> TurnResult:
    *_, last = bot.respond(user, text, conversation)
    assert isinstance(last, TurnDone)
    return last.result


def ids(result: TurnResult) -> list[str]:
    return [suggestion.item.item_id for suggestion in result.suggestions]


def test_the_session_offers_what_the_edges_may_ask(bot: Tastebot) -> None:
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
    assert {event.value for event in stored} == {bot._taker.ranker.name}


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


def test_undoing_a_limit_in_words_says_which(bot: Tastebot) -> None:
    first = say(bot, "something after 1990")
    assert "1990" in say(bot, "undo that", first.conversation).reply.replace("1991", "1990")


def test_undoing_when_nothing_was_said_says_so(bot: Tastebot) -> None:
    bot.feedback("ana", "heat", "like")
    first = say(bot, "surprise me")
    assert "nothing to take back" in say(bot, "undo that", first.conversation).reply


def test_a_person_deleted_in_the_middle_of_a_turn_stays_deleted(bot: Tastebot) -> None:
    steps = bot.respond("ana", "I loved Heat, a crime film please")
    assert isinstance(next(steps), TurnStarted)
    assert isinstance(next(steps), TurnRanked)
    bot.delete("ana")
    *_, last = steps
    assert isinstance(last, TurnDone)
    assert bot.people() == []


def test_a_conversation_deleted_in_the_middle_of_a_turn_stays_deleted(bot: Tastebot) -> None:
    conversation = say(bot, "a crime film please").conversation
    steps = bot.respond("ana", "something older", conversation)
    assert isinstance(next(steps), TurnStarted)
    assert isinstance(next(steps), TurnRanked)
    bot.delete_conversation("ana", conversation)
    list(steps)
    assert bot.conversations("ana") == []


def test_suggestions_do_not_wait_for_the_question(people: MemoryPeople) -> None:
    asked = []

    class Noted(OnboardingPolicy):
        def next_question(self, situation: Situation) -> Question | None:
            asked.append(situation)
            return super().next_question(situation)

    bot = Tastebot(
        people=people,
        catalogue=CATALOGUE,
        understander=UNDERSTANDER,
        ranker=AffinityRanker(CATALOGUE, INDEX),
        writer=ReplyWriter(None, None, vocabulary_of(CATALOGUE)),
        index=INDEX,
        policy=Noted(INDEX),
    )
    steps = bot.respond("ana", "hello")
    assert isinstance(next(steps), TurnStarted)
    assert isinstance(next(steps), TurnRanked)
    assert not asked
    *_, last = steps
    assert isinstance(last, TurnDone)
    assert asked
    assert last.result.act == "ask"


def test_a_dislike_moves_neighbours_down(bot: Tastebot) -> None:
    before = [s.item.item_id for s in bot.recommend("ana", "a drama", k=12).suggestions]
    bot.feedback("ana", "heat", "dislike")
    after = [s.item.item_id for s in bot.recommend("ana", "a drama", k=12).suggestions]
    neighbours = INDEX.nearest("heat", 3)
    place = lambda ranking: sum(ranking.index(item) for item in neighbours if item in ranking)  # noqa: E731
    assert "heat" not in after
    assert place(after) > place(before)


def test_undoing_a_click_restores_the_ranking_exactly(bot: Tastebot) -> None:
    before = bot.recommend("ana", "a drama", k=10).suggestions
    event = bot.feedback("ana", "heat", "dislike")
    assert event.event_id is not None
    assert bot.undo("ana", event.event_id) == event
    assert bot.recommend("ana", "a drama", k=10).suggestions == before
    assert bot.undo("ana", event.event_id) is None


def test_what_was_said_yesterday_is_known_today_with_its_sentence(bot: Tastebot) -> None:
    say(bot, "I love Fargo")
    say(bot, "a comedy tonight")
    facts = {fact.about: fact for fact in bot.profile("ana").facts}
    assert facts["fargo"].kind is EventKind.LIKES
    assert facts["fargo"].source == "I love Fargo"
    assert "fargo" not in ids(say(bot, "something like that"))


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
    ],
)
def test_no_message_breaks_a_conversation(bot: Tastebot, text: str) -> None:
    first = say(bot, text)
    assert first.reply
    second = say(bot, "a crime film like Heat", first.conversation)
    assert second.suggestions
    stored = bot.turns("ana", first.conversation)
    assert [turn.user_text for turn in stored] == [text, "a crime film like Heat"]


def test_a_language_it_does_not_speak_is_said_and_suggestions_come_all_the_same(
    bot: Tastebot,
) -> None:
    say(bot, "I love Heat")
    result = say(bot, "给我推荐一部电影")
    assert "English" in result.reply
    assert result.suggestions


def test_of_a_very_long_message_the_ends_are_read(bot: Tastebot) -> None:
    result = say(bot, "I loved Heat. " + "and so on " * 2000 + " A comedy please.")
    assert len("I loved Heat. " + "and so on " * 2000) > READ_AT_MOST
    assert "heat" in result.understood.likes
    assert "genres:Comedy" in result.understood.likes


def test_a_turn_stopped_after_the_suggestions_keeps_them(
    bot: Tastebot, people: MemoryPeople
) -> None:
    steps = bot.respond("ana", "I loved Heat, a crime film please")
    conversation = next(step for step in steps if isinstance(step, TurnStarted)).conversation
    ranked = next(step for step in steps if isinstance(step, TurnRanked))
    first = next(steps)
    steps.close()  # type: ignore[attr-defined]
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
    steps.close()  # type: ignore[attr-defined]
    assert people.conversations("ana") == []
    assert people.events("ana") == []


def test_a_corrected_message_takes_back_what_was_read_into_the_last(
    bot: Tastebot, people: MemoryPeople
) -> None:
    first = say(bot, "a drama please")
    wrong = say(bot, "I love Alien", first.conversation)
    bot.feedback("ana", wrong.suggestions[0].item.item_id, "like", first.conversation)
    *_, last = bot.respond("ana", "I love Fargo", first.conversation, instead=True)

    assert [turn.user_text for turn in bot.turns("ana", first.conversation)] == [
        "a drama please",
        "I love Fargo",
    ]
    liked = bot.profile("ana").liked
    assert "fargo" in liked
    assert "alien" not in liked
    assert wrong.suggestions[0].item.item_id in liked, "a click stays"
    assert "genres:Drama" in bot.profile("ana").about(EventKind.WANTS), "so does what came before"
    assert isinstance(last, TurnDone)
    assert set(ids(wrong)) & set(ids(last.result)), "what the wrong message got may come again"


def test_a_correction_that_is_stopped_early_leaves_the_last_message(bot: Tastebot) -> None:
    first = say(bot, "I love Alien")
    steps = bot.respond("ana", "I love Fargo", first.conversation, instead=True)
    assert isinstance(next(steps), TurnStarted)
    assert isinstance(next(steps), TurnRanked)
    steps.close()  # type: ignore[attr-defined]
    assert [turn.user_text for turn in bot.turns("ana", first.conversation)] == ["I love Alien"]
    assert "alien" in bot.profile("ana").liked


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


def test_a_dial_changes_the_next_ranking_and_is_kept_for_the_person(bot: Tastebot) -> None:
    usual = ids(bot.recommend("ana", "a drama"))
    bot.set_preference("ana", "fame", 0)
    assert ids(bot.recommend("ana", "a drama")) != usual
    assert ids(bot.recommend("bo", "a drama")) == usual
    assert bot.profile("ana").settings == {"fame": 0.0}
    bot.set_preference("ana", "fame", 1)
    assert ids(bot.recommend("ana", "a drama")) == usual


def test_more_variety_shows_suggestions_less_alike(bot: Tastebot) -> None:
    def likeness(result: TurnResult) -> float:
        alike = INDEX.similarity(ids(result))[[CATALOGUE.row(item) for item in ids(result)]]
        return float(alike.sum())

    bot.set_preference("ana", "variety", 0)
    bot.set_preference("bo", "variety", 1)
    same = say(bot, "I loved Heat, a crime film please")
    varied = say(bot, "I loved Heat, a crime film please", user="bo")
    assert likeness(varied) < likeness(same)


@pytest.mark.parametrize(("name", "value"), [("variety", 1.5), ("fame", -1.0), ("volume", 0.5)])
def test_a_dial_that_there_is_none_of_is_refused(bot: Tastebot, name: str, value: float) -> None:
    with pytest.raises(UsageError):
        bot.set_preference("ana", name, value)
    assert bot.people() == []


def test_similar_items_share_attributes_and_leave_the_item_out(bot: Tastebot) -> None:
    similar = [item.item_id for item in bot.similar("heat", 3)]
    assert "heat" not in similar
    assert {"insider", "ronin", "collateral"} & set(similar)
    assert bot.similar("no such film", 3) == []


def test_a_conversation_at_rest_holds_no_lock(bot: Tastebot) -> None:
    say(bot, "a crime film")
    assert len(bot._locks) == 0


def test_a_turn_that_fails_stores_nothing(people: MemoryPeople) -> None:
    class Breaking(ReplyWriter):
        def write(self, request: Any) -> Iterator[str]:
            raise RuntimeError("the model is gone")
            yield ""

    bot = Tastebot(
        people=people,
        catalogue=CATALOGUE,
        understander=UNDERSTANDER,
        ranker=AffinityRanker(CATALOGUE, INDEX),
        writer=Breaking(None),
        index=INDEX,
    )
    with pytest.raises(RuntimeError):
        say(bot, "I loved Heat, a crime film please")
    assert people.events("ana") == []
    assert people.conversations("ana") == []


def test_deleting_a_person_forgets_them(bot: Tastebot) -> None:
    say(bot, "I love Heat")
    assert bot.export("ana")
    bot.delete("ana")
    with pytest.raises(UnknownPersonError):
        bot.profile("ana")
    assert bot.conversations("ana") == []


def test_forgetting_everything_can_be_undone_and_deletion_is_only_explained(bot: Tastebot) -> None:
    first = say(bot, "I love Heat, no horror ever, nothing before 1990")
    talk = first.conversation
    known = {(fact.kind, fact.about) for fact in bot.profile("ana").facts}
    assert len(known) >= 2
    told = say(bot, "what do you know about me?", talk)
    assert told.act == "answer"
    assert "Heat" in told.reply
    deletion = say(bot, "delete my data", talk)
    assert deletion.act == "confirm"
    assert "tastebot user delete" in deletion.reply
    assert {(fact.kind, fact.about) for fact in bot.profile("ana").facts} >= known
    say(bot, "forget everything", talk)
    assert not bot.profile("ana").facts
    say(bot, "undo", talk)
    assert {(fact.kind, fact.about) for fact in bot.profile("ana").facts} == known


def test_a_refusal_for_good_holds_in_the_next_conversation_and_a_later_wish_wins(
    bot: Tastebot,
) -> None:
    say(bot, "no horror ever")
    here = say(bot, "something with Sigourney Weaver")
    assert "alien" not in {suggestion.item.item_id for suggestion in here.suggestions}
    say(bot, "actually I love horror")
    kinds = {fact.kind for fact in bot.profile("ana").facts if fact.about == "genres:Horror"}
    assert kinds == {EventKind.LIKES}
