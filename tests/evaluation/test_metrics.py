"""Metrics against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bot.data.queries import Query
from bot.evaluation.metrics import diversity, exposure, gini, popularity_bias, tally, target_ranks
from bot.ranking.items.attribute_vectors import AttributeVectors
from tests.evaluation.small_world import CATALOGUE

LETTERS = [f"i{number}" for number in range(60)]


def test_recall_is_for_each_target() -> None:
    queries = [Query("a", (), ("i0", "i7", "gone")), Query("b", (), ("i55",))]
    means = tally([LETTERS, LETTERS], queries).means()
    assert means["recall@1"] == pytest.approx(1 / 4)
    assert means["recall@5"] == pytest.approx(1 / 4)
    assert means["recall@10"] == pytest.approx(2 / 4)
    assert means["recall@50"] == pytest.approx(2 / 4)


def test_ndcg_and_reciprocal_rank_are_for_each_query() -> None:
    queries = [Query("a", (), ("i1", "i3")), Query("b", (), ("i20",))]
    means = tally([LETTERS, LETTERS], queries).means()
    gain = 1 / np.log2(3) + 1 / np.log2(5)
    best = 1 + 1 / np.log2(3)
    assert means["ndcg@10"] == pytest.approx(gain / best / 2)
    assert means["mrr@10"] == pytest.approx(1 / 2 / 2)


def test_a_perfect_ranking_scores_one_and_a_short_one_is_no_error() -> None:
    means = tally([["a", "b"]], [Query("q", (), ("b", "a"))]).means()
    assert means["ndcg@10"] == pytest.approx(1.0)
    assert means["recall@5"] == 1.0
    assert means["recall@1"] == 0.5
    assert tally([[]], [Query("q", (), ("a",))]).means()["mrr@10"] == 0.0


def test_recall_on_a_subset_counts_its_targets_alone() -> None:
    queries = [Query("a", (), ("i0", "i9", "gone")), Query("b", (), ("i2",))]
    subsets = {"unseen": {"i9", "gone"}, "withheld": {"i55"}}
    means = tally([LETTERS, LETTERS], queries, subsets).means()
    assert means["recall@10_unseen"] == pytest.approx(1 / 2)
    assert means["recall@50_withheld"] == 0.0
    assert "recall@10_unseen" not in tally([LETTERS], queries[:1]).means()


def test_places_count_from_one() -> None:
    assert target_ranks(["a", "b"], ["b", "z"]).tolist() == [2.0, np.inf]


def test_coverage_and_gini_look_at_the_first_ten() -> None:
    spread = exposure([LETTERS[:20], LETTERS[5:30]], items=30)
    assert spread["coverage@10"] == pytest.approx(15 / 30)
    assert exposure([], items=30) == {"coverage@10": 0.0, "gini@10": 0.0}


def test_gini_is_zero_when_all_are_alike_and_near_one_when_one_has_all() -> None:
    assert gini(np.ones(10), 10) == pytest.approx(0.0)
    assert gini(np.array([5.0]), 10) == pytest.approx(0.9)


def test_popularity_bias_is_a_percentile_with_ties_in_the_middle() -> None:
    counts = np.zeros(len(CATALOGUE.items))
    assert popularity_bias([["s0", "m3"]], counts, CATALOGUE) == pytest.approx(0.5)
    counts[CATALOGUE.row("s0")] = 9
    assert popularity_bias([["s0"]], counts, CATALOGUE) == pytest.approx(1 - 1 / 24)


def test_diversity_is_high_across_kinds_and_zero_within_one() -> None:
    index = AttributeVectors.of(CATALOGUE)
    assert diversity([["s0", "s1", "s2"]], index) == pytest.approx(0.0, abs=1e-6)
    assert diversity([["s0", "m1"]], index) == pytest.approx(1.0)
    assert diversity([["s0"]], index) == 0.0
