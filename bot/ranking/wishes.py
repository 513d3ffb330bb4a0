"""Kinds, names and times that the words of a dialogue ask for, matched with the catalogue's."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

import prompts
from bot.domain import split_about
from bot.protocols import Catalogue
from bot.ranking.ask import Ask, Vector
from bot.ranking.prior import Roles
from bot.ranking.terms import Features

LEXICON = "lexicon/films.json"
MOST_NAMED = 2.0
SHORTEST_NAME = 6
RECENT_FROM, OLD_UNTIL = 2015, 1995
_RECENT_YEARS = 4
_OLD = re.compile(r"\b(old|older|classic|classics|oldies|80s|80's|90s|70s)\b")
_NEW = re.compile(r"\b(new|newer|recent|recently|latest|theaters?)\b")
_WORDS = re.compile(r"[a-z'\-\.]+")


class WishesTerm:
    """Items that have what was asked for in words, now or in the history."""

    name = "attributes"
    features = ("kinds", "kinds_last", "names", "old", "new", "asked")

    def __init__(self, catalogue: Catalogue, roles: Roles) -> None:
        self._catalogue = catalogue
        self._kinds = _kinds(catalogue, roles)
        self._named = _names(catalogue, roles)
        years = np.array([item.year or 0 for item in catalogue.items])
        self._old = ((years > 0) & (years < OLD_UNTIL)).astype(np.float32)
        newest = int(years.max(initial=0))
        # The newest of an older catalogue are what "recent" can mean there.
        self._new = (years >= min(RECENT_FROM, newest - _RECENT_YEARS)).astype(np.float32)

    def score(self, ask: Ask) -> Features:
        """Kinds asked for (all, and last), names said, old or new, and the share that an item has
        of the kinds that the message to answer asks for, shape (6, items).

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
) -> dict[str, tuple[re.Pattern[str] | None, np.ndarray]]:
    """``column:value`` → what people call it, and the rows that have it."""
    lexicon = prompts.data(LEXICON)
    fits = all(column in catalogue.columns for column in lexicon["for_columns"])
    found: dict[str, tuple[re.Pattern[str] | None, np.ndarray]] = {}
    for column in roles.broad:
        said: Mapping[str, Sequence[str]] = lexicon["values"].get(column, {}) if fits else {}
        spoken = {value.casefold(): words for value, words in said.items()}
        for value, rows in catalogue.values(column).items():
            words = {*spoken.get(value.casefold(), ()), value.casefold()}
            pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(words))) + r")\b")
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


def _phrases(words: str) -> set[str]:
    """All runs of two and three words."""
    found = _WORDS.findall(words)
    return {
        " ".join(found[start : start + length])
        for length in (2, 3)
        for start in range(len(found) - length + 1)
    }
