"""A catalogue held in a list: what rankers and readers need of one, without a database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import Column
from bot.core.values import Item
from storage.catalogue.title_search import fold_for_search


class MemoryCatalogue:
    """Satisfies bot.core.protocols.Catalogue over the given items."""

    def __init__(self, items: Iterable[Item], name: str = "small") -> None:
        self.name = name
        self.items: Sequence[Item] = tuple(items)
        self._rows = {item.item_id: row for row, item in enumerate(self.items)}
        self._same_as = {item.same_as: item for item in reversed(self.items) if item.same_as}

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(repr(self.items).encode()).hexdigest()

    @property
    def columns(self) -> Mapping[str, Column]:
        names = dict.fromkeys(name for item in self.items for name in item.attributes)
        numeric = dict.fromkeys(name for item in self.items for name in item.numbers)
        return {
            **{name: Column(name, False, len(self.values(name))) for name in names},
            **{name: Column(name, True, 0) for name in numeric},
        }

    def row(self, item_id: str) -> int:
        return self._rows[item_id]

    def get(self, item_id: str) -> Item | None:
        row = self._rows.get(item_id)
        return None if row is None else self.items[row]

    def by_same_as(self, same_as: str) -> Item | None:
        return self._same_as.get(same_as)

    def values(self, column: str) -> Mapping[str, NDArray[np.int32]]:
        rows: dict[str, list[int]] = {}
        for row, item in enumerate(self.items):
            for value in item.attributes.get(column, ()):
                rows.setdefault(value, []).append(row)
        return {value: np.array(found, np.int32) for value, found in rows.items()}

    def numbers(self, column: str) -> NDArray[np.float32]:
        def of(item: Item) -> float | None:
            if column == "year":
                return item.year
            return item.popularity if column == "popularity" else item.numbers.get(column)

        known = [of(item) for item in self.items]
        return np.array([np.nan if value is None else value for value in known], np.float32)

    def search(self, text: str, limit: int = 20) -> list[Item]:
        words = fold_for_search(text).split()
        found = [
            item
            for item in self.items
            if all(word in fold_for_search(item.title) for word in words)
        ]
        return found[:limit]


def read_items(path: Path) -> list[Item]:
    """Items of a JSON Lines catalogue file, for trials; the product has its own importer."""
    known = {"id", "title", "year", "description", "popularity", "image_url", "url", "same_as"}
    items = []
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            attributes = {
                key: tuple(map(str, value if isinstance(value, list) else [value]))
                for key, value in row.items()
                if key not in known and value
            }
            items.append(
                Item(
                    item_id=str(row["id"]),
                    title=row["title"],
                    year=row.get("year"),
                    attributes=attributes,
                    description=row.get("description"),
                    popularity=row.get("popularity"),
                    same_as=row.get("same_as"),
                )
            )
    return items
