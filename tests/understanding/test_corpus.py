"""The hand-written utterances are understood as well as was asked for, in each part."""

from __future__ import annotations

import pytest

from tests.understanding.corpus import ids_by_label, is_item, read_corpus
from tests.understanding.report import Score, measure


@pytest.fixture(scope="module", params=["before", "after", "later"])
def score(request: pytest.FixtureRequest) -> Score:
    utterances = [u for u in read_corpus() if u.half == request.param]
    assert len(utterances) >= (50 if request.param == "later" else 150)
    return measure(utterances)[0]


def test_items_are_linked(score: Score) -> None:
    assert score.f1("linking") >= 0.95


def test_the_stance_to_each_thing_is_read(score: Score) -> None:
    assert score.accuracy("stance") >= 0.92


def test_constraints_are_exactly_those_said(score: Score) -> None:
    assert score.accuracy("constraints") >= 0.95


def test_intents_are_told(score: Score) -> None:
    assert score.f1("intents") >= 0.92


def test_what_is_pointed_at_is_found(score: Score) -> None:
    assert score.f1("references") >= 0.95


def test_titles_the_catalogue_lacks_are_told(score: Score) -> None:
    assert score.f1("unknown_titles") >= 0.95


def test_the_number_asked_for_is_read(score: Score) -> None:
    assert score.accuracy("count") >= 0.98


def test_the_corpus_names_films_that_exist() -> None:
    named = {
        about
        for utterance in read_corpus()
        for name, values in utterance.lists.items()
        if name != "unknown_titles"
        for about in (*values, *utterance.shown)
        if is_item(about)
    }
    assert named <= set(ids_by_label())
