"""Keys and values of one context in one block of memory that grows in place."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from adapters.halves import to_half, to_single
from adapters.llama_shape import LlamaShape

GROWTH = 128
"""Buffers grow by at least this many tokens at a time."""


class KeyValueBuffer:
    """Keys and values in one buffer (layers, 2, key heads, capacity, head), used up to `length`.

    Those that are `halved` rest in half precision; what was read fits it without a loss. `lent` is
    whatever a decoder keeps with the buffer; a new buffer comes with None.
    """

    def __init__(self, shape: LlamaShape, capacity: int = 0, *, halved: bool = False):
        self.length = 0
        self.halved = halved
        self.buffer = _block(shape.layers, 2, shape.key_heads, capacity, shape.head)
        self.lent: Any = None

    @property
    def nbytes(self) -> int:
        return int(self.buffer.nbytes)

    def reserve(self, length: int) -> None:
        """Make room for `length` tokens."""
        resting = self.buffer.dtype == np.float16
        capacity = self.length if resting else self.buffer.shape[3]
        if length <= capacity and not resting:
            return
        grown = max(length, capacity + max(GROWTH, capacity // 4))
        layers, two, heads, _, head = self.buffer.shape
        buffer = _block(layers, two, heads, grown, head)
        used = self.buffer[:, :, :, : self.length]
        buffer[:, :, :, : self.length] = to_single(used) if resting else used
        self.buffer, self.lent = buffer, None

    def crop(self, length: int) -> None:
        self.length = min(self.length, length)

    def copy(self, length: int) -> Self:
        twin = object.__new__(type(self))
        twin.length, twin.lent, twin.halved = length, None, self.halved
        layers, two, heads, _, head = self.buffer.shape
        twin.buffer = _block(layers, two, heads, length + GROWTH, head)
        used = self.buffer[:, :, :, :length]
        twin.buffer[:, :, :, :length] = to_single(used) if used.dtype == np.float16 else used
        return twin

    def rest(self) -> None:
        if self.halved and self.buffer.dtype != np.float16:
            self.buffer, self.lent = to_half(self.buffer[:, :, :, : self.length]), None


def _block(*shape: int) -> NDArray[Any]:
    return np.empty(shape, dtype=np.float32)
