"""Keys and values of one context in one block of memory that grows in place."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from adapters.runtime.llama_shape import LlamaShape

GROWTH = 128
"""Buffers grow by at least this many tokens at a time."""


class KeyValueBuffer:
    """Keys and values in one buffer (layers, 2, key heads, capacity, head), used up to `length`."""

    def __init__(self, shape: LlamaShape, capacity: int = 0):
        self.length = 0
        self.buffer = _block(shape.layers, 2, shape.key_heads, capacity, shape.head)

    @property
    def nbytes(self) -> int:
        return int(self.buffer.nbytes)

    def reserve(self, length: int) -> None:
        """Make room for `length` tokens."""
        layers, two, heads, capacity, head = self.buffer.shape
        if length <= capacity:
            return
        grown = max(length, capacity + max(GROWTH, capacity // 4))
        buffer = _block(layers, two, heads, grown, head)
        buffer[:, :, :, : self.length] = self.buffer[:, :, :, : self.length]
        self.buffer = buffer

    def crop(self, length: int) -> None:
        self.length = min(self.length, length)

    def copy(self, length: int) -> Self:
        twin = object.__new__(type(self))
        twin.length = length
        layers, two, heads, _, head = self.buffer.shape
        twin.buffer = _block(layers, two, heads, length + GROWTH, head)
        twin.buffer[:, :, :, :length] = self.buffer[:, :, :, :length]
        return twin


def _block(*shape: int) -> NDArray[Any]:
    return np.empty(shape, dtype=np.float32)
