"""The language model's own opinion of every item: its state after the dialogue, through the head.

One prefill gives the state, and a reply goes on from it through the engine's cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.engine.whitening import Whitening
from bot.core.protocols import LanguageModel
from bot.ranking.items.vectors import context_vector
from bot.ranking.rendering import prompt_text, ranking_cache
from bot.ranking.resolved_query import Ask
from bot.ranking.terms.term import Features

Matrix = NDArray[np.float32]
ROWS_AT_ONCE = 50_000
"""Of features in half precision, which may lie on disk."""


class LanguageTerm:
    """The item head over a catalogue's vectors (items, v) and features (items, f).

    Both may be mapped files. `weights` are those of `ItemHead.weights`.
    """

    name = "language_model"
    features = ("head",)

    def __init__(
        self,
        model: LanguageModel,
        vectors: Matrix,
        features: NDArray[Any],
        whitening: Whitening,
        weights: Mapping[str, NDArray[Any]],
    ) -> None:
        self._model = model
        self._vectors = vectors
        self._whitening = whitening
        self._query = weights["query"].astype(np.float32)
        self._gain = float(weights["gain"][0])
        self._items = _product(features, weights["items"].astype(np.float32))

    def score(self, ask: Ask) -> Features:
        """The head's score, without the offset it was trained on, shape (1, items)."""
        text = prompt_text(ask.query.turns, ask.earlier_likes)
        state = self._model.encode(text, cache=ranking_cache(ask.query))
        return self.score_state(ask, state)

    def item_vectors(self) -> Matrix:
        """What `score` multiplies of each item, as one vector, (items, v + w)."""
        return np.concatenate([self._vectors, self._items], axis=1)

    def query_vector(self, ask: Ask) -> Matrix:
        """What it is multiplied with: the score but for a constant of all items, (v + w,)."""
        state = self._model.encode(prompt_text(ask.query.turns, ask.earlier_likes))
        context = context_vector(self._vectors, ask.rows, ask.weights)
        query = np.concatenate([context, self._whitening(state)]) @ self._query
        return np.concatenate([self._gain * context, query])

    def score_state(self, ask: Ask, state: Matrix) -> Features:
        """The same for a state that is at hand, (hidden,)."""
        context = context_vector(self._vectors, ask.rows, ask.weights)
        query = np.concatenate([context, self._whitening(state)]) @ self._query
        scores = self._gain * (self._vectors @ context) + self._items @ query
        return np.asarray(scores - scores.mean(), dtype=np.float32)[None]


def _product(features: NDArray[Any], weights: Matrix) -> Matrix:
    """features (items, f) times weights (f, w), in single precision."""
    found = np.empty((len(features), weights.shape[1]), np.float32)
    for start in range(0, len(features), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        found[part] = features[part].astype(np.float32) @ weights
    return found
