"""The ranker without a language model keeps every ranker's contract on the small catalogue."""

from __future__ import annotations

import pytest

from bot.core.protocols import Catalogue, Ranker
from bot.ranking.affinity_ranker import AffinityRanker
from tests.memory_catalogue import MemoryCatalogue
from tests.ranking.contracts import ExplainedRankerContract
from tests.small_films import FILMS


class TestAffinityRanker(ExplainedRankerContract):
    @pytest.fixture(scope="class")
    def catalogue(self) -> Catalogue:
        return MemoryCatalogue(FILMS)

    @pytest.fixture(scope="class")
    def ranker(self, catalogue: Catalogue) -> Ranker:
        return AffinityRanker(catalogue)
