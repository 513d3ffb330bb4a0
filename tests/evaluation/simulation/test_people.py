"""People are drawn whole, split in two, and worth more where items are little known."""

from __future__ import annotations

import pytest

from bot.core.errors import DataFileError
from bot.data.interactions import Interaction
from bot.evaluation.simulation import people
from bot.evaluation.simulation.people import (
    draw_people,
    half_of,
    inverse_popularity,
    split_again,
)


@pytest.fixture(autouse=True)
def _few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "FEWEST_WANTED", 2)


def test_what_a_person_knows_and_what_they_will_find_do_not_overlap(
    ratings: list[Interaction],
) -> None:
    drawn, _ = draw_people(ratings, 10)
    assert len(drawn) == 10
    for person in drawn:
        assert not set(person.known) & set(person.held)
        assert set(person.credits) == person.wanted <= set(person.held)
        assert all(person.known[item] >= 3.5 for item in person.liked)


def test_nothing_of_those_drawn_is_left_to_learn_from(ratings: list[Interaction]) -> None:
    drawn, others = draw_people(ratings, 10)
    assert not {person.name for person in drawn} & {each.user for each in others}
    assert {each.user for each in others} >= {"shy"}


def test_a_seed_draws_the_same_people(ratings: list[Interaction]) -> None:
    assert draw_people(ratings, 5, seed=1) == draw_people(ratings, 5, seed=1)
    assert draw_people(ratings, 5, seed=1)[0] != draw_people(ratings, 5, seed=2)[0]


def test_data_without_people_who_like_enough_is_an_error() -> None:
    with pytest.raises(DataFileError, match="like at least"):
        draw_people([Interaction("shy", "heat", 5.0)], 3)


def test_credit_is_inverse_to_popularity_and_one_on_average() -> None:
    credits = inverse_popularity(frozenset({"rare", "known"}), {"rare": 2, "known": 8})
    assert credits["rare"] == pytest.approx(4 * credits["known"])
    assert sum(credits.values()) == pytest.approx(2.0)


def test_halves_go_by_the_last_digit_of_a_persons_id(ratings: list[Interaction]) -> None:
    odd, even = ({each.user for each in half_of(ratings, half)} for half in ("odd", "even"))
    assert "p31" in odd
    assert "p30" in even
    assert not odd & even
    assert half_of(ratings, "all") == ratings


def test_ratings_dealt_anew_leave_the_same_people_other_things_to_find(
    ratings: list[Interaction],
) -> None:
    drawn, _ = draw_people(ratings, 10)
    again = split_again(drawn, ratings, seed=1)
    assert {each.name for each in again} <= {each.name for each in drawn}
    first = {each.name: each for each in drawn}
    assert any(each.wanted != first[each.name].wanted for each in again)
    assert all(not set(each.known) & set(each.held) for each in again)
