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


def test_a_wish_for_children_closes_what_is_not_for_them_and_a_lasting_like_does_not() -> None:
    at = NOW
    wish = Fact(EventKind.WANTS, "genres:Family", "with my kids", at, lasting=False)
    like = Fact(EventKind.LIKES, "genres:Family", "I like family films", at)

    wished = query_of((), Profile("ana", (wish,)))
    liked = query_of((), Profile("ana", (like,)))

    assert "certificate:R" in wished.unfit
    assert "genres:Family" in wished.fit
    assert (liked.unfit, liked.fit) == ((), ())
