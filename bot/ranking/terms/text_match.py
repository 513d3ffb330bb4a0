"""The words of the user's last turns looked up in the texts of the items (BM25)."""

from __future__ import annotations

import bm25s
import numpy as np

from bot.core.protocols import Catalogue
from bot.core.values import Item
from bot.ranking.items.prior import Roles
from bot.ranking.resolved_query import Ask
from bot.ranking.terms.likeness import MOST_NAMES, values_of
from bot.ranking.terms.term import Features

SCALE = 8.0
"""Divides the scores, which lie between 0 and some tens."""


class WordsTerm:
    """BM25 of title, kinds, names and description (Robertson and Zaragoza 2009)."""

    name = "words"
    features = ("bm25",)

    def __init__(self, catalogue: Catalogue, roles: Roles) -> None:
        self._count = len(catalogue.items)
        texts = [_text(item, roles) for item in catalogue.items]
        self._index = bm25s.BM25()
        self._index.index(
            bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False
        )

    def score(self, ask: Ask) -> Features:
        """Scores of the user's last three turns, titles left out, shape (1, items)."""
        said = bm25s.tokenize(
            ask.recent_user_words, stopwords="en", return_ids=False, show_progress=False
        )
        known = [word for word in (said[0] if said else []) if word in self._index.vocab_dict]
        if not known:
            return np.zeros((1, self._count), dtype=np.float32)
        scores = np.asarray(self._index.get_scores(known), dtype=np.float32)
        return scores[None] / np.float32(SCALE)


def _text(item: Item, roles: Roles) -> str:
    names = values_of(item, roles.narrow)[:MOST_NAMES]
    kinds = values_of(item, roles.broad)
    return " ".join([item.title, *kinds, *names, item.description or ""])
