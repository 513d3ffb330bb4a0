"""What an item is called across catalogues, so that what was learned of it serves elsewhere.

A key is the shared id, the title and the year. In another catalogue the item is the one of the
same title and year, of several the one with the same shared id; else the one with the shared id.
The name goes first, since the shared ids of a gathered catalogue are wrong now and then.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import Catalogue
from bot.core.values import Item
from bot.data.linking import fold_title

Rows = NDArray[np.int64]
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class ItemKey:
    """Shared id (None where there is none), folded title, and year (None where unknown)."""

    same_as: str | None
    title: str
    year: int | None

    @classmethod
    def of(cls, item: Item) -> ItemKey:
        """The key of an item."""
        return cls(item.same_as, fold_title(item.title), item.year)

    def as_json(self) -> list[str | int | None]:
        """A list that `from_json` reads."""
        return [self.same_as, self.title, self.year]

    @classmethod
    def from_json(cls, value: Sequence[str | int | None]) -> ItemKey:
        """The key of a list of three; ValueError for anything else."""
        same_as, title, year = value
        if not isinstance(title, str) or isinstance(year, str) or isinstance(same_as, int):
            raise ValueError(f"expected [shared id, title, year], found {value!r}")
        return cls(same_as, title, year)


def rows_of_keys(keys: Iterable[ItemKey], catalogue: Catalogue) -> Rows:
    """The row of each key in `catalogue`, -1 where it is not there, shape (keys,).

    Where several keys lead to one row, it is theirs together.
    """
    by_name: dict[tuple[str, int | None], list[int]] = defaultdict(list)
    by_shared: dict[str, list[int]] = defaultdict(list)
    for row, item in enumerate(catalogue.items):
        by_name[fold_title(item.title), item.year].append(row)
        if item.same_as:
            by_shared[item.same_as].append(row)
    found = []
    for key in keys:
        shared = by_shared.get(key.same_as or "", [])
        named = by_name.get((key.title, key.year), [])
        both = [row for row in named if row in shared]
        # A title alone, without a year, is too little to tell two items apart by.
        sure = named if key.year is not None or len(named) == 1 else []
        found.append(next(iter([*both, *sure, *shared]), NOWHERE))
    return np.asarray(found, dtype=np.int64)


def text_hash(text: str) -> int:
    """A number that stands for a text, the same everywhere: 63 bits of its SHA-256."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def key_hash(item: Item) -> int:
    """A number that stands for an item's folded title and year."""
    return text_hash(f"{fold_title(item.title)} ({item.year})")
