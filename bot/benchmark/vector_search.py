"""The items whose vectors go best with a query, out of a million, from files that are mapped.

Measured here and used by no ranking yet: the other terms score every item too. Owns the files and
the search in them; what an item's vector or a query is, its callers say. The search is a product
with all items along a few principal directions, read in order and so as fast as memory gives it,
and a second one in full with the short list that the first leaves. It misses an item only where
the directions left out decide. A small catalogue is searched in full at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from bot.ranking.items.best_rows import Rows, best_rows

Matrix = NDArray[np.float32]
DIRECTIONS = 64
"""Principal directions that the first product is over; docs/experiments.md has others."""
SHORT_LIST = 20
"""Items on the short list for each that is asked for."""
WHOLE_UNTIL = 30_000
"""Up to so many items all vectors are multiplied in full."""
BLOCK = 50_000
VECTORS, REDUCED, DIRECTION_FILE = "vectors.npy", "reduced.npy", "directions.npy"


@dataclass(frozen=True)
class TopItems:
    """Vectors of items (items, v), mapped; `reduced` (items, d) is what they are along `directions`
    (v, d). The last two are None where `vectors` are searched in full.
    """

    vectors: Matrix
    reduced: Matrix | None = None
    directions: Matrix | None = None

    @classmethod
    def write(cls, folder: Path, blocks: Iterable[Matrix], items: int, width: int) -> TopItems:
        """Keep the vectors of `items` items, which come in `blocks` of rows, and open them.

        Holds a block at a time. ValueError when the blocks hold other than `items` rows.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for stale in (REDUCED, DIRECTION_FILE, VECTORS):
            # Not written over: whoever has it mapped goes on with it.
            (folder / stale).unlink(missing_ok=True)
        vectors = open_memmap(folder / VECTORS, "w+", np.float32, (items, width))
        total, squares, filled = np.zeros(width), np.zeros((width, width)), 0
        for block in blocks:
            if filled + len(block) <= items:
                vectors[filled : filled + len(block)] = block
            total += block.sum(axis=0, dtype=np.float64)
            squares += block.T @ block
            filled += len(block)
        if filled != items:
            raise ValueError(f"expected the vectors of {items} items, found those of {filled}")
        vectors.flush()
        if items > WHOLE_UNTIL and width > DIRECTIONS:
            centre = total / items
            # Around the centre, though it is not taken out: it moves all scores alike.
            spread = squares / items - np.outer(centre, centre)
            directions = np.linalg.eigh(spread)[1][:, ::-1][:, :DIRECTIONS].astype(np.float32)
            reduced = open_memmap(folder / REDUCED, "w+", np.float32, (items, DIRECTIONS))
            for start in range(0, items, BLOCK):
                reduced[start : start + BLOCK] = vectors[start : start + BLOCK] @ directions
            reduced.flush()
            np.save(folder / DIRECTION_FILE, directions)
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> TopItems:
        """What `write` kept; FileNotFoundError where there is nothing."""
        vectors = np.load(folder / VECTORS, mmap_mode="r")
        if not (folder / DIRECTION_FILE).is_file():
            return cls(vectors)
        reduced = np.load(folder / REDUCED, mmap_mode="r")
        return cls(vectors, reduced, np.load(folder / DIRECTION_FILE))

    def __len__(self) -> int:
        return len(self.vectors)

    def top(self, query: Matrix, k: int) -> tuple[Rows, Matrix]:
        """Rows of the `k` items of largest inner product with `query` (v,), and the products.

        Best first, of equals the earlier row first; fewer where there are fewer items.
        """
        if self.reduced is None or self.directions is None:
            scores = self.vectors @ query
            rows = best_rows(scores, k)
            return rows, np.asarray(scores[rows])
        # In rising order, since the rows lie far apart in memory.
        rows = np.sort(best_rows(self.reduced @ (query @ self.directions), SHORT_LIST * k))
        scores = self.vectors[rows] @ query
        best = best_rows(scores, k)
        return rows[best], np.asarray(scores[best])
