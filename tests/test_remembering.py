"""What is kept of a person over turns and conversations, taken back, corrected and deleted."""

from __future__ import annotations

import pytest

from bot.conversation.api import TurnDone, TurnRanked, TurnStarted
from bot.conversation.chatbot import Tastebot
from bot.core.errors import UnknownPersonError
from bot.core.values import EventKind
from bot.ranking.rendering import conversation_cache
from tests.fake_language_model import FakeLanguageModel
from tests.memory_people import MemoryPeople
from tests.talking import INDEX, dialogue_parts, ids, say, talking_bot


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


def test_who_is_made_anew_in_the_middle_of_a_turn_does_not_get_it(
    people: MemoryPeople, bot: Tastebot
) -> None:
    steps = bot.respond("ana", "I loved Heat, a crime film please")
    assert isinstance(next(steps), TurnStarted)
    assert isinstance(next(steps), TurnRanked)
    bot.delete("ana")
    bot.feedback("ana", "alien", "like")
    list(steps)
    assert bot.conversations("ana") == []
    assert [event.about for event in people.events("ana")] == ["alien"]


def test_what_is_deleted_leaves_the_models_memory_too(people: MemoryPeople) -> None:
    model = FakeLanguageModel(["Heat is a fine choice."])
    bot = talking_bot(people, model)
    first, second, third = (say(bot, "a crime film please").conversation for _ in range(3))
    bot.delete_conversation("ana", second)
    assert conversation_cache(second) in model.forgotten
    assert conversation_cache(first) not in model.forgotten
    bot.delete("ana")
    assert {conversation_cache(each) for each in (first, third)} < {*model.forgotten}
    steps = bot.respond("bo", "a crime film please")
    started = next(steps)
    assert isinstance(started, TurnStarted)
    next(steps)
    bot.delete("bo")
    list(steps)
    assert conversation_cache(started.conversation) in model.forgotten


def test_a_turn_of_which_nothing_is_stored_leaves_the_models_memory(
    people: MemoryPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = FakeLanguageModel(["Heat is a fine choice."])
    parts = dialogue_parts(model=model)
    bot = Tastebot(people, parts)
    steps = bot.respond("ana", "a crime film please")
    stopped = next(steps)
    assert isinstance(stopped, TurnStarted)
    next(steps)
    steps.close()  # type: ignore[attr-defined]  # a generator
    assert conversation_cache(stopped.conversation) in model.forgotten
    kept = say(bot, "a crime film please").conversation
    assert conversation_cache(kept) not in model.forgotten

    def fail(*_: object) -> None:
        raise RuntimeError("no model")

    monkeypatch.setattr(parts.writer, "write", fail)
    with pytest.raises(RuntimeError, match="no model"):
        say(bot, "something older", kept)
    assert conversation_cache(kept) in model.forgotten


def test_a_conversation_deleted_while_its_only_turn_is_corrected_stays_deleted(
    bot: Tastebot,
) -> None:
    conversation = say(bot, "a crime film please").conversation
    steps = bot.respond("ana", "a drama please", conversation, instead=True)
    assert isinstance(next(steps), TurnStarted)
    assert isinstance(next(steps), TurnRanked)
    bot.delete_conversation("ana", conversation)
    list(steps)
    assert bot.conversations("ana") == []


def test_a_conversation_deleted_in_the_middle_of_a_turn_stays_deleted(bot: Tastebot) -> None:
    conversation = say(bot, "a crime film please").conversation
    steps = bot.respond("ana", "something older", conversation)
    assert isinstance(next(steps), TurnStarted)
    assert isinstance(next(steps), TurnRanked)
    bot.delete_conversation("ana", conversation)
    list(steps)
    assert bot.conversations("ana") == []


def test_a_dislike_moves_neighbours_down(bot: Tastebot) -> None:
    before = [s.item.item_id for s in bot.recommend("ana", "a drama", k=12).suggestions]
    bot.feedback("ana", "heat", "dislike")
    after = [s.item.item_id for s in bot.recommend("ana", "a drama", k=12).suggestions]
    neighbours = INDEX.nearest("heat", 3)

    def place(ranking: list[str]) -> int:
        return sum(ranking.index(item) for item in neighbours if item in ranking)

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
    steps.close()  # type: ignore[attr-defined]  # a generator
    assert [turn.user_text for turn in bot.turns("ana", first.conversation)] == ["I love Alien"]
    assert "alien" in bot.profile("ana").liked


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
