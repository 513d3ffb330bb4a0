"""The checker finds lies in every kind of reason, and lets the truth pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

import prompts
from bot.evaluation.simulation.truth import REASONS, TERMS, Evidence, judge
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS)
COLLATERAL = next(film for film in FILMS if film.item_id == "collateral")
EVIDENCE = Evidence(
    catalogue=CATALOGUE,
    item=COLLATERAL,
    terms={term: 1.0 for terms in TERMS.values() for term in terms},
    liked=frozenset({"heat"}),
    spoken_of=frozenset({"heat", "fargo"}),
    wants=frozenset({"genres:Crime"}),
    liked_values=frozenset({"genres:Crime", "directors:Michael Mann"}),
    disliked=frozenset({"alien"}),
)


def said(kind: str, **values: object) -> str:
    return prompts.phrase(REASONS, kind, **values)


TRUE = [
    said("wanted", values=["Crime"]),
    said("liked_value", values=["Crime", "Michael Mann"]),
    said("alike", title="Heat (1995)", shared=["Michael Mann", "Crime"]),
    said("together", title="Fargo (1996)"),
    said("language_model"),
    said("unlike", title="Alien (1979)"),
    said("brought_up"),
    said("better_known"),
    said("reacted"),
    said("words"),
]
FALSE = [
    said("wanted", values=["Thriller"]),  # the item's, but nobody asked for it
    said("wanted", values=["Crime", "Comedy"]),
    said("liked_value", values=["Horror"]),
    said("alike", title="Heat (1995)", shared=["Al Pacino"]),
    said("alike", title="Fargo (1996)", shared=["Crime"]),  # spoken of, not liked
    said("together", title="Alien (1979)"),
    said("time", title="Heat (1995)"),  # nine years apart
    said("unlike", title="Heat (1995)"),  # liked
    said("resembles", title="Alien (1979)"),  # nobody spoke of it
    "It won nine prizes.",
]


@pytest.mark.parametrize("sentence", TRUE)
def test_true_reasons_pass(sentence: str) -> None:
    assert judge([sentence], EVIDENCE).true


@pytest.mark.parametrize("sentence", FALSE)
def test_false_reasons_are_found_also_behind_a_true_one(sentence: str) -> None:
    assert not judge([sentence], EVIDENCE).true
    assert not judge([TRUE[0], sentence], EVIDENCE).true


@pytest.mark.parametrize("sentence", TRUE)
def test_a_reason_whose_term_adds_nothing_is_false(sentence: str) -> None:
    assert not judge([sentence], replace(EVIDENCE, terms={"other": 2.0})).true


def test_the_first_reason_must_be_the_largest_terms() -> None:
    terms = {"attributes": 2.0, "co_mention": 3.0}
    evidence = replace(EVIDENCE, terms=terms)
    assert not judge([TRUE[0], TRUE[3]], evidence).largest_first
    assert judge([TRUE[3], TRUE[0]], evidence).largest_first


def test_a_title_with_a_colon_is_read_whole() -> None:
    ring = replace(COLLATERAL, item_id="ring", title="Ring: The Return", year=2003)
    world = MemoryCatalogue([*FILMS, ring])
    evidence = replace(EVIDENCE, catalogue=world, liked=frozenset({"ring"}))
    assert judge([said("alike", title=ring.label, shared=["Crime", "Thriller"])], evidence).true
    assert not judge([said("alike", title=ring.label, shared=["Comedy"])], evidence).true


def test_being_well_known_is_checked_against_the_catalogue() -> None:
    sentence = said("popularity")
    best = max(FILMS, key=lambda film: film.popularity or 0)
    least = min(FILMS, key=lambda film: film.popularity or 0)
    assert judge([sentence], replace(EVIDENCE, item=best)).true
    assert not judge([sentence], replace(EVIDENCE, item=least)).true


def test_words_in_common_are_looked_up() -> None:
    sequel = replace(COLLATERAL, item_id="two", title="Collateral Damage", year=2006)
    other = replace(COLLATERAL, item_id="other", title="Something Else", description=None)
    world = MemoryCatalogue([*FILMS, sequel, other])
    evidence = replace(EVIDENCE, catalogue=world, spoken_of=frozenset({"two", "other"}))
    assert judge([said("resembles", title=sequel.label)], evidence).true
    assert not judge([said("resembles", title=other.label)], evidence).true


def test_a_reason_that_rests_on_nothing_named_is_false() -> None:
    bare = replace(EVIDENCE, spoken_of=frozenset(), said=False)
    for kind in ("brought_up", "close_to_named", "in_time", "reacted", "as_worded"):
        assert not judge([said(kind)], bare).true
        assert judge([said(kind)], EVIDENCE).true
