"""Baselines that read words only: BM25, and TF-IDF likeness of dialogue and item texts."""

from __future__ import annotations

import bm25s
import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from bot.core.results import RankingQuery
from bot.core.values import Item
from bot.evaluation.baselines.scoring import FitData, ScoringRanker, Weights, context_rows

DIMENSIONS = 256
CONTEXT_WEIGHT = 1.0  # of the mentioned items' mean vector beside the words' own


def item_text(item: Item) -> str:
    """All that a catalogue says of an item, as words."""
    values = (value for column in item.attributes.values() for value in column)
    parts = [item.title, str(item.year or ""), *values, item.description or ""]
    return " ".join(part for part in parts if part)


def words_said(query: RankingQuery) -> str:
    """All that was said, by both."""
    return " ".join(turn.text for turn in query.turns)


class Bm25Ranker(ScoringRanker):
    """BM25 of the item texts for the words of the dialogue (Robertson and Zaragoza 2009)."""

    name = "bm25"

    def __init__(self, data: FitData) -> None:
        super().__init__(data)
        texts = [item_text(item) for item in self.catalogue.items]
        self._index = bm25s.BM25()
        self._index.index(
            bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False
        )

    def weights(self, query: RankingQuery) -> Weights:
        """BM25 scores; zeros when no word of the dialogue stands in any item."""
        said = bm25s.tokenize(
            words_said(query), stopwords="en", return_ids=False, show_progress=False
        )[0]
        known = [word for word in said if word in self._index.vocab_dict]
        if not known:
            return np.zeros(len(self.catalogue.items))
        return np.asarray(self._index.get_scores(known), dtype=np.float64)


class TextSimilarityRanker(ScoringRanker):
    """Cosine in a latent space (TF-IDF, then 256 singular vectors) of the item texts.

    The query is the words' vector plus the mean of the mentioned items'. Deerwester et al. 1990,
    "Indexing by latent semantic analysis".
    """

    name = "text-similarity"

    def __init__(self, data: FitData) -> None:
        super().__init__(data)
        texts = [item_text(item) for item in self.catalogue.items]
        self._words = TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32)
        matrix = self._words.fit_transform(texts)
        wanted = min(DIMENSIONS, min(matrix.shape) - 1)
        self._space = TruncatedSVD(max(wanted, 1), random_state=data.seed)
        self._vectors = normalize(self._space.fit_transform(matrix))

    def weights(self, query: RankingQuery) -> Weights:
        """1 + cosine, from 0 to 2; zeros for a query without known words or items."""
        vector = normalize(
            self._space.transform(self._words.transform([words_said(query)]))
        ).ravel()
        rows = context_rows(self.catalogue, query)
        if rows:
            vector = vector + CONTEXT_WEIGHT * self._vectors[rows].mean(axis=0)
        length = float(np.linalg.norm(vector))
        if length == 0.0:
            return np.zeros(len(self.catalogue.items))
        return np.asarray(1.0 + self._vectors @ (vector / length), dtype=np.float64)
