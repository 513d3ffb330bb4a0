"""Items like those that the dialogue mentions, by what the catalogue says of them, and in time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.core.values import Item
from bot.ranking.items.prior import Roles
from bot.ranking.resolved_query import Ask, Vector
from bot.ranking.terms.term import Features

TITLE_STOP = frozenset("the a of and in to with part volume movie for on my is at from".split())  # noqa: SIM905
"""Words that two titles may share without being related."""
MOST_NAMES = 24
"""Names of an item that count; beyond them they are extras."""
MOST_YEARS = 30.0
UNKNOWN_YEAR = -1.0
"""Closeness in time of an item whose year is not known, as of one ten years off."""
_WORD = patterns.compile(r"(?u)\b[^\W\d]\w+\b")


@dataclass(frozen=True)
class LikenessIndex:
    """Unit rows of items in four spaces: title words, description, names, kinds."""

    catalogue: Catalogue
    roles: Roles

    @cached_property
    def spaces(self) -> dict[str, sparse.csr_matrix]:
        """Space → items × features, float32, rows of length 1 (or 0), CSR."""
        items = self.catalogue.items
        return {
            "title": _tfidf([_title_words(item) for item in items]),
            "description": _tfidf([f"{item.description or ''} {item.title}" for item in items]),
            "names": _tfidf([values_of(item, self.roles.narrow)[:MOST_NAMES] for item in items]),
            "kinds": _tfidf([values_of(item, self.roles.broad) for item in items], rare=1),
        }

    @cached_property
    def _holders(self) -> dict[str, sparse.csr_matrix]:
        """Space → features × items: whoever has a feature is found without reading all items."""
        return {name: space.T.tocsr() for name, space in self.spaces.items()}

    def cosines(self, space: str, rows: Sequence[int]) -> NDArray[np.float32]:
        """How alike every item is to each of `rows` in a space, shape (items, rows)."""
        found = self.spaces[space][list(rows)].dot(self._holders[space]).toarray()
        # An item's cosines lie together, so that sums over them have one order of adding.
        return np.ascontiguousarray(found.T)

    def cosines_of(self, space: str, row: int, others: Sequence[int]) -> NDArray[np.float32]:
        """How alike the item in `row` is to each of `others` in a space, shape (others,)."""
        rows = self.spaces[space]
        own = np.zeros(rows.shape[1], dtype=np.float32)
        features, values = _row(rows, row)
        own[features] = values
        found = [own[at] @ of for at, of in (_row(rows, each) for each in others)]
        return np.array(found, dtype=np.float32)

    @cached_property
    def years(self) -> Vector:
        """Year by row, 0 where unknown, shape (items,)."""
        return np.array([item.year or 0 for item in self.catalogue.items], dtype=np.float32)


class LikenessTerm:
    """How much an item is like the mentioned ones: on average, and like the nearest of them."""

    name = "alike"
    features = (
        *("title", "title_nearest", "description", "description_nearest"),
        *("names", "names_nearest", "kinds", "kinds_nearest"),
    )

    def __init__(self, index: LikenessIndex) -> None:
        self._index = index

    def score(self, ask: Ask) -> Features:
        """Weighted mean and maximum of the cosines in each space, shape (8, items)."""
        found = np.zeros((len(self.features), len(ask.catalogue.items)), dtype=np.float32)
        if not ask.rows:
            return found
        share = ask.weights / ask.weights.sum()
        for place, space in enumerate(self._index.spaces):
            cosines = self._index.cosines(space, ask.rows)
            found[2 * place] = cosines @ share
            # Column by column: a maximum over short rows takes ten times as long.
            found[2 * place + 1] = reduce(np.maximum, cosines.T)
        return found

    def blame(self, ask: Ask, row: int) -> dict[int, Sequence[float]]:
        """Mentioned row → its part of each feature; the maximum is all the nearest one's."""
        if not ask.rows:
            return {}
        share = ask.weights / ask.weights.sum()
        parts = np.zeros((len(ask.rows), len(self.features)), dtype=np.float32)
        for place, space in enumerate(self._index.spaces):
            cosines = self._index.cosines_of(space, row, ask.rows)
            parts[:, 2 * place] = cosines * share
            nearest = int(cosines.argmax())
            parts[nearest, 2 * place + 1] = cosines[nearest]
        return {other: parts[n].tolist() for n, other in enumerate(ask.rows)}


class TimeTerm:
    """Items of about the time of the mentioned ones."""

    name = "time"
    features = ("closeness",)

    def __init__(self, index: LikenessIndex) -> None:
        self._years = index.years

    def score(self, ask: Ask) -> Features:
        """Minus the years from the mentioned ones' mean, in decades up to 3, shape (1, items)."""
        years = self._years[list(ask.rows)]
        known = years > 0
        if not known.any():
            return np.zeros((1, len(self._years)), dtype=np.float32)
        centre = np.average(years[known], weights=ask.weights[known])
        apart = np.minimum(np.abs(self._years - centre), MOST_YEARS) / 10
        return np.where(self._years > 0, -apart, UNKNOWN_YEAR)[None].astype(np.float32)


def values_of(item: Item, columns: Iterable[str]) -> list[str]:
    """The item's values in `columns`, each once, without regard to case."""
    return list(
        dict.fromkeys(
            value.casefold() for column in columns for value in item.attributes.get(column, ())
        )
    )


def _row(space: sparse.csr_matrix, row: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Features of an item and their values; SciPy takes ten times as long to cut out a row."""
    part = slice(space.indptr[row], space.indptr[row + 1])
    return space.indices[part], space.data[part]


def _title_words(item: Item) -> list[str]:
    return [word for word in _WORD.findall(item.title.lower()) if word not in TITLE_STOP]


def _tfidf(documents: Sequence[str] | Sequence[list[str]], rare: int = 2) -> sparse.csr_matrix:
    """Unit TF-IDF rows; lists are taken as their words, texts are split into English words."""
    # Imported here: it takes seconds, and an index that was cached does without it.
    from sklearn.feature_extraction.text import TfidfVectorizer

    lists = not documents or isinstance(documents[0], list)
    options = {"analyzer": _same} if lists else {"stop_words": "english"}
    if len(documents) < 50:
        rare = 1
    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=rare, dtype=np.float32, **options)
    try:
        return vectorizer.fit_transform(documents).tocsr()
    except ValueError:  # no words at all
        return sparse.csr_matrix((len(documents), 1), dtype=np.float32)


def _same(words: list[str]) -> list[str]:
    return words
