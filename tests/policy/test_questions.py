from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from bot.core.results import RankingQuery, Scored
from bot.core.values import EventKind, Fact, Item, Profile
from bot.policy.onboarding import OnboardingPolicy
from bot.policy.questions import (
    _SHRUG,
    PICK,
    Question,
    _pick_gains,
    attribute_questions,
    decade_question,
    information,
    open_question,
    pick_question,
)
from bot.policy.situation import Situation, settled_keys, unanswered_keys
from bot.ranking.items.attribute_vectors import AttributeVectors
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS)
INDEX = AttributeVectors.of(CATALOGUE)
EVEN = np.full(len(FILMS), 1 / len(FILMS))
RANKED = [Scored(item.item_id, 1 / len(FILMS)) for item in FILMS]


def test_an_answer_that_tells_items_apart_is_worth_their_entropy() -> None:
    belief = np.full(4, 0.25)
    assert information(belief, np.eye(4)) == pytest.approx(np.log(4))


def test_an_answer_that_is_the_same_for_all_is_worth_nothing() -> None:
    belief = np.full(4, 0.25)
    assert information(belief, np.ones((4, 1))) == pytest.approx(0)


def test_each_attribute_column_gives_a_question_about_its_likeliest_values() -> None:
    questions = {question.key: question for question in attribute_questions(INDEX, EVEN)}
    assert set(questions) == {"genres", "directors", "cast"}
    assert "genres:Drama" in questions["genres"].answers
    assert all(0 <= question.gain <= np.log(len(FILMS)) for question in questions.values())


def test_what_is_settled_is_not_worked_out() -> None:
    questions = attribute_questions(INDEX, EVEN, without={"genres", "cast"})
    assert [question.key for question in questions] == ["directors"]


def test_decades_are_offered_newest_first() -> None:
    question = decade_question(CATALOGUE, EVEN)
    assert question is not None
    assert question.answers == ("decade:2010", "decade:2000", "decade:1990", "decade:1970")


def test_a_catalogue_without_years_is_not_asked_for_decades() -> None:
    catalogue = MemoryCatalogue([Item("a", "A"), Item("b", "B")])
    assert decade_question(catalogue, np.full(2, 0.5)) is None


def test_a_pick_is_among_four_different_items() -> None:
    question = pick_question(INDEX, EVEN)
    assert question is not None
    assert len(set(question.answers)) == 4


@pytest.mark.parametrize("chosen", [[], [2], [4, 0, 3]])
def test_a_pick_tells_what_its_answers_tell_of_the_item(chosen: list[int]) -> None:
    chance = np.random.default_rng(0)
    belief = chance.dirichlet(np.ones(30))
    loving = chance.uniform(0.01, 0.95, (30, 6))
    gains = _pick_gains(belief.astype(np.float32), loving.astype(np.float32), chosen)
    for more in set(range(6)) - set(chosen):
        offered = loving[:, [*chosen, more]]
        some = (1 - _SHRUG[PICK]) * (1 - np.prod(1 - offered, axis=1, keepdims=True))
        named = some * offered / offered.sum(axis=1, keepdims=True)
        table = np.column_stack([named, 1 - named.sum(axis=1)])
        assert gains[more] == pytest.approx(information(belief, table), abs=1e-6)


def test_the_policy_asks_the_question_that_tells_most() -> None:
    question = OnboardingPolicy(INDEX).next_question(Situation(RANKED))
    assert question is not None
    others = [*attribute_questions(INDEX, EVEN), pick_question(INDEX, EVEN)]
    assert all(question.gain >= other.gain for other in others if other is not None)


@pytest.mark.parametrize("names_something", [True, False])
def test_no_question_is_asked_twice_nor_more_than_three_in_a_row(names_something: bool) -> None:
    policy = OnboardingPolicy(INDEX)
    asked: list[Question] = []
    while True:
        met = frozenset(answer for question in asked for answer in question.answers)
        keys = tuple(question.key for question in asked)
        profile = Profile("ana", named=("heat",) if names_something else ())
        tired = unanswered_keys(keys, RankingQuery(profile=profile))
        question = policy.next_question(Situation(RANKED, keys, settled=tired, met=met))
        if question is None:
            break
        asked.append(question)
    assert 1 <= len(asked) <= 3
    # Which others somebody has loved has another answer each time that they knew one.
    repeatable = "open_again" if names_something else None
    once = [question for question in asked if question.kind != repeatable]
    assert len({(question.key, question.answers) for question in once}) == len(once)


def test_who_named_what_they_love_is_asked_for_others_and_who_did_not_is_not() -> None:
    first = open_question(INDEX, EVEN)
    assert first is not None
    assert first.kind == "open"
    again = open_question(INDEX, EVEN, again=True)
    assert again is not None
    assert again.kind == "open_again"
    named = RankingQuery(profile=Profile("ana", named=("heat",)))
    assert unanswered_keys(("open",), named) == frozenset()
    assert unanswered_keys(("open",), RankingQuery()) == {"open"}
    assert unanswered_keys(("genres",), RankingQuery()) == frozenset()


def test_a_pick_follows_a_pick_among_other_items() -> None:
    first = pick_question(INDEX, EVEN)
    assert first is not None
    second = pick_question(INDEX, EVEN, first.answers)
    assert second is not None
    assert not set(first.answers) & set(second.answers)


def test_an_open_question_has_no_answers_to_choose_from() -> None:
    question = open_question(INDEX, EVEN)
    assert question is not None
    assert question.answers == ()
    assert question.gain > 0


def test_what_many_know_is_offered_and_what_is_far_apart() -> None:
    question = pick_question(INDEX, EVEN)
    assert question is not None
    likeness = INDEX.similarity(question.answers)
    rows = [CATALOGUE.row(item) for item in question.answers]
    among = likeness[rows] - np.eye(len(rows))
    everybody = INDEX.similarity([film.item_id for film in FILMS])
    assert among.max() < (everybody - np.eye(len(FILMS))).max()


def test_somebody_well_known_is_asked_nothing() -> None:
    assert OnboardingPolicy(INDEX).next_question(Situation(RANKED, facts=20)) is None


def test_nothing_is_asked_when_one_item_is_all_but_certain() -> None:
    sure = [Scored("heat", 0.999), Scored("ronin", 0.001)]
    assert OnboardingPolicy(INDEX).next_question(Situation(sure)) is None


def test_what_was_said_already_is_not_asked() -> None:
    policy = OnboardingPolicy(INDEX)
    keys = {"genres", "cast", "directors", "decade"}
    question = policy.next_question(Situation(RANKED, settled=frozenset(keys)))
    assert question is None or question.key not in keys


def test_a_kind_and_a_year_that_were_named_are_settled() -> None:
    wish = Fact(EventKind.WANTS, "genres:Crime", "a crime film", datetime.now(UTC), lasting=False)
    limit = replace(wish, kind=EventKind.CONSTRAINT, about="year_min", value=1990)
    profile = Profile("ana", (wish,), limits=(limit,))
    query = RankingQuery(profile=profile, constraints=profile.constraints)
    assert settled_keys(query) == {"genres", "decade"}
    assert settled_keys(RankingQuery()) == frozenset()
