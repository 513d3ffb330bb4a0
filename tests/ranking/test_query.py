from __future__ import annotations

from datetime import UTC, datetime

from bot.core.values import Event, EventKind, Fact, Message, Profile
from bot.ranking.query import query_from_dialogue, query_of
from bot.understanding import build_understander
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

UNDERSTANDER = build_understander(MemoryCatalogue(FILMS))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def user(text: str, *items: str) -> Message:
    return Message("user", text, items)


def test_all_that_the_dialogue_said_is_in_the_query() -> None:
    query, said = query_from_dialogue(
        [
            user("I loved Heat (1995)"),
            Message("assistant", "Try Ronin (1998).", ("ronin",)),
            user("no horror, nothing before 1996"),
        ],
        UNDERSTANDER,
    )
    assert query.liked == ("heat",)
    assert "genres:Horror" in query.avoids
    assert query.constraints == {"year_min": 1996}
    assert {"heat", "ronin"} <= query.exclude
    assert said.constraints == {"year_min": 1996}


def test_what_the_last_message_asks_for_is_told_from_what_was_asked_before() -> None:
    turns = [user("a comedy please"), Message("assistant", "Try Fargo (1996)."), user("now horror")]
    query, _ = query_from_dialogue(turns, UNDERSTANDER)
    assert set(query.wants) == {"genres:Comedy", "genres:Horror"}
    assert query.asked == ("genres:Horror",)


def test_items_linked_in_a_file_count_beside_those_in_the_text() -> None:
    query, _ = query_from_dialogue([user("I loved Heat (1995)", "alien")], UNDERSTANDER)
    assert query.turns[0].items == ("alien", "heat")
    assert {"alien", "heat"} <= query.exclude


def test_history_is_part_of_the_query() -> None:
    history = [Event(EventKind.DISLIKES, "fargo", "click", NOW)]
    query, _ = query_from_dialogue([user("a comedy")], UNDERSTANDER, history=history, now=NOW)
    assert query.disliked == ("fargo",)
    assert "fargo" in query.exclude


def test_the_same_dialogue_gives_the_same_query() -> None:
    turns = [user("I loved Heat, something older")]
    assert query_from_dialogue(turns, UNDERSTANDER) == query_from_dialogue(turns, UNDERSTANDER)


def wishes_of(*turns: Message) -> set[tuple[str, str, int]]:
    query, _ = query_from_dialogue(turns, UNDERSTANDER)
    return {(wish.about, wish.polarity.value, wish.turn) for wish in query.wishes}


def test_wishes_tell_what_is_wanted_and_what_is_refused_and_since_when() -> None:
    heard = wishes_of(
        user("no horror, something funny"),
        Message("assistant", "Fargo (1996) is a comedy. I hate drama."),
        user("I'm tired of old movies"),
    )
    assert heard == {
        ("genres:Horror", "refused", 0),
        ("genres:Comedy", "wanted", 0),
        ("old", "refused", 2),
    }


def test_the_later_of_contrary_wishes_stands() -> None:
    assert wishes_of(user("a comedy please"), user("no comedies after all")) == {
        ("genres:Comedy", "refused", 1)
    }
    assert wishes_of(user("something old"), user("something new instead")) == {
        ("recent", "wanted", 1)
    }
    assert not wishes_of(user("a comedy, something old"), user("forget everything I said"))


def test_a_value_taken_back_by_a_click_is_wished_for_no_more() -> None:
    turn = user("a comedy please")
    said = UNDERSTANDER.understand(turn.text)
    assert query_of([turn], Profile("ana"), readings=[said]).wishes == ()


def test_a_wish_for_children_closes_what_is_not_for_them_and_a_lasting_like_does_not() -> None:
    at = NOW
    wish = Fact(EventKind.WANTS, "genres:Family", "with my kids", at, lasting=False)
    like = Fact(EventKind.LIKES, "genres:Family", "I like family films", at)

    wished = query_of((), Profile("ana", (wish,)))
    liked = query_of((), Profile("ana", (like,)))

    assert "certificate:R" in wished.unfit
    assert "genres:Family" in wished.fit
    assert (liked.unfit, liked.fit) == ((), ())
