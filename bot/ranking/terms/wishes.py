"""Kinds, names and times that the words of a dialogue ask for, matched with the catalogue's."""

from __future__ import annotations

import bisect
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

import prompts
from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.core.values import EventKind, split_about
from bot.ranking.items.prior import Roles
from bot.ranking.resolved_query import Ask, Vector
from bot.ranking.terms.term import Features

LEXICON = "lexicon/films.json"
MOST_NAMED = 2.0
SHORTEST_NAME = 6
RECENT_FROM, OLD_UNTIL = 2015, 1995
_RECENT_YEARS = 4
COMMON_IN_TITLES = 0.006
"""Share of all titles from which on a word in them tells nothing of what an item is about."""
LONG_ENOUGH = 5
"""Letters of a theme that may begin a longer word: ``ghost`` in ``ghostbusters``."""
_OLD = patterns.compile(r"\b(old|older|classic|classics|oldies|80s|80's|90s|70s)\b")
_NEW = patterns.compile(r"\b(new|newer|recent|recently|latest|theaters?)\b")
_WORDS = patterns.compile(r"[a-z'\-\.]+")


class WishesTerm:
    """Items that have what was asked for in words, now or in the history."""

    name = "attributes"
    features = ("kinds", "kinds_last", "names", "old", "new", "asked", "asked_names", "themes")

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
        self._themed = self._themes_of_makers()
        years = np.array([item.year or 0 for item in catalogue.items])
        self._old = ((years > 0) & (years < OLD_UNTIL)).astype(np.float32)
        newest = int(years.max(initial=0))
        # The newest of an older catalogue are what "recent" can mean there.
        self._new = (years >= min(RECENT_FROM, newest - _RECENT_YEARS)).astype(np.float32)

    def score(self, ask: Ask) -> Features:
        """Kinds asked for (all, and last), names said, old or new, and the share that an item has
        of the kinds that the message to answer asks for; whether it has a name asked for there,
        and whether it seems to be about a theme of it; shape (8, items).

        The first kinds are divided by the square root of how many were asked for.
        """
        wanted = {about.casefold() for about in ask.query.wants}
        return np.stack(
            [
                self._match(ask.user_words, wanted),
                self._match(ask.last_words, frozenset()),
                self._names_said(ask),
                self._old * np.float32(bool(_OLD.search(ask.user_words))),
                self._new * np.float32(bool(_NEW.search(ask.user_words))),
                self._asked_now(ask.query.asked),
                self._asked_names(ask),
                self.about(ask.query.themes),
            ]
        )

    def _asked_now(self, asked: Sequence[str]) -> Vector:
        total = np.zeros(len(self._catalogue.items), dtype=np.float32)
        held = [
            self._kinds[about.casefold()][1] for about in asked if about.casefold() in self._kinds
        ]
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

    def about(self, themes: Sequence[str]) -> Vector:
        """1 for the items whose title, or what is known of its makers, speaks of a theme.

        A catalogue without descriptions has little else that tells what an item is about. A word
        that many titles have tells nothing.
        """
        total = np.zeros(len(self._catalogue.items), dtype=np.float32)
        most = max(1, int(COMMON_IN_TITLES * len(total)))
        for theme in themes:
            rows = self._titles_with(theme)
            if 0 < len(rows) <= most:
                total[list(rows)] = 1
            total[list(self._themed.get(singular(theme), ()))] = 1
        return total

    def _titles_with(self, theme: str) -> set[int]:
        """Rows whose title has a word, in the singular or plural, or a longer one made with it."""
        stem = singular(theme)
        words = {stem, theme, f"{stem}'s", *self._plurals.get(stem, ())}
        if len(stem) >= LONG_ENOUGH:
            begins = bisect.bisect_left(self._title_words, stem)
            longer = itertools.islice(self._title_words, begins, None)
            words.update(itertools.takewhile(lambda word: word.startswith(stem), longer))
        return {row for word in words for row in self._titles.get(word, ())}

    def _themes_of_makers(self) -> dict[str, set[int]]:
        """Theme → rows, by the words and values that the lexicon gives for it."""
        found: dict[str, set[int]] = {}
        lexicon = prompts.data(LEXICON)
        if not all(column in self._catalogue.columns for column in lexicon["for_columns"]):
            return {}
        for theme, told in lexicon["themes"].items():
            rows = {row for word in told["titles"] for row in self._titles.get(word, ())}
            for about in told["values"]:
                column, value = split_about(about) or ("", "")
                if column in self._catalogue.columns:
                    rows.update(int(r) for r in self._catalogue.values(column).get(value, ()))
            for said in (theme, *told["said"]):
                found[said] = rows
        return found

    def _match(self, words: str, wanted: set[str] | frozenset[str]) -> Vector:
        total = np.zeros(len(self._catalogue.items), dtype=np.float32)
        count = 0
        for about, (pattern, held) in self._kinds.items():
            if about in wanted or (pattern is not None and pattern.search(words)):
                total[held] += 1
                count += 1
        return total / np.float32(np.sqrt(max(count, 1)))

    def _names_said(self, ask: Ask) -> Vector:
        said = {name for name in _phrases(ask.all_words) if name in self._named}
        for about in ask.query.wants:
            parts = split_about(about)
            if parts and parts[1].casefold() in self._named:
                said.add(parts[1].casefold())
        total = np.zeros(len(self._catalogue.items), dtype=np.float32)
        for name in said:
            total[self._named[name]] += 1
        return np.minimum(total, MOST_NAMED)


def _kinds(
    catalogue: Catalogue, roles: Roles
) -> dict[str, tuple[patterns.Pattern[str] | None, np.ndarray]]:
    """``column:value`` → what people call it, and the rows that have it."""
    lexicon = prompts.data(LEXICON)
    fits = all(column in catalogue.columns for column in lexicon["for_columns"])
    found: dict[str, tuple[patterns.Pattern[str] | None, np.ndarray]] = {}
    for column in roles.broad:
        said: Mapping[str, Sequence[str]] = lexicon["values"].get(column, {}) if fits else {}
        spoken = {value.casefold(): words for value, words in said.items()}
        for value, rows in catalogue.values(column).items():
            words = {*spoken.get(value.casefold(), ()), value.casefold()}
            pattern = patterns.compile(
                r"\b(?:" + "|".join(map(patterns.escape, sorted(words))) + r")\b"
            )
            found[f"{column}:{value}".casefold()] = (pattern, np.asarray(rows))
    return found


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


def singular(word: str) -> str:
    """The likely singular of a word in lower case: ``ghosts`` → ``ghost``."""
    bare = word.removesuffix("'s").strip(".'-")
    if bare.endswith("ies") and len(bare) > 4:
        return f"{bare[:-3]}y"
    if bare.endswith(("shes", "ches", "xes", "sses", "zoes", "roes")):
        return bare[:-2]
    return bare[:-1] if bare.endswith("s") and len(bare) > 3 and bare[-2] not in "sau" else bare


def _phrases(words: str) -> set[str]:
    """All runs of two and three words."""
    found = _WORDS.findall(words)
    return {
        " ".join(found[start : start + length])
        for length in (2, 3)
        for start in range(len(found) - length + 1)
    }
