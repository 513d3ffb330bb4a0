"""Kinds, names, times and themes that a dialogue asks for, matched with the catalogue's.

What the words mean was understood before (`Wish`); here it is looked up in the items.
"""

from __future__ import annotations

import bisect
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.core.values import EventKind, Wish, WishKind, about_attribute, split_about
from bot.ranking.items.prior import Roles
from bot.ranking.resolved_query import Ask, Vector
from bot.ranking.terms.term import Features
from bot.understanding.text import singular

MOST_NAMED = 2.0
SHORTEST_NAME = 6
RECENT_FROM, OLD_UNTIL = 2015, 1995
_RECENT_YEARS = 4
COMMON_IN_TITLES = 0.006
"""Share of all titles from which on a word in them tells nothing of what an item is about."""
LONG_ENOUGH = 5
"""Letters of a theme that may begin a longer word: ``ghost`` in ``ghostbusters``."""
_WORDS = patterns.compile(r"[a-z'\-\.]+")


class WishesTerm:
    """Items that have what was asked for in words, now or in the history."""

    name = "attributes"
    features = ("kinds", "names", "old", "new", "asked", "asked_names", "themes")

    def __init__(self, catalogue: Catalogue, roles: Roles) -> None:
        self._catalogue = catalogue
        self._kinds = _kinds(catalogue, roles)
        self._named = _names(catalogue, roles)
        self._titles = _title_words(catalogue)
        self._title_words = sorted(self._titles)
        self._plurals: dict[str, list[str]] = defaultdict(list)
        for word in self._title_words:
            if (stem := singular(word)) != word:
                self._plurals[stem].append(word)
        years = np.array([item.year or 0 for item in catalogue.items])
        self._old = ((years > 0) & (years < OLD_UNTIL)).astype(np.float32)
        newest = int(years.max(initial=0))
        # The newest of an older catalogue are what "recent" can mean there.
        self._new = (years >= min(RECENT_FROM, newest - _RECENT_YEARS)).astype(np.float32)

    def score(self, ask: Ask) -> Features:
        """Kinds and names spoken of, old or new, and the share that an item has of the kinds that
        the message to answer asks for; whether it has a name asked for there, and whether it seems
        to be about a theme of it; shape (7, items).

        The first are divided by the square root of how many there are. What is refused never
        raises: of kinds and names it counts for nothing, of times and themes against an item.
        """
        wishes = ask.query.wishes
        values = (w.about for w in wishes if w.kind is WishKind.VALUE and not w.refused)
        spoken = dict.fromkeys((*values, *ask.query.wants))
        return np.stack(
            [
                self._kinds_among(spoken),
                self._names_among(spoken),
                self._old * _sign(wishes, "old"),
                self._new * _sign(wishes, "recent"),
                self._asked_now(ask.query.asked),
                self._asked_names(ask),
                self._themes_now(ask),
            ]
        )

    def _asked_now(self, asked: Sequence[str]) -> Vector:
        total = np.zeros(len(self._catalogue.items), dtype=np.float32)
        held = [self._kinds[about.casefold()] for about in asked if about.casefold() in self._kinds]
        for rows in held:
            total[rows] += 1 / len(held)
        return total

    def _asked_names(self, ask: Ask) -> Vector:
        """1 for the items that have a name wished for now; a name that is but liked counts less."""
        total = np.zeros(len(self._catalogue.items), dtype=np.float32)
        wished = frozenset(ask.query.profile.about(EventKind.WANTS))
        for about in ask.query.asked:
            if about not in wished:
                continue
            column, value = split_about(about) or ("", "")
            known = self._catalogue.columns.get(column)
            if about.casefold() in self._kinds or known is None or known.numeric:
                continue
            total[np.asarray(self._catalogue.values(column).get(value, ()), dtype=np.int64)] = 1
        return total

    def _themes_now(self, ask: Ask) -> Vector:
        """1 for the items that are about a theme of the message to answer; -1 if it is refused."""
        total = np.zeros(len(self._catalogue.items), dtype=np.float32)
        now = max(
            (place for place, turn in enumerate(ask.query.turns) if turn.speaker == "user"),
            default=0,
        )
        themes = [wish for wish in ask.query.wishes if wish.kind is WishKind.THEME]
        for wish in sorted(themes, key=lambda wish: wish.refused):
            if wish.refused or wish.turn == now:
                total[self._about(wish)] = -1 if wish.refused else 1
        return total

    def _about(self, wish: Wish) -> list[int]:
        """Rows whose title, or what is known of its makers, speaks of a theme.

        A catalogue without descriptions has little else that tells what an item is about. A word
        that many titles have tells nothing.
        """
        found = self._titles_with(wish.about)
        if len(found) > max(1, int(COMMON_IN_TITLES * len(self._catalogue.items))):
            found = set()
        for word in wish.title_words:
            found.update(self._titles.get(word, ()))
        for about in wish.values:
            column, value = split_about(about) or ("", "")
            if column in self._catalogue.columns:
                found.update(map(int, self._catalogue.values(column).get(value, ())))
        return sorted(found)

    def _titles_with(self, theme: str) -> set[int]:
        """Rows whose title has a word, in the singular or plural, or a longer one made with it."""
        stem = singular(theme)
        words = {stem, theme, f"{stem}'s", *self._plurals.get(stem, ())}
        if len(stem) >= LONG_ENOUGH:
            begins = bisect.bisect_left(self._title_words, stem)
            longer = itertools.islice(self._title_words, begins, None)
            words.update(itertools.takewhile(lambda word: word.startswith(stem), longer))
        return {row for word in words for row in self._titles.get(word, ())}

    def _kinds_among(self, abouts: Iterable[str]) -> Vector:
        total = np.zeros(len(self._catalogue.items), dtype=np.float32)
        kinds = {about.casefold() for about in abouts} & self._kinds.keys()
        for about in kinds:
            total[self._kinds[about]] += 1
        return total / np.float32(np.sqrt(max(len(kinds), 1)))

    def _names_among(self, abouts: Iterable[str]) -> Vector:
        total = np.zeros(len(self._catalogue.items), dtype=np.float32)
        for name in {(split_about(about) or ("", ""))[1].casefold() for about in abouts}:
            if name in self._named:
                total[self._named[name]] += 1
        return np.minimum(total, MOST_NAMED)


def _sign(wishes: Sequence[Wish], time: str) -> np.float32:
    """1 when a time is wanted or spoken of, -1 when it is refused."""
    said = [wish for wish in wishes if wish.kind is WishKind.TIME and wish.about == time]
    return np.float32(0 if not said else -1 if said[-1].refused else 1)


def _kinds(catalogue: Catalogue, roles: Roles) -> dict[str, np.ndarray]:
    """``column:value`` in lower case → the rows that have it."""
    return {
        about_attribute(column, value).casefold(): np.asarray(rows)
        for column in roles.broad
        for value, rows in catalogue.values(column).items()
    }


class _Holders:
    """Name → rows that hold it, in one array: there are tens of thousands, of a few rows each."""

    def __init__(self, rows: Mapping[str, set[int]]) -> None:
        self._places = {name: place for place, name in enumerate(rows)}
        self._starts = np.cumsum([0, *map(len, rows.values())], dtype=np.int32)
        self._rows = np.array([row for held in rows.values() for row in sorted(held)], np.int32)

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def __getitem__(self, name: str) -> np.ndarray:
        place = self._places[name]
        return self._rows[self._starts[place] : self._starts[place + 1]]


def _names(catalogue: Catalogue, roles: Roles) -> _Holders:
    """A name of two or three words in lower case → rows that hold it in any column."""
    rows: dict[str, set[int]] = defaultdict(set)
    for column in roles.narrow:
        for value, holders in catalogue.values(column).items():
            if len(value) >= SHORTEST_NAME and " " in value:
                rows[value.casefold()].update(holders.tolist())
    return _Holders(rows)


def _title_words(catalogue: Catalogue) -> dict[str, np.ndarray]:
    """A word in lower case → the rows whose title has it."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, item in enumerate(catalogue.items):
        for word in set(_WORDS.findall(item.title.casefold())):
            rows[word].append(row)
    return {word: np.array(held) for word, held in rows.items()}
