"""People are drawn whole, split in two, and worth more where items are little known."""

from __future__ import annotations

import pytest

from bot.data.interactions import Interaction
from bot.errors import DataFileError
from bot.evaluation.simulation import people
from bot.evaluation.simulation.people import draw_people, inverse_popularity


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
