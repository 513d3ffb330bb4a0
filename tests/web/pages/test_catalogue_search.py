"""Searching and filtering the catalogue."""

from __future__ import annotations

from bot.web.pages.catalogue_search import Filters, browse, filter_columns
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS, "films")


def ids(filters: Filters) -> list[str]:
    return [item.item_id for item in browse(CATALOGUE, filters)]


def test_without_filters_the_best_known_come_first() -> None:
    assert ids(Filters())[0] == "heat"
    assert len(ids(Filters())) == len(FILMS)


def test_filters_hold_together() -> None:
    filters = Filters(year_min=1996, year_max=2004, values={"genres": ["Crime", "Comedy"]})

    assert set(ids(filters)) == {"fargo", "lebowski"}


def test_words_search_titles_within_the_filters() -> None:
    assert ids(Filters(words="the")) == ["insider", "lebowski"]
    assert ids(Filters(words="the", year_max=1998)) == ["lebowski"]


def test_a_value_nobody_has_finds_nothing() -> None:
    assert ids(Filters(values={"genres": ["Western"]})) == []


def test_columns_with_a_choice_are_offered_with_their_values() -> None:
    assert filter_columns(CATALOGUE)["genres"][:2] == ["<i>Odd</i>", "Action"]
