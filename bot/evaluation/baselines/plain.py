"""Baselines that read no words: chance, and what is mentioned most."""

from __future__ import annotations

import hashlib

import numpy as np

from bot.core.results import RankingQuery
from bot.evaluation.baselines.scoring import FitData, ScoringRanker, Weights, mention_counts


class RandomRanker(ScoringRanker):
    """Any order, the same for the same turns and seed."""

    name = "random"

    def __init__(self, data: FitData) -> None:
        super().__init__(data)
        self._seed = data.seed

    def weights(self, query: RankingQuery) -> Weights:
        """Uniform numbers drawn from a seed that the turns decide."""
        said = "\n".join(turn.text for turn in query.turns) + "\n".join(query.liked)
        digest = hashlib.sha256(f"{self._seed}\n{said}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "big")).random(
            len(self.catalogue.items)
        )


class PopularityRanker(ScoringRanker):
    """What most dialogues mention; without dialogues, what most people took to."""

    name = "popularity"

    def __init__(self, data: FitData) -> None:
        super().__init__(data)
        self._weights = mention_counts(data)

    def weights(self, query: RankingQuery) -> Weights:
        """Counts, whatever the query says."""
        return self._weights
