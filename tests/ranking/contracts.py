"""What every ranker keeps, whatever it ranks by: baselines and the product's own inherit these."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from bot.core.protocols import Catalogue, Ranker
from bot.core.results import RankingQuery
from bot.core.values import EventKind, Fact, Message, Profile
from bot.ranking.query import query_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class RankerContract:
    """Give fixtures `ranker` (fitted) and `catalogue` (at least ten items with years)."""

    def test_it_is_a_ranker_with_a_name(self, ranker: Ranker) -> None:
        assert isinstance(ranker, Ranker)
        assert ranker.name

    def test_items_come_once_best_first_with_chances_for_scores(
        self, ranker: Ranker, catalogue: Catalogue
    ) -> None:
        ranked = ranker.rank(self.query(catalogue), 8)
        scores = [scored.score for scored in ranked]
        assert len({scored.item_id for scored in ranked}) == len(ranked) == 8
        assert scores == sorted(scores, reverse=True)
        assert all(0.0 <= score <= 1.0 for score in scores)
        assert sum(scores) <= 1.0 + 1e-6
        assert all(catalogue.get(scored.item_id) is not None for scored in ranked)

    @pytest.mark.parametrize("k", [1, 3, 10])
    def test_as_many_come_as_are_asked_for(
        self, ranker: Ranker, catalogue: Catalogue, k: int
    ) -> None:
        query = self.query(catalogue)
        best = [scored.item_id for scored in ranker.rank(query, 10)]
        assert [scored.item_id for scored in ranker.rank(query, k)] == best[:k]

    def test_asking_for_more_than_there_is_gives_all_that_is_allowed(
        self, ranker: Ranker, catalogue: Catalogue
    ) -> None:
        query = self.query(catalogue)
        ranked = ranker.rank(query, 10_000)
        assert len(ranked) == len(catalogue.items) - len(query.exclude)

    def test_what_is_excluded_never_appears(self, ranker: Ranker, catalogue: Catalogue) -> None:
        every = [item.item_id for item in catalogue.items]
        query = RankingQuery(self.query(catalogue).turns, exclude=frozenset(every[:-2]))
        assert {scored.item_id for scored in ranker.rank(query, 50)} == set(every[-2:])

    def test_hard_constraints_hold(self, ranker: Ranker, catalogue: Catalogue) -> None:
        query = RankingQuery(self.query(catalogue).turns, constraints={"year_max": 1996})
        ranked = ranker.rank(query, 50)
        assert ranked
        years = [item.year for scored in ranked if (item := catalogue.get(scored.item_id))]
        assert all(year is not None and year <= 1996 for year in years)

    def test_nothing_is_ranked_when_nothing_is_allowed(
        self, ranker: Ranker, catalogue: Catalogue
    ) -> None:
        assert ranker.rank(RankingQuery(constraints={"year_min": 3000}), 5) == []

    def test_the_same_query_ranks_the_same(self, ranker: Ranker, catalogue: Catalogue) -> None:
        query = self.query(catalogue)
        assert ranker.rank(query, 10) == ranker.rank(query, 10)

    def test_an_empty_query_and_a_history_alone_are_answered(
        self, ranker: Ranker, catalogue: Catalogue
    ) -> None:
        assert len(ranker.rank(RankingQuery(), 5)) == 5
        liked = Fact(EventKind.LIKES, catalogue.items[0].item_id, "", NOW)
        ranked = ranker.rank(query_of((), Profile("ana", (liked,))), 5)
        assert len(ranked) == 5
        assert liked.about not in {scored.item_id for scored in ranked}

    def test_words_from_nowhere_do_no_harm(self, ranker: Ranker, catalogue: Catalogue) -> None:
        for text in ("", "\U0001f600", "你好", "'; drop table items;--", "z" * 3000):
            assert len(ranker.rank(RankingQuery((Message("user", text),)), 3)) == 3

    @staticmethod
    def query(catalogue: Catalogue) -> RankingQuery:
        first = catalogue.items[0]
        turns = (
            Message("user", f"I loved {first.label}, another please", (first.item_id,)),
            Message("assistant", "Anything else?"),
            Message("user", "No, surprise me"),
        )
        return query_of(turns, Profile(user="ana"))


class ExplainedRankerContract(RankerContract):
    """Of a ranker whose terms are what its scores are made of: the product's own."""

    def test_terms_add_up_to_the_score_but_for_what_all_items_share(
        self, ranker: Ranker, catalogue: Catalogue
    ) -> None:
        query = self.query(catalogue)
        ranked = ranker.rank(query, len(catalogue.items))
        assert all(scored.terms.keys() == ranked[0].terms.keys() != set() for scored in ranked)
        shared = [np.log(scored.score) - sum(scored.terms.values()) for scored in ranked]
        assert shared == pytest.approx([shared[0]] * len(shared), abs=1e-3)

    def test_limits_and_exclusions_hold_together(
        self, ranker: Ranker, catalogue: Catalogue
    ) -> None:
        years = {item.item_id: item.year or 0 for item in catalogue.items}
        newest = max(years, key=lambda item_id: years[item_id])
        query = RankingQuery(
            self.query(catalogue).turns,
            exclude=frozenset({newest}),
            constraints={"year_min": float(sorted(years.values())[-4])},
        )
        found = {scored.item_id for scored in ranker.rank(query, 50)}
        assert newest not in found
        assert found
        assert min(years[item_id] for item_id in found) >= sorted(years.values())[-4]
