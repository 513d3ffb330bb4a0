"""What every `ChatService` keeps: the real one and the one that tests of the edges use."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.conversation.api import ChatService, TurnDone, TurnRanked, TurnSentence, TurnStarted
from bot.core.errors import CatalogueError, UnknownPersonError, UsageError
from bot.core.results import TurnResult
from bot.core.values import EventKind

WISH = "I loved Heat, a crime film please"


def said(
    service: ChatService, text: str, conversation: str | None = None, user: str = "ana"
) -> TurnResult:
    """The result of a turn that is run to its end."""
    *_, last = service.respond(user, text, conversation)
    assert isinstance(last, TurnDone)
    return last.result


class ChatServiceContract:
    """Give a fixture `service` over `tests.small_films` to which nobody has spoken."""

    def test_it_offers_what_the_edges_may_ask(self, service: ChatService) -> None:
        assert isinstance(service, ChatService)
        assert service.catalogue.get("heat") is not None
        service.warm_up()
        assert service.people() == []

    # A turn

    def test_a_turn_starts_ranks_speaks_and_ends(self, service: ChatService) -> None:
        started, ranked, *sentences, done = service.respond("ana", WISH)
        assert isinstance(started, TurnStarted)
        assert isinstance(ranked, TurnRanked)
        assert isinstance(done, TurnDone)
        assert sentences
        spoken = [step.text for step in sentences if isinstance(step, TurnSentence)]
        assert len(spoken) == len(sentences)
        assert done.result.reply == " ".join(spoken)
        assert done.result.conversation == started.conversation
        assert done.result.suggestions == ranked.suggestions
        assert ranked.timings.ranked_ms is not None
        assert done.result.timings.total_ms is not None

    def test_suggestions_are_five_of_the_catalogue_and_none_that_was_named(
        self, service: ChatService
    ) -> None:
        result = said(service, WISH)
        found = [suggestion.item for suggestion in result.suggestions]
        assert len({item.item_id for item in found}) == 5
        assert all(service.catalogue.get(item.item_id) == item for item in found)
        assert "heat" not in {item.item_id for item in found}
        scores = [suggestion.score for suggestion in result.suggestions]
        assert all(0 <= score <= 1 for score in scores)

    def test_a_message_without_a_word_is_answered(self, service: ChatService) -> None:
        result = said(service, "?!")
        assert result.understood.empty
        assert result.reply

    def test_a_finished_turn_is_stored(self, service: ChatService) -> None:
        first = said(service, WISH)
        second = said(service, "something older", first.conversation)
        turns = service.turns("ana", first.conversation)
        assert [turn.number for turn in turns] == [1, 2]
        assert [turn.user_text for turn in turns] == [WISH, "something older"]
        assert [turn.result for turn in turns] == [first, second]
        (info,) = service.conversations("ana")
        assert (info.conversation, info.user, info.turns) == (first.conversation, "ana", 2)
        assert service.people() == ["ana"]
        assert "heat" in service.profile("ana").liked

    def test_without_a_conversation_a_new_one_begins(self, service: ChatService) -> None:
        first, second = said(service, WISH), said(service, WISH)
        assert first.conversation != second.conversation
        listed = [info.conversation for info in service.conversations("ana")]
        assert listed == [second.conversation, first.conversation]

    @pytest.mark.parametrize("steps", [1, 2])
    def test_closed_before_the_suggestions_are_seen_nothing_is_stored(
        self, service: ChatService, steps: int
    ) -> None:
        turn = service.respond("ana", WISH)
        for _ in range(steps):
            next(turn)
        close(turn)
        assert service.conversations("ana") == []
        assert service.people() == [] or not service.profile("ana").facts

    def test_closed_later_the_suggestions_are_kept_with_the_words_so_far(
        self, service: ChatService
    ) -> None:
        turn = service.respond("ana", WISH)
        started, ranked, sentence = next(turn), next(turn), next(turn)
        close(turn)
        assert isinstance(started, TurnStarted)
        assert isinstance(ranked, TurnRanked)
        assert isinstance(sentence, TurnSentence)
        (stored,) = service.turns("ana", started.conversation)
        assert stored.result.suggestions == ranked.suggestions
        assert stored.result.reply == sentence.text
        assert "heat" in service.profile("ana").liked

    def test_a_corrected_message_takes_the_place_of_the_last(self, service: ChatService) -> None:
        talk = said(service, "a drama please").conversation
        said(service, "I loved Alien", talk)
        *_, last = service.respond("ana", "I loved Fargo", talk, instead=True)
        assert isinstance(last, TurnDone)
        stored = service.turns("ana", talk)
        assert [turn.user_text for turn in stored] == ["a drama please", "I loved Fargo"]
        assert stored[-1].result == last.result
        liked = service.profile("ana").liked
        assert "fargo" in liked
        assert "alien" not in liked

    def test_a_correction_closed_early_leaves_the_last_message(self, service: ChatService) -> None:
        talk = said(service, "I loved Alien").conversation
        turn = service.respond("ana", "I loved Fargo", talk, instead=True)
        next(turn), next(turn)
        close(turn)
        assert [turn.user_text for turn in service.turns("ana", talk)] == ["I loved Alien"]
        assert "alien" in service.profile("ana").liked

    # Whose it is

    @pytest.mark.parametrize("theirs", [True, False])
    def test_the_conversation_of_another_is_not_for_them(
        self, service: ChatService, theirs: bool
    ) -> None:
        first = said(service, WISH)
        talk = first.conversation if theirs else "nowhere"
        item_id = first.suggestions[0].item.item_id
        for refused in (
            lambda: list(service.respond("bo", "hello", talk)),
            lambda: service.turns("bo", talk),
            lambda: service.rename_conversation("bo", talk, "mine"),
            lambda: service.delete_conversation("bo", talk),
            lambda: service.explain("bo", item_id, talk),
            lambda: service.feedback("bo", item_id, "like", talk),
        ):
            with pytest.raises(UsageError):
                refused()
        assert [turn.result for turn in service.turns("ana", first.conversation)] == [first]
        assert service.conversations("bo") == []

    def test_who_asks_for_a_conversation_of_another_is_not_made_a_person(
        self, service: ChatService
    ) -> None:
        with pytest.raises(UsageError):
            said(service, "hello", said(service, WISH).conversation, user="bo")
        assert service.people() == ["ana"]

    def test_of_nobody_there_is_nothing(self, service: ChatService) -> None:
        assert service.conversations("nobody") == []
        for refused in (
            lambda: service.profile("nobody"),
            lambda: service.export("nobody"),
            lambda: service.delete("nobody"),
            lambda: service.forget("nobody", "heat"),
        ):
            with pytest.raises(UnknownPersonError):
                refused()
        assert service.people() == []

    # What a person may do

    @pytest.mark.parametrize(
        ("kind", "expected", "value"),
        [
            ("like", EventKind.LIKES, None),
            ("dislike", EventKind.DISLIKES, None),
            ("seen", EventKind.SEEN, None),
            ("save", EventKind.SAVED, None),
            ("not-now", EventKind.NOT_NOW, None),
            ("rating=4.5", EventKind.RATING, 4.5),
        ],
    )
    def test_feedback_comes_back_stored_and_is_known(
        self, service: ChatService, kind: str, expected: EventKind, value: float | None
    ) -> None:
        event = service.feedback("ana", "ronin", kind)
        assert (event.kind, event.about, event.value) == (expected, "ronin", value)
        assert event.event_id
        (fact,) = service.profile("ana").facts
        assert (fact.kind, fact.about, fact.value) == (expected, "ronin", value)
        assert fact.event_id == event.event_id

    def test_feedback_that_means_nothing_is_refused(self, service: ChatService) -> None:
        for kind in ("adore", "rating=9", "rating=", ""):
            with pytest.raises(UsageError):
                service.feedback("ana", "ronin", kind)
        with pytest.raises(CatalogueError):
            service.feedback("ana", "no such film", "like")

    def test_what_is_undone_comes_back_once_and_counts_no_more(self, service: ChatService) -> None:
        event = service.feedback("ana", "ronin", "like")
        assert event.event_id is not None
        assert service.undo("ana", event.event_id) == event
        assert service.undo("ana", event.event_id) is None
        assert service.undo("ana", "no such event") is None
        assert service.profile("ana").facts == ()

    def test_what_is_forgotten_is_known_no_more(self, service: ChatService) -> None:
        service.feedback("ana", "ronin", "seen")
        service.feedback("ana", "ronin", "like")
        service.feedback("ana", "heat", "like")
        service.forget("ana", "ronin")
        assert [fact.about for fact in service.profile("ana").facts] == ["heat"]

    def test_a_dial_is_kept_and_one_that_there_is_none_of_refused(
        self, service: ChatService
    ) -> None:
        event = service.set_preference("ana", "variety", 0.25)
        assert (event.kind, event.about, event.value) == (EventKind.SETTING, "variety", 0.25)
        assert service.profile("ana").settings == {"variety": 0.25}
        for name, value in (("variety", 1.5), ("volume", 0.5)):
            with pytest.raises(UsageError):
                service.set_preference("ana", name, value)

    def test_a_ranking_is_as_long_as_asked_for_and_stores_only_the_name(
        self, service: ChatService
    ) -> None:
        service.feedback("bo", "ronin", "like")
        result = service.recommend("ana", WISH, 3)
        assert len(result.suggestions) == 3
        assert result.conversation == result.reply == ""
        assert "heat" in result.understood.likes
        assert service.people() == ["ana", "bo"]
        assert service.conversations("ana") == []
        assert service.profile("ana").facts == ()
        with pytest.raises(UsageError):
            service.recommend("ana", WISH, 0)

    def test_a_ranking_leaves_out_what_was_reacted_to(self, service: ChatService) -> None:
        service.feedback("ana", "ronin", "dislike")
        ranked = service.recommend("ana", "a crime film", 50).suggestions
        assert ranked
        assert "ronin" not in {suggestion.item.item_id for suggestion in ranked}

    def test_a_suggestion_is_explained_in_sentences(self, service: ChatService) -> None:
        result = said(service, WISH)
        for suggestion in result.suggestions:
            why = service.explain("ana", suggestion.item.item_id, result.conversation)
            assert why
            assert all(why)

    def test_what_was_never_suggested_is_answered_too(self, service: ChatService) -> None:
        talk = said(service, WISH).conversation
        for item_id in ("heat", "no such film"):
            assert all(service.explain("ana", item_id, talk))
            assert service.explain("ana", item_id)

    def test_explaining_stores_nothing(self, service: ChatService) -> None:
        result = said(service, WISH)
        before = service.export("ana")
        service.explain("ana", result.suggestions[0].item.item_id, result.conversation)
        assert service.export("ana") == before

    def test_similar_items_leave_the_item_out(self, service: ChatService) -> None:
        similar = [item.item_id for item in service.similar("heat", 3)]
        assert len(similar) == 3
        assert "heat" not in similar
        assert service.similar("no such film", 3) == []

    def test_items_come_in_the_order_asked_for(self, service: ChatService) -> None:
        found = service.items(["ronin", "no such film", "heat"])
        assert [item.item_id for item in found] == ["ronin", "heat"]

    def test_a_conversation_is_renamed(self, service: ChatService) -> None:
        talk = said(service, WISH).conversation
        service.rename_conversation("ana", talk, "Of crime")
        assert [info.title for info in service.conversations("ana")] == ["Of crime"]

    def test_a_deleted_conversation_is_gone_and_lasting_taste_stays(
        self, service: ChatService
    ) -> None:
        kept, gone = said(service, "a drama please"), said(service, "I loved Heat")
        service.delete_conversation("ana", gone.conversation)
        assert [info.conversation for info in service.conversations("ana")] == [kept.conversation]
        with pytest.raises(UsageError):
            service.turns("ana", gone.conversation)
        assert "heat" in service.profile("ana").liked

    def test_an_export_holds_all_that_was_said_and_clicked(self, service: ChatService) -> None:
        talk = said(service, WISH).conversation
        service.feedback("ana", "ronin", "seen")
        exported = service.export("ana")
        assert exported["user"] == "ana"
        text = json.dumps([exported["events"], exported["conversations"]])
        for word in (WISH, talk, "heat", "ronin"):
            assert word in text

    def test_a_deleted_person_is_gone_and_the_others_stay(self, service: ChatService) -> None:
        talk = said(service, WISH).conversation
        theirs = said(service, WISH, user="bo")
        assert service.delete("ana") is True
        assert service.people() == ["bo"]
        assert service.conversations("ana") == []
        for refused in (service.profile, service.export, service.delete):
            with pytest.raises(UnknownPersonError):
                refused("ana")
        with pytest.raises(UsageError):
            service.turns("ana", talk)
        assert [turn.result for turn in service.turns("bo", theirs.conversation)] == [theirs]


def close(turn: Iterator[object]) -> None:
    """Stop a turn, as an edge does whose reader has gone."""
    turn.close()  # type: ignore[attr-defined]
