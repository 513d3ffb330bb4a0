from __future__ import annotations

from dataclasses import replace

from bot.core.results import RankingQuery
from bot.replies.quick_replies import MOST_WAYS, ways_on
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS)
ITEMS = {item.item_id: item for item in FILMS}
LONG = [ITEMS["heat"], ITEMS["insider"], ITEMS["zodiac"]]


def test_long_serious_suggestions_lead_to_something_shorter_or_funnier() -> None:
    assert ways_on(CATALOGUE, LONG, RankingQuery())[:2] == ["Under two hours", "Something funnier"]


def test_what_was_asked_for_already_is_not_offered() -> None:
    query = RankingQuery(constraints={"runtime_max": 200}, wants=("genres:Comedy",))
    assert not {"Under two hours", "Something funnier"} & set(ways_on(CATALOGUE, LONG, query))


def test_a_refused_kind_is_not_offered() -> None:
    assert "Something funnier" not in ways_on(
        CATALOGUE, LONG, RankingQuery(avoids=("genres:Comedy",))
    )


def test_comedies_lead_to_nothing_funnier() -> None:
    funny = [ITEMS["fargo"], ITEMS["lebowski"], ITEMS["groundhog"]]
    assert "Something funnier" not in ways_on(CATALOGUE, funny, RankingQuery())


def test_a_catalogue_without_the_columns_gets_no_ways() -> None:
    bare = [replace(item, attributes={}, numbers={}, year=None) for item in FILMS]
    assert ways_on(MemoryCatalogue(bare), bare[:3], RankingQuery()) == []


def test_there_are_never_more_than_a_few() -> None:
    assert len(ways_on(CATALOGUE, list(FILMS), RankingQuery())) <= MOST_WAYS
