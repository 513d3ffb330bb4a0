"""Vectors of items: what the language model associates with them, and cheap features of all.

`ItemSpace` is learned at training and travels with the adapter. Items of its table (well-known
ones and those with data) have the model's own vector, found again by their keys; any other gets
what a linear map makes of its features, so that a new item stands near its like at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.engine.token_bags import TokenBags
from adapters.engine.whitening import Whitening
from bot.core.protocols import Catalogue
from bot.core.values import Item
from bot.ranking.items.cached_vectors import cached_vectors
from bot.ranking.items.keys import ItemKey, rows_of_keys
from bot.ranking.items.prior import Roles, prior_features
from bot.ranking.terms.likeness import MOST_NAMES, values_of

Matrix = NDArray[np.float32]
HALF_WIDTH = 64
BAG_WIDTH = 128
BAG_SIZE = 0.5
"""Length of an average bag vector."""
NAMES_READ = 8
TEXTS_AT_ONCE = 25_000
"""Items whose texts are read together; the fields of so many take 230 MB."""
RIDGE = 30.0
LAYOUT = "1"
"""Raised when vectors come out otherwise of the same things, so that cached ones are made again."""


@dataclass(frozen=True)
class ItemSpace:
    """How items become vectors (items, 128) and features (items, f).

    `table` holds the vectors (keys, 128) of `keys`; `facts` are the names of the catalogue's
    features with their `centre` and `spread`; `distilled` maps features and a one to a vector.
    """

    keys: tuple[ItemKey, ...]
    table: Matrix
    bags: Whitening
    bag_scale: float
    facts: tuple[str, ...]
    centre: Matrix
    spread: float
    distilled: Matrix = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    @classmethod
    def fit(
        cls,
        catalogue: Catalogue,
        roles: Roles,
        known: Mapping[int, float],
        bags: TokenBags,
        keys: Sequence[ItemKey],
        states: tuple[Matrix, Matrix],
    ) -> ItemSpace:
        """Learn the space from the catalogue's texts and the model's two `states` of `keys`."""
        table = np.concatenate(
            [Whitening.of(part, HALF_WIDTH)(part) for part in states], axis=1
        ) / np.float32(np.sqrt(2))
        raw = bags.fields([_texts(item, roles) for item in catalogue.items])
        centre = raw.mean(axis=0)
        width = min(BAG_WIDTH, *raw.shape)
        # Principal directions from the Gram matrix: the fields are wide, the items many.
        _, right = np.linalg.eigh((raw - centre).T @ (raw - centre))
        directions = np.ascontiguousarray(right[:, ::-1][:, :width])
        whitening = Whitening(centre, directions.astype(np.float32))
        reduced = (raw - centre) @ directions
        scale = BAG_SIZE / max(float(np.linalg.norm(reduced, axis=1).mean()), 1e-6)
        names, matrix = prior_features(catalogue, roles, known)
        middle = matrix.mean(axis=0)
        spread = max(float(np.linalg.norm(matrix - middle, axis=1).mean()), 1e-6)
        space = cls(tuple(keys), table.astype(np.float32), whitening, scale, names, middle, spread)
        features = space._features(catalogue, roles, known, bags)
        rows = rows_of_keys(keys, catalogue)
        there = rows >= 0
        inputs = _with_one(features[rows[there]])
        gram = inputs.T @ inputs + RIDGE * np.eye(inputs.shape[1], dtype=np.float32)
        distilled = np.linalg.solve(gram, inputs.T @ table[there]).astype(np.float32)
        return cls(space.keys, space.table, whitening, scale, names, middle, spread, distilled)

    def on(
        self,
        catalogue: Catalogue,
        roles: Roles,
        known: Mapping[int, float],
        bags: TokenBags | None,
    ) -> tuple[Matrix, Matrix]:
        """(vectors, features) of a catalogue: (items, 128) and (items, f).

        The features are the vector, the bag and the facts side by side.
        """
        features = self._features(catalogue, roles, known, bags)
        vectors = _with_one(features) @ self.distilled
        rows = rows_of_keys(self.keys, catalogue)
        vectors[rows[rows >= 0]] = self.table[rows >= 0]
        return vectors, np.concatenate([vectors, features], axis=1)

    def cached_on(
        self,
        catalogue: Catalogue,
        roles: Roles,
        known: Mapping[int, float],
        bags: TokenBags | None,
        folder: Path | None,
    ) -> tuple[Matrix, NDArray[np.float16]]:
        """As `on` but for rounding to half precision, from files in `folder` where this space has
        met this catalogue before; see `cached_vectors`.
        """
        said = json.dumps([LAYOUT, catalogue.fingerprint, str(roles), self.document()])
        digest = hashlib.sha256(said.encode())
        for array in (*self.tables().values(), *_columns(known)):
            digest.update(array.tobytes())
        digest.update(b"" if bags is None else bags.mark)
        width = self.table.shape[1]
        others = self.bags.directions.shape[1] + len(self.facts)
        return cached_vectors(
            None if bags is None else folder,
            f"{catalogue.name}-",
            digest.hexdigest()[:16],
            lambda: self.on(catalogue, roles, known, bags),
            rows=len(catalogue.items),
            widths=(width, width + others),
        )

    def tables(self) -> dict[str, NDArray[Any]]:
        """The arrays to keep, by name."""
        return {
            "item_vectors": self.table.astype(np.float16),
            "bag_centre": self.bags.mean.astype(np.float16),
            "bag_directions": self.bags.directions.astype(np.float16),
            "fact_centre": self.centre,
            "distilled": self.distilled.astype(np.float16),
        }

    def document(self) -> dict[str, Any]:
        """What is kept as JSON."""
        return {
            "keys": [key.as_json() for key in self.keys],
            "bag_scale": self.bag_scale,
            "facts": list(self.facts),
            "spread": self.spread,
        }

    @classmethod
    def read(cls, document: Mapping[str, Any], tables: Mapping[str, NDArray[Any]]) -> ItemSpace:
        """The space that `document` and `tables` describe; KeyError when something is missing."""
        return cls(
            keys=tuple(ItemKey.from_json(value) for value in document["keys"]),
            table=tables["item_vectors"].astype(np.float32),
            bags=Whitening(
                tables["bag_centre"].astype(np.float32),
                tables["bag_directions"].astype(np.float32),
            ),
            bag_scale=float(document["bag_scale"]),
            facts=tuple(document["facts"]),
            centre=tables["fact_centre"].astype(np.float32),
            spread=float(document["spread"]),
            distilled=tables["distilled"].astype(np.float32),
        )

    def _features(
        self,
        catalogue: Catalogue,
        roles: Roles,
        known: Mapping[int, float],
        bags: TokenBags | None,
    ) -> Matrix:
        """Bag and facts, (items, f); without `bags` that part is zeros."""
        if bags is None:
            bag = np.zeros((len(catalogue.items), self.bags.directions.shape[1]), np.float32)
        else:
            bag = self._bags_of(catalogue, roles, bags)
        names, matrix = prior_features(catalogue, roles, known)
        place = {name: number for number, name in enumerate(names)}
        facts = np.zeros((len(catalogue.items), len(self.facts)), np.float32)
        for column, name in enumerate(self.facts):
            if name in place:
                facts[:, column] = matrix[:, place[name]]
        return np.concatenate([bag, (facts - self.centre) / np.float32(self.spread)], axis=1)

    def _bags_of(self, catalogue: Catalogue, roles: Roles, bags: TokenBags) -> Matrix:
        """The items' texts along the bags' directions, (items, 128), so many at a time.

        How rare a token is is counted within a part; each part takes items from all over the
        catalogue, so that its counts are a sample of the whole's.
        """
        count = len(catalogue.items)
        found = np.empty((count, self.bags.directions.shape[1]), dtype=np.float32)
        parts = max(-(-count // TEXTS_AT_ONCE), 1)
        for part in range(parts):
            raw = bags.fields([_texts(item, roles) for item in catalogue.items[part::parts]])
            reduced = (raw - self.bags.mean) @ self.bags.directions
            found[part::parts] = reduced * self.bag_scale
        return found


def context_vector(vectors: Matrix, rows: Sequence[int], weights: Matrix) -> Matrix:
    """The weighted mean of the mentioned items' vectors, (128,); zeros when there are none."""
    if not rows:
        return np.zeros(vectors.shape[1], dtype=np.float32)
    return np.asarray((weights / weights.sum()) @ vectors[list(rows)], dtype=np.float32)


def _texts(item: Item, roles: Roles) -> tuple[str, str, str, str]:
    names = values_of(item, roles.narrow)[: min(NAMES_READ, MOST_NAMES)]
    kinds = sorted(values_of(item, roles.broad))
    return item.title, item.description or "", ", ".join(names), ", ".join(kinds)


def _columns(known: Mapping[int, float]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    return np.array([*known], dtype=np.int64), np.array([*known.values()], dtype=np.float64)


def _with_one(features: Matrix) -> Matrix:
    return np.concatenate([features, np.ones((len(features), 1), np.float32)], axis=1)
