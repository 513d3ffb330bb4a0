"""A ranker without a language model: attributes wanted, likeness to what is liked, popularity.

What a catalogue can say by itself. It answers when no model is at hand, stands in tests, and is
the plain baseline that anything learned must beat.
"""

from __future__ import annotations

import numpy as np

from bot.core.protocols import Catalogue
from bot.core.results import RankingQuery, Scored
from bot.ranking.filters import allowed_mask
from bot.ranking.items.attribute_vectors import AttributeVectors, popularity_prior
from bot.ranking.items.best_rows import best_rows
from bot.ranking.terms.term import THE_BEST, against_the_best

# Nats per unit of each term; plain round numbers, nothing tuned.
WEIGHTS = {"popularity": 4.0, "wanted": 3.0, "alike": 6.0, "unalike": 4.0, "time": 1.0}


class AffinityRanker:
    """Additive named terms over the whole catalogue."""

    name = "affinity"

    def __init__(self, catalogue: Catalogue, index: AttributeVectors | None = None) -> None:
        self.catalogue = catalogue
        self.index = index or AttributeVectors.of(catalogue)
        self._prior = popularity_prior(catalogue)

    def rank(self, query: RankingQuery, k: int) -> list[Scored]:
        """The `k` best items by the sum of the terms."""
        liked = [item for item in query.liked if self.catalogue.get(item) is not None]
        disliked = [item for item in query.disliked if self.catalogue.get(item) is not None]
        terms = {
            "popularity": query.fame * WEIGHTS["popularity"] * self._prior,
            "wanted": WEIGHTS["wanted"] * self.index.match(query.wants),
        }
        if liked:
            terms["alike"] = WEIGHTS["alike"] * self.index.similarity(liked).mean(axis=1)
            terms["time"] = WEIGHTS["time"] * self.index.closeness_in_time(liked).mean(axis=1)
        if disliked:
            terms["unalike"] = -WEIGHTS["unalike"] * self.index.similarity(disliked).max(axis=1)
        logits = np.sum(list(terms.values()), axis=0)
        allowed = np.flatnonzero(allowed_mask(self.catalogue, query))
        if not len(allowed):
            return []
        shifted = np.exp(logits[allowed] - logits[allowed].max())
        chances = shifted / shifted.sum()
        order = best_rows(chances, max(k, THE_BEST))
        told = against_the_best(terms, allowed[order])
        return [
            Scored(
                item_id=self.catalogue.items[allowed[place]].item_id,
                score=float(chances[place]),
                terms={name: float(values[allowed[place]]) for name, values in told.items()},
            )
            for place in order[:k]
        ]
