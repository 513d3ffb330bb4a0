"""A catalogue in memory, read only: implements `bot.core.protocols.Catalogue`.

Loaded whole by `storage.catalogue.catalogues.Catalogues.view`. The inverted indexes and number
columns are made when first asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import Column
from bot.core.values import Item
from storage.catalogue.title_search import FullText, TitleSearch


class CatalogueView:
    """All items of one catalogue, by position, id, attribute and words.

    Args:
        name: The catalogue's name.
        fingerprint: Hash of its content.
        items: The items in order of their rows.
        numeric: Attribute column to whether it is numeric.
        full_text: Full-text lookup in the database, if it has one.
    """

    def __init__(
        self,
        name: str,
        fingerprint: str,
        items: Sequence[Item],
        numeric: Mapping[str, bool],
        full_text: FullText | None = None,
    ):
        self.name = name
        self.fingerprint = fingerprint
        self.items: Sequence[Item] = tuple(items)
        self._numeric = dict(numeric)
        self._rows = {item.item_id: row for row, item in enumerate(self.items)}
        self._values: dict[str, dict[str, NDArray[np.int32]]] = {}
        self._numbers: dict[str, NDArray[np.float32]] = {}
        self._lock = threading.Lock()
        self._search = TitleSearch(self.items, full_text)

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """The attribute columns that hold anything, in the file's order."""
        found = {}
        for name, numeric in self._numeric.items():
            if numeric:
                known = self.numbers(name)
                count = len(np.unique(known[~np.isnan(known)]))
            else:
                # Counted only: who holds each value is worked out for columns that are asked for.
                count = len({v for item in self.items for v in item.attributes.get(name, ())})
            if count:
                found[name] = Column(name=name, numeric=numeric, values=count)
        return found

    def row(self, item_id: str) -> int:
        """Row number of an item; KeyError when there is none."""
        return self._rows[item_id]

    def get(self, item_id: str) -> Item | None:
        """An item by id."""
        row = self._rows.get(item_id)
        return None if row is None else self.items[row]

    def by_same_as(self, same_as: str) -> Item | None:
        """The item that shares this id with other catalogues."""
        row = self._by_same_as.get(same_as)
        return None if row is None else self.items[row]

    def values(self, column: str) -> Mapping[str, NDArray[np.int32]]:
        """Attribute value → rows that have it; nothing for a column that no item has."""
        with self._lock:
            if column not in self._values:
                self._values[column] = _holders(self.items, column)
            return self._values[column]

    def numbers(self, column: str) -> NDArray[np.float32]:
        """Numeric column (``year`` and ``popularity`` too) by row, shape (items,), NaN unknown.

        All NaN for a column that no item has, so that a hard constraint on it is met by none.
        """
        with self._lock:
            if column not in self._numbers:
                self._numbers[column] = np.array(
                    [_number(item, column) for item in self.items], dtype=np.float32
                )
                self._numbers[column].flags.writeable = False
            return self._numbers[column]

    def search(self, text: str, limit: int = 20) -> list[Item]:
        """Full-text search that forgives case, accents, a missing article or year."""
        return self._search.search(text, limit)

    @cached_property
    def _by_same_as(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for row, item in enumerate(self.items):
            if item.same_as is not None:
                found.setdefault(item.same_as, row)
        return found


def _holders(items: Sequence[Item], column: str) -> dict[str, NDArray[np.int32]]:
    """Value → rows that have it, in the order of first appearance; all lie in one array."""
    numbers: dict[str, int] = {}
    held: list[int] = []
    rows: list[int] = []
    for row, item in enumerate(items):
        for value in item.attributes.get(column, ()):
            held.append(numbers.setdefault(value, len(numbers)))
            rows.append(row)
    values = np.array(held, dtype=np.int32)
    ordered = np.array(rows, dtype=np.int32)[np.argsort(values, kind="stable")]
    ends = np.cumsum(np.bincount(values, minlength=len(numbers))).tolist()
    starts = [0, *ends][:-1]
    return {
        value: ordered[start:end] for value, start, end in zip(numbers, starts, ends, strict=True)
    }


def _number(item: Item, column: str) -> float:
    if column == "year":
        value: float | None = item.year
    elif column == "popularity":
        value = item.popularity
    else:
        value = item.numbers.get(column)
    return float("nan") if value is None else value
