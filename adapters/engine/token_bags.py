"""Texts as bags of the language model's own token embeddings: cheap, without attention.

The embeddings of a text's tokens are averaged, rare tokens counting more. Good for thousands of
texts a second; word order is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Matrix = NDArray[np.float32]
LEAST_WEIGHT = 0.05
"""Weight of a token that every text has."""
MARKS = 256
"""Tokens by whose embeddings a model is told from others, all over the vocabulary."""


class TokenBags:
    """Averages over an embedding matrix (vocabulary, width), of which the mean is taken out.

    `split` gives a text's token ids. The matrix may come from a function, which is called when
    the first text is read: a start that finds all its vectors cached does not unpack it. `mark` are
    bytes that tell this matrix from others.
    """

    def __init__(
        self,
        embedding: Matrix | Callable[[], Matrix],
        split: Callable[[str], Sequence[int]],
        mark: bytes = b"",
    ):
        self._given = embedding
        self._split = split
        self.mark = mark

    @cached_property
    def _embedding(self) -> Matrix:
        given = self._given() if callable(self._given) else self._given
        return np.asarray(given - given.mean(axis=0), dtype=np.float32)

    @property
    def width(self) -> int:
        """Length of a vector."""
        return int(self._embedding.shape[1])

    def fields(self, texts: Sequence[Sequence[str]]) -> Matrix:
        """Several texts of each item, one vector beside the other: (items, fields x width).

        A token's weight is the logarithm of how few items have it in any field. Each field is
        scaled to a mean length of 1; an empty text gives zeros.
        """
        tokens = [[self._split(" " + text) if text else [] for text in row] for row in texts]
        vocabulary = len(self._embedding)
        holders = np.zeros(vocabulary)
        for row in tokens:
            holders[list({token for field in row for token in field})] += 1
        rarity = np.maximum(np.log(max(len(tokens), 2) / (1 + holders)), 0) + LEAST_WEIGHT
        count = len(tokens[0]) if tokens else 0
        found = [self._field([row[n] for row in tokens], rarity) for n in range(count)]
        return np.concatenate(found, axis=1) if found else np.zeros((0, 0), np.float32)

    def _field(self, rows: Sequence[Sequence[int]], rarity: NDArray[np.float64]) -> Matrix:
        lengths = np.array([len(row) for row in rows])
        columns = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows])
        owners = np.repeat(np.arange(len(rows)), lengths)
        counts = sparse.csr_matrix(
            (rarity[columns].astype(np.float32), (owners, columns)),
            shape=(len(rows), len(rarity)),
        )
        totals = np.asarray(counts.sum(axis=1)).ravel()
        totals[totals == 0] = 1
        vectors = counts.dot(self._embedding) / totals[:, None]
        size = float(np.linalg.norm(vectors, axis=1).mean())
        return np.asarray(vectors / (size or 1.0), dtype=np.float32)


def bags_of(model: Any) -> TokenBags | None:
    """The bags of a running engine's model; None when its embeddings cannot be seen."""
    if not hasattr(model, "embeddings"):
        return None
    some = np.arange(0, model.vocabulary_size, max(model.vocabulary_size // MARKS, 1))
    return TokenBags(model.embeddings, model.split, model.embeddings(some).tobytes())
