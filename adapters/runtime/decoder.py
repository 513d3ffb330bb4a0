"""The forward pass: tokens in, last hidden states out, over a key-value cache that can be cut.

What the engine needs of whatever runs a loaded model; it knows nothing of text, conversations or
sampling. Arrays are NumPy's, so that a server whose decoder needs no torch does not import it.
`TransformersDecoder` runs any attention-based causal model that transformers loads, at that
library's own speed; `LeanLlama` a plain Llama in single precision, `GraphDecoder` in eight bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

States = NDArray[np.float32]


class KeyValues(Protocol):
    """Keys and values of `length` tokens, as one decoder lays them out."""

    @property
    def length(self) -> int: ...

    @property
    def nbytes(self) -> int: ...

    def crop(self, length: int) -> None:
        """Forget all tokens but the first `length`."""
        ...

    def copy(self, length: int) -> Self:
        """An independent copy of the first `length` tokens."""
        ...


class Decoder(Protocol):
    """Runs a causal model without gradients."""

    @property
    def hidden_size(self) -> int: ...

    @property
    def vocabulary_size(self) -> int: ...

    def new_cache(self) -> KeyValues: ...

    def extend(
        self,
        cache: Any,
        tokens: Sequence[int],
        *,
        positions: NDArray[np.int64] | None = None,
        visible: NDArray[np.bool_] | None = None,
    ) -> States:
        """Append `tokens` to `cache`; returns their last hidden states, normed, (n, hidden).

        Tokens follow one another unless told otherwise: `positions` (n,) are absolute, and
        `visible` (n, cached + n) is true where a token may look; it never sees later ones. States
        are the same, cached or not.
        """
        ...

    def logits(self, hidden: States, rows: NDArray[np.int64] | None = None) -> States:
        """Logits of `hidden` (n, hidden): (n, vocabulary), or only the given rows."""
        ...

    def embeddings(self, rows: NDArray[np.int64] | None = None) -> States:
        """What each token is turned into, (vocabulary, hidden), or only the given ones."""
        ...
