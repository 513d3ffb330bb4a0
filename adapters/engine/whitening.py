"""Hidden states made comparable: centred, their main directions made equally wide, length 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Whitening:
    """A projection to the `directions` (width, k) of most variance around `mean`, to length 1."""

    mean: Matrix
    directions: Matrix

    @classmethod
    def of(cls, states: Matrix, width: int) -> Whitening:
        """Principal components of `states` (n, width), each divided by the root of its weight."""
        mean = states.mean(axis=0)
        width = min(width, *states.shape)
        _, sizes, right = np.linalg.svd(states - mean, full_matrices=False)
        scale = np.sqrt(np.maximum(sizes[:width], 1e-6))
        return cls(mean.astype(np.float32), (right[:width].T / scale).astype(np.float32))

    def __call__(self, states: Matrix) -> Matrix:
        """Unit vectors, (n, k); a zero state stays near its own direction."""
        found = (states - self.mean) @ self.directions
        length = np.maximum(np.linalg.norm(found, axis=-1, keepdims=True), 1e-6)
        return np.asarray(found / length, dtype=np.float32)
