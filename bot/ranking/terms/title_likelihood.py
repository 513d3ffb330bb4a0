"""Title likelihood: how much likelier the dialogue makes a title than a request that says nothing.

log P(title | dialogue, "You should watch") and log P(title | a neutral request) are two features;
their difference is the pointwise mutual information of title and dialogue, by which popular or
short titles win nothing. Only the best items of the other terms are asked about. The model reads
a title without its year.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import Catalogue, LanguageModel
from bot.core.results import RankingQuery, Scored
from bot.ranking.filters import allowed_mask
from bot.ranking.items.keys import text_hash
from bot.ranking.rendering import neutral_text, prompt_text, title_text
from bot.ranking.resolved_query import Ask
from bot.ranking.terms.term import Features

CANDIDATES = 30
"""How many of the best items have their titles' likelihood computed."""
NEUTRAL_CACHE = "\0neutral request"


class TitleTerm:
    """Scores titles under the language model; a term over given rows, not the whole catalogue."""

    name = "titles"
    features = ("likelihood", "neutral")

    def __init__(self, catalogue: Catalogue, model: LanguageModel, neutral: NeutralScores) -> None:
        self._catalogue = catalogue
        self._model = model
        self._neutral = neutral

    def score_rows(self, ask: Ask, rows: Sequence[int]) -> Features:
        """Both features of the items in `rows`, in nats, shape (2, rows)."""
        if not rows:
            return np.zeros((2, 0), dtype=np.float32)
        titles = [self._catalogue.items[row].title for row in rows]
        likelihood = self._model.log_likelihoods(
            prompt_text(ask.query.turns, ask.earlier_likes),
            [title_text(title) for title in titles],
            cache=ranking_cache(ask.query),
        )
        return np.stack([likelihood, self._neutral.of(titles)]).astype(np.float32)


class NeutralScores:
    """log P(title | neutral request), computed when first asked for and then remembered.

    `known` comes with the adapter: title hash → score.
    """

    def __init__(self, model: LanguageModel, known: Mapping[int, float] | None = None) -> None:
        self._model = model
        self._known = dict(known or {})
        self._lock = threading.Lock()

    def of(self, titles: Sequence[str]) -> NDArray[np.float64]:
        """The score of each title in nats, shape (titles,)."""
        hashes = [text_hash(title.strip()) for title in titles]
        with self._lock:
            missing = {
                key: title
                for key, title in zip(hashes, titles, strict=True)
                if key not in self._known
            }
            if missing:
                scores = self._model.log_likelihoods(
                    neutral_text(),
                    [title_text(title) for title in missing.values()],
                    cache=NEUTRAL_CACHE,
                )
                self._known.update(zip(missing, scores.tolist(), strict=True))
            return np.array([self._known[key] for key in hashes])

    def known(self) -> dict[int, float]:
        """Title hash → score, of all that was asked so far."""
        with self._lock:
            return dict(self._known)


def ranking_cache(query: RankingQuery) -> str | None:
    """The name under which the ranking's reading of a conversation is kept."""
    return conversation_cache(query.conversation) if query.conversation else None


def conversation_cache(conversation: str) -> str:
    """The same of a conversation's id."""
    return f"{conversation}\0ranking"


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
