"""Reactions move the ranking toward and away, in a measured way, and can be accounted for."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from bot.core.results import RankingQuery
from bot.core.values import EventKind, Fact, Message, Profile
from bot.ranking.items.attribute_vectors import popularity_prior
from bot.ranking.items.prior import Roles
from bot.ranking.resolved_query import Ask
from bot.ranking.terms.likeness import LikenessIndex
from bot.ranking.terms.reactions import ReactionsTerm
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS)
TERM = ReactionsTerm(
    LikenessIndex(CATALOGUE, Roles(("genres",), ("directors", "cast"))),
    popularity_prior(CATALOGUE),
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def ask(*facts: tuple[EventKind, str, float | None], said: tuple[str, ...] = ()) -> Ask:
    known = tuple(Fact(kind, about, "click", NOW, value) for kind, about, value in facts)
    turns = (Message("user", "", said),) if said else ()
    return Ask.of(RankingQuery(turns=turns, profile=Profile("ana", known)), CATALOGUE)


def taste(*facts: tuple[EventKind, str, float | None]) -> dict[str, float]:
    (scores,) = TERM.score(ask(*facts))
    return {film.item_id: float(scores[row]) for row, film in enumerate(CATALOGUE.items)}


def test_nothing_is_said_of_somebody_without_reactions() -> None:
    assert not TERM.score(ask()).any()


def test_a_like_raises_what_is_like_it_most() -> None:
    found = taste((EventKind.LIKES, "heat", None))
    assert found["collateral"] > found["groundhog"]
    assert found["collateral"] > 0


def test_a_dislike_lowers_what_is_like_it_most() -> None:
    found = taste((EventKind.DISLIKES, "heat", None))
    assert found["collateral"] < found["groundhog"]
    assert found["collateral"] < 0


def test_a_better_rating_raises_more_and_a_bad_one_lowers() -> None:
    levels = [taste((EventKind.RATING, "heat", value))["collateral"] for value in (5, 3.5, 3, 1)]
    assert levels == sorted(levels, reverse=True)
    assert levels[-2] > 0 > levels[-1]


def test_having_seen_something_tells_less_than_liking_it_and_an_opinion_goes_before() -> None:
    seen = taste((EventKind.SEEN, "heat", None))["collateral"]
    liked = taste((EventKind.LIKES, "heat", None))["collateral"]
    both = taste((EventKind.SEEN, "heat", None), (EventKind.DISLIKES, "heat", None))["collateral"]
    assert 0 < seen < liked
    assert both < 0


def test_a_second_like_of_much_the_same_moves_less_than_the_first() -> None:
    one = taste((EventKind.LIKES, "heat", None))["collateral"]
    two = taste((EventKind.LIKES, "heat", None), (EventKind.LIKES, "insider", None))["collateral"]
    alone = taste((EventKind.LIKES, "insider", None))["collateral"]
    assert one < two < one + alone


def test_what_the_person_brought_up_is_left_to_the_other_terms() -> None:
    assert not TERM.score(ask((EventKind.LIKES, "heat", None), said=("heat",))).any()


def test_what_was_named_because_it_was_asked_for_counts_though_it_was_brought_up() -> None:
    brought_up = ask((EventKind.LIKES, "heat", None), said=("heat",))
    profile = replace(brought_up.query.profile, named=("heat",))
    answered = Ask.of(replace(brought_up.query, profile=profile), CATALOGUE)
    clicked = ask((EventKind.LIKES, "heat", None))
    assert np.array_equal(TERM.score(answered), TERM.score(clicked))


def test_the_parts_of_the_score_add_up_to_it() -> None:
    both = ask((EventKind.LIKES, "heat", None), (EventKind.DISLIKES, "alien", None))
    row = CATALOGUE.row("collateral")
    parts = TERM.blame(both, row)
    assert sum(part for (part,) in parts.values()) == pytest.approx(float(TERM.score(both)[0, row]))
    assert parts[CATALOGUE.row("heat")][0] > 0


def test_it_can_be_kept_in_a_file() -> None:
    again = pickle.loads(pickle.dumps(TERM))
    query = ask((EventKind.LIKES, "heat", None))
    assert np.array_equal(again.score(query), TERM.score(query))
