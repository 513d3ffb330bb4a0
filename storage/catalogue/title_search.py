"""Finding items by words: SQLite's full text first, then likeness of titles.

Forgives case, accents, punctuation, a missing or moved article, a missing, present or wrong year,
and small misspellings. What is typed is data: words are quoted for the full-text query language
and bound as a parameter.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property

from rapidfuzz import fuzz, process

from bot.core import patterns
from bot.core.values import Item

LONGEST_QUERY = 200  # characters; nobody types a longer title
MOST_WORDS = 16
ARTICLES = frozenset({"the", "a", "an"})
APOSTROPHE = patterns.compile("['’`´]")
NO_WORD = patterns.compile(r"[\W_]+")
YEAR = patterns.compile(r"(1[89]|20)\d\d")
# Letters that decomposition leaves as they are.
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
DIGITS_AS_LETTERS = str.maketrans("0134578", "oieastb")
SEVEN_AS_V = str.maketrans("0134578", "oieasvb")
LIKENESS = 78.0  # of 100, between whole titles
PART_LIKENESS = 88.0  # of 100, between what was typed and a part of a title
SHORTEST_FUZZY = 4  # characters; anything resembles a shorter word

FullText = Callable[[str, int], Sequence[str]]
"""(query in SQLite's full-text language, how many) → item ids, the best known first."""


def fold_for_search(text: str) -> str:
    """Lower case without accents or punctuation, words apart by one space: ``wall e``."""
    bare = text.casefold().replace("&", " and ")
    if not bare.isascii():
        decomposed = unicodedata.normalize("NFKD", bare)
        bare = "".join(each for each in decomposed if not unicodedata.combining(each))
        bare = bare.casefold().translate(LETTERS)  # decomposing may bring capitals: № → No
    return " ".join(NO_WORD.sub(" ", APOSTROPHE.sub("", bare)).split())


def without_article(words: Sequence[str]) -> tuple[str, ...]:
    """Words without an article in front, or moved behind (``matrix, the``)."""
    if len(words) > 1 and words[0] in ARTICLES:
        return tuple(words[1:])
    if len(words) > 1 and words[-1] in ARTICLES - {"a"}:
        return tuple(words[:-1])
    return tuple(words)


def full_text_query(words: Sequence[str], column: str | None = None) -> str:
    """All words, the last as a beginning; each quoted, so none is an operator."""
    quoted = ['"' + word.replace('"', '""') + '"' for word in words]
    query = " AND ".join([*quoted[:-1], quoted[-1] + "*"])
    return f"{column} : ({query})" if column else query


class TitleSearch:
    """Search over the items of one catalogue.

    `full_text` is None where the database has no full-text table; titles are scanned then.
    """

    def __init__(self, items: Sequence[Item], full_text: FullText | None = None):
        self._items = items
        self._full_text = full_text

    def search(self, text: str, limit: int = 20) -> list[Item]:
        """Items for `text`: exact titles first (the year given first of all), then the best known
        of those whose title, then whose attributes hold the words; else those spelt alike.
        """
        words = fold_for_search(text[:LONGEST_QUERY]).split()[:MOST_WORDS]
        if not words or limit <= 0:
            return []
        readings = [(tuple(words), None), *_with_year(words)]
        tiers: dict[int, tuple[float, ...]] = {}
        for spoken, year in readings:
            moved = " ".join([spoken[-1], *spoken[:-1]])
            for row in self._exact(spoken):
                # "The Heat" before "Heat" for whoever says the article.
                as_said = self._spelt[row] in (" ".join(spoken), moved)
                self._place(tiers, row, 0.0 if as_said else 0.05, year)
        if len(tiers) < limit:
            for spoken, year in readings:
                self._find_words(tiers, spoken, year, limit)
                for row in self._begin(spoken, limit):
                    if row not in tiers:
                        self._place(tiers, row, 2.0, year)
        if not tiers:
            for spoken, year in readings[::-1]:
                for row, likeness in self._alike(" ".join(without_article(spoken)), limit):
                    self._place(tiers, row, 4.0 - likeness / 100.0, year)
                if tiers:
                    break
        best = sorted(tiers, key=lambda row: tiers[row])
        return [self._items[row] for row in best[:limit]]

    def exact(self, text: str) -> list[Item]:
        """Items whose title is `text`, but for case, accents, punctuation and article."""
        rows = self._exact(fold_for_search(text[:LONGEST_QUERY]).split())
        return [self._items[row] for row in sorted(rows, key=lambda row: -self._known(row))]

    def _place(
        self, tiers: dict[int, tuple[float, ...]], row: int, tier: float, year: int | None
    ) -> None:
        # A year that was typed and fits wins over everything, one that does not loses its tier.
        own = self._items[row].year
        if year is not None:
            tier += 0.0 if own == year else (0.25 if own and abs(own - year) == 1 else 0.5)
        else:
            tier += 0.1
        place = (tier, -self._known(row), float(row))
        tiers[row] = min(place, tiers.get(row, place))

    def _known(self, row: int) -> float:
        popularity = self._items[row].popularity
        return float("-inf") if popularity is None else popularity

    def _exact(self, words: Sequence[str]) -> list[int]:
        key = "".join(without_article(words))
        found = list(self._by_key.get(key, ()))
        if not found and any(each.isdigit() for each in key) and not key.isdigit():
            for table in (SEVEN_AS_V, DIGITS_AS_LETTERS):
                found.extend(self._by_key.get(key.translate(table), ()))
        return found

    def _begin(self, words: Sequence[str], limit: int) -> list[int]:
        """Titles that begin with the words, wherever the spaces stand: ``spiderman 2``."""
        key = "".join(without_article(words))
        if len(key) < SHORTEST_FUZZY:
            return []
        first = bisect_left(self._sorted_keys, (key, -1))
        near = self._sorted_keys[first : first + 4 * limit]
        return [row for other, row in near if other.startswith(key)]

    def _find_words(
        self,
        tiers: dict[int, tuple[float, ...]],
        words: tuple[str, ...],
        year: int | None,
        limit: int,
    ) -> None:
        bare = without_article(words)
        if self._full_text is None:
            self._scan(tiers, bare, year)
            return
        for column, tier in (("title", 1.0), (None, 3.0)):
            if column is None and len(tiers) >= limit:
                return
            for item_id in self._full_text(full_text_query(bare, column), 4 * limit + 40):
                row = self._row_of.get(item_id)
                if row is not None and (column or row not in tiers):
                    # A title that begins with the words before one that has them somewhere.
                    starts = self._folded[row].startswith(" ".join(bare))
                    self._place(tiers, row, tier if starts or not column else 2.0, year)

    def _scan(
        self, tiers: dict[int, tuple[float, ...]], words: tuple[str, ...], year: int | None
    ) -> None:
        phrase = " ".join(words)
        for row, title in enumerate(self._folded):
            if title.startswith(phrase):
                self._place(tiers, row, 1.0, year)
            elif all(word in title for word in words):
                self._place(tiers, row, 2.0, year)

    def _alike(self, phrase: str, limit: int) -> list[tuple[int, float]]:
        if len(phrase) < SHORTEST_FUZZY:
            return []
        found = process.extract(
            phrase, self._folded, scorer=fuzz.ratio, score_cutoff=LIKENESS, limit=limit
        )
        if not found and len(phrase) > SHORTEST_FUZZY + 2:
            long_enough = [title if len(title) >= len(phrase) else None for title in self._folded]
            found = process.extract(
                phrase,
                long_enough,
                scorer=fuzz.partial_ratio,
                score_cutoff=PART_LIKENESS,
                limit=limit,
            )
        # In steps of five, so that of two titles about as like the better known comes first.
        return [(row, 5.0 * round(score / 5.0)) for _, score, row in found]

    @cached_property
    def _folded(self) -> list[str]:
        return [" ".join(without_article(title.split())) for title in self._spelt]

    @cached_property
    def _spelt(self) -> list[str]:
        return [fold_for_search(item.title) for item in self._items]

    @cached_property
    def _by_key(self) -> dict[str, list[int]]:
        by_key: dict[str, list[int]] = defaultdict(list)
        for row, title in enumerate(self._folded):
            by_key[title.replace(" ", "")].append(row)
        return dict(by_key)

    @cached_property
    def _sorted_keys(self) -> list[tuple[str, int]]:
        return sorted((key, row) for key, rows in self._by_key.items() for row in rows)

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {item.item_id: row for row, item in enumerate(self._items)}


def _with_year(words: Sequence[str]) -> list[tuple[tuple[str, ...], int]]:
    """The reading in which the last word is a year, if it can be one."""
    if len(words) > 1 and YEAR.fullmatch(words[-1]):
        return [(tuple(words[:-1]), int(words[-1]))]
    return []
