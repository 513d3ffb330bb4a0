"""Simulated people say what they know, each in their way, the same for a seed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from bot.evaluation.simulation.speech import Speaker
from bot.understanding import build_understander
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

KNOWN = {"heat": 5.0, "ronin": 4.5, "groundhog": 1.0}
SKIP, NONE = "Surprise me", "None of these"


def speaker(style: str = "plain", known: Mapping[str, float] = KNOWN, seed: int = 0) -> Speaker:
    liked = tuple(item for item, rating in known.items() if rating >= 3.5)
    return Speaker(MemoryCatalogue(FILMS), known, liked, style, np.random.default_rng(seed))


def test_a_kind_is_chosen_by_what_was_liked() -> None:
    assert "Crime" in speaker().answer(("Comedy", "Crime", SKIP), SKIP, NONE)
    assert "Crime" not in speaker(known={"groundhog": 5.0, "heat": 1.0}).answer(
        ("Comedy", "Crime", SKIP), SKIP, NONE
    )


def test_a_decade_and_a_title_are_chosen_likewise() -> None:
    assert "1990s" in speaker(known={"heat": 5.0, "alien": 1.0}).answer(
        ("the 1970s", "the 1990s", SKIP), SKIP, NONE
    )
    offers = ("Groundhog Day (1993)", "Heat (1995)", NONE, SKIP)
    assert "Heat (1995)" in speaker().answer(offers, SKIP, NONE)


def test_of_offered_titles_all_that_were_loved_are_named() -> None:
    offers = ("Groundhog Day (1993)", "Heat (1995)", "Ronin (1998)", NONE, SKIP)
    said = speaker().answer(offers, SKIP, NONE)
    assert "Heat (1995) and Ronin (1998)" in said
    assert "Groundhog" not in said


def test_nothing_is_named_twice_when_asked_openly() -> None:
    for seed in range(5):
        ana = speaker(seed=seed)
        said = " ".join([ana.named(), ana.named(), ana.named()])
        assert said.count("Heat (1995)") == 1
        assert said.count("Ronin (1998)") == 1


def test_what_the_person_knows_nothing_of_is_declined() -> None:
    assert "None" in speaker().answer(("Alien (1979)", NONE, SKIP), SKIP, NONE)
    declined = speaker(known={}).answer(("Comedy", "Crime", SKIP), SKIP, NONE)
    assert "Comedy" not in declined
    assert "Crime" not in declined


def test_typos_touch_words_but_not_names_and_titles() -> None:
    said = {speaker("typos", seed=seed).favourites() for seed in range(20)}
    assert all("Heat (1995)" in text and "Ronin (1998)" in text for text in said)
    clean = {speaker("plain", seed=seed).favourites() for seed in range(20)}
    assert not said <= clean
    assert {len(text) for text in said} <= {len(text) for text in clean}


@pytest.mark.parametrize("style", ["plain", "indirect", "typos"])
def test_what_is_said_in_any_form_is_understood(style: str) -> None:
    understander = build_understander(MemoryCatalogue(FILMS))
    for seed in range(12):
        ana = speaker(style, seed=seed)
        named = understander.understand(ana.named(), question="open")
        assert named.likes
        assert set(named.likes) <= {"heat", "ronin"}
        loved = understander.understand(ana.favourites())
        assert set(loved.likes) == {"heat", "ronin"}
        offers = ("Comedy", "Crime", SKIP)
        kind = understander.understand(ana.answer(offers, SKIP, NONE), question="genres")
        assert "genres:Crime" in kind.likes


@pytest.mark.parametrize("style", ["plain", "indirect", "typos"])
def test_a_seed_repeats_what_was_said(style: str) -> None:
    assert speaker(style, seed=4).more() == speaker(style, seed=4).more()


def test_the_limit_on_years_is_one_that_most_likes_keep() -> None:
    found = speaker(known={"heat": 5.0, "ronin": 5.0, "zodiac": 5.0}).earliest_year()
    assert found is not None
    text, year = found
    assert year == 1990
    assert "1990" in text
    assert speaker(known={}).earliest_year() is None
