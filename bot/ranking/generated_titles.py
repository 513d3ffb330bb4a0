"""The ranker `titles`, for measuring alone: titles that the language model writes itself."""

from __future__ import annotations

import numpy as np

from bot.core.protocols import Catalogue, LanguageModel
from bot.core.results import RankingQuery, Scored
from bot.ranking.filters import allowed_mask
from bot.ranking.rendering import prompt_text


class GeneratedTitlesRanker:
    """Titles that the model writes itself, by beam search over the catalogue's titles."""

    name = "titles"

    def __init__(self, catalogue: Catalogue, model: LanguageModel) -> None:
        self._catalogue = catalogue
        self._model = model
        self._tree = model.build_title_tree({item.item_id: item.title for item in catalogue.items})

    def rank(self, query: RankingQuery, k: int) -> list[Scored]:
        """The `k` likeliest of the beams, those that may be ranked."""
        allowed = allowed_mask(self._catalogue, query)
        found = self._model.generate_titles(
            prompt_text(query.turns),
            self._tree,
            beams=max(k, 1),
            exclude=frozenset(
                item.item_id
                for item, may in zip(self._catalogue.items, allowed, strict=True)
                if not may
            ),
        )
        return [
            Scored(item_id, float(np.exp(score)), {"titles": score}) for item_id, score in found[:k]
        ]
