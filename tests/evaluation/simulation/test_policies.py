"""The policies that the onboarding is compared with, and the rankers without an update."""

from __future__ import annotations

import pytest

from bot.core.results import RankingQuery, Scored
from bot.core.values import Message, Profile
from bot.evaluation.simulation.arms import (
    Arm,
    FilterOnly,
    PopularityList,
    policy_arms,
    update_arms,
)
from bot.evaluation.simulation.policies import (
    AlwaysColumn,
    NoQuestions,
    PopularToRate,
    RandomQuestions,
)
from bot.policy.onboarding import MOST_IN_A_ROW
from bot.policy.situation import Situation
from bot.ranking.affinity_ranker import AffinityRanker
from bot.ranking.items.attribute_vectors import AttributeVectors
from bot.ranking.query import query_of
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS)
INDEX = AttributeVectors.of(CATALOGUE)
FLAT = [Scored(film.item_id, 1 / len(FILMS)) for film in FILMS]


def test_no_questions_asks_nothing() -> None:
    assert NoQuestions().next_question(Situation(FLAT)) is None


def test_one_column_is_asked_again_and_again_but_not_for_ever() -> None:
    policy = AlwaysColumn(INDEX)
    assert policy.column == "genres"
    for asked in ((), ("genres",), ("genres", "genres")):
        question = policy.next_question(Situation(FLAT, asked))
        assert question is not None
        assert question.key == "genres"
    assert policy.next_question(Situation(FLAT, ("genres",) * MOST_IN_A_ROW)) is None


def test_random_questions_vary_and_do_not_repeat() -> None:
    policy = RandomQuestions(INDEX, seed=0)
    keys = {q.key for _ in range(30) if (q := policy.next_question(Situation(FLAT))) is not None}
    assert len(keys) > 2
    again = [policy.next_question(Situation(FLAT, ("genres",))) for _ in range(10)]
    assert "genres" not in {question.key for question in again if question is not None}


def test_popular_items_come_four_at_a_time() -> None:
    policy = PopularToRate(INDEX)
    first = policy.next_question(Situation(FLAT))
    assert first is not None
    assert "heat" in first.answers
    second = policy.next_question(Situation(FLAT, ("pick",), met=frozenset(first.answers)))
    assert second is not None
    assert not set(first.answers) & set(second.answers)
    assert policy.next_question(Situation(FLAT, ("pick",) * MOST_IN_A_ROW)) is None


def test_filter_only_keeps_the_first_query_but_not_what_was_shown() -> None:
    ranker = FilterOnly(AffinityRanker(CATALOGUE))
    crime = query_of((Message("user", "", ("heat",)),), Profile("ana"))
    first = ranker.rank(RankingQuery(liked=("heat",), profile=Profile("ana")), 3)
    shown = frozenset(scored.item_id for scored in first)
    later = ranker.rank(
        RankingQuery(liked=("groundhog",), exclude=shown, profile=Profile("ana")), 3
    )
    expected = AffinityRanker(CATALOGUE).rank(RankingQuery(liked=("heat",), exclude=shown), 3)
    assert [each.item_id for each in later] == [each.item_id for each in expected]
    other = ranker.rank(RankingQuery(liked=("groundhog",), profile=Profile("bo")), 3)
    assert [each.item_id for each in other] != [each.item_id for each in first]
    assert crime.turns


def test_the_popularity_list_is_the_same_for_all_and_keeps_limits() -> None:
    ranker = PopularityList(CATALOGUE)
    known = sorted(FILMS, key=lambda film: -(film.popularity or 0))
    assert ranker.rank(RankingQuery(), 1)[0].item_id == known[0].item_id
    limited = ranker.rank(RankingQuery(constraints={"year_max": 1990}), 9)
    assert {scored.item_id for scored in limited} == {"alien"}


@pytest.mark.parametrize("arms", [policy_arms("affinity"), update_arms("affinity")])
def test_arms_have_names_of_their_own(arms: list[Arm]) -> None:
    assert len({arm.name for arm in arms}) == len(arms)
