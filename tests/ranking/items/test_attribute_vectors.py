from __future__ import annotations

import numpy as np
import pytest

from bot.core.results import RankingQuery, Scored
from bot.core.values import Item
from bot.ranking.affinity_ranker import AffinityRanker
from bot.ranking.diversity import diversify
from bot.ranking.items.attribute_vectors import AttributeVectors, popularity_prior
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS)
INDEX = AttributeVectors.of(CATALOGUE)


def test_an_item_is_most_like_itself_and_likeness_goes_both_ways() -> None:
    likeness = INDEX.similarity([item.item_id for item in FILMS])
    assert np.diag(likeness) == pytest.approx(np.ones(len(FILMS)), abs=1e-5)
    assert likeness == pytest.approx(likeness.T, abs=1e-5)


def test_sharing_a_director_makes_alike() -> None:
    assert "insider" in INDEX.nearest("heat", 3)
    assert "directors:Michael Mann" in INDEX.shared("heat", "insider")


def test_the_rarest_shared_value_is_named_first() -> None:
    assert INDEX.shared("heat", "collateral")[0] == "directors:Michael Mann"


def test_wished_values_are_counted_and_unknown_ones_passed_over() -> None:
    match = INDEX.match(["genres:Crime", "cast:Al Pacino", "shelf:left", "genres:Opera"])
    assert match[CATALOGUE.row("heat")] == 2
    assert match[CATALOGUE.row("alien")] == 0


def test_mass_falls_on_the_values_of_likely_items() -> None:
    belief = np.zeros(len(FILMS))
    belief[CATALOGUE.row("alien")] = 1
    mass = dict(zip(INDEX.names, INDEX.mass(belief), strict=True))
    assert mass["genres:Horror"] == 1
    assert mass["genres:Comedy"] == 0


def test_popularity_runs_from_nought_to_one_and_unknown_is_least() -> None:
    catalogue = MemoryCatalogue(
        [Item("a", "A", popularity=100), Item("b", "B", popularity=5), Item("c", "C")]
    )
    prior = popularity_prior(catalogue)
    assert prior[0] == 1 > prior[1] > prior[2] == 0


def test_a_catalogue_without_attributes_or_popularity_still_ranks() -> None:
    catalogue = MemoryCatalogue([Item("a", "A"), Item("b", "B")])
    ranked = AffinityRanker(catalogue).rank(RankingQuery(liked=("a",)), 5)
    assert [scored.item_id for scored in ranked] == ["a", "b"]


def test_scores_are_chances_and_terms_are_named() -> None:
    ranked = AffinityRanker(CATALOGUE, INDEX).rank(RankingQuery(liked=("heat",)), len(FILMS))
    assert sum(scored.score for scored in ranked) == pytest.approx(1)
    assert set(ranked[0].terms) == {"popularity", "wanted", "alike", "time"}


def test_what_is_excluded_is_not_ranked_and_what_is_wanted_leads() -> None:
    query = RankingQuery(wants=("genres:Horror",), exclude=frozenset({"heat"}))
    ranked = [scored.item_id for scored in AffinityRanker(CATALOGUE, INDEX).rank(query, 50)]
    assert ranked[0] == "alien"
    assert "heat" not in ranked


def test_no_diversity_keeps_the_order_and_much_of_it_parts_the_alike() -> None:
    ranked = [
        Scored(item, score) for item, score in (("heat", 0.5), ("insider", 0.4), ("alien", 0.3))
    ]
    kept = [scored.item_id for scored in diversify(ranked, INDEX, 2, 0.0)]
    spread = [scored.item_id for scored in diversify(ranked, INDEX, 2, 0.9)]
    assert kept == ["heat", "insider"]
    assert spread == ["heat", "alien"]
