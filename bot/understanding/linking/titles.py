"""The titles of a catalogue as people write them, and which item each writing means.

Owns the variants of a title (without article, subtitle, presenter, ``Part``; a franchise's common
beginning), how ambiguous each is as plain English, and the choice among items that share one.
Whether a passage of a message means a title at all is left to `linking`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.core.values import Item
from bot.understanding.lexicon import English
from bot.understanding.linking.fame import company_of, fame_of
from bot.understanding.linking.spellings import spelt_alike
from bot.understanding.text import compact, sound, tokenise, word_set

ARTICLES = word_set("""the a an le la les el il der die das""")
_PARTS = patterns.compile(r"\s*(?::|\s[-–—]\s|\s?–\s?|\s/\s)\s*")
_BRACKETS = patterns.compile(r"\([^)]*\)")
_POSSESSIVE = patterns.compile(r"^(?:\S+\s){0,2}\S+(?:['’]s|s['’])\s+(?=\S+\s+\S)")
_ARTICLE = patterns.compile(r"^(?:the|a|an)\s+(?=\S+\s)", patterns.IGNORECASE)
_JOINED = patterns.compile(r"^(?P<name>\S+(?:\s\S+)+?) (?:and|&) the .+")
_LETTERS = patterns.compile(r"(?:[A-Z]\.){2,}")  # E.T. of a longer title
_POINTING = word_set(
    """it that this these those one ones you i me them they he she him her us we all what so no
    yes too much more other others some any"""
)
_UNITS = word_set("year years minute minutes hour hours day days week weeks month months ten")
_HOUSEHOLD_NAME = 0.35  # of the greatest fame: words of a title this well known need less context
_SHORTEST_SOUND = 9  # letters
MAX_WORDS = 16
_OBSCURE = 2.5  # a whole title this much less known than a series of that name gives way to it
_AS_WELL_KNOWN = 3.0  # of fame: a twentieth of the best known's standing


class Form(IntEnum):
    """How much of a title a variant keeps; smaller is closer to the whole."""

    FULL = 0
    NO_ARTICLE = 1
    MAIN = 2  # what stands before the subtitle, or what a series' titles begin with
    SUBTITLE = 3


class Ambiguity(IntEnum):
    """How much context a variant needs before it is taken for a title."""

    NONE = 0
    SLIGHT = 1
    COMMON = 2  # an ordinary word or two
    EVERYDAY = 3  # words of every sentence
    GRAMMAR = 4  # nothing but function words


class Variant(NamedTuple):
    """One writing of some items' titles: rows by form, and how ambiguous the words are.

    A tuple, as tens of thousands are read at a start: a dataclass takes five times as long.
    """

    rows: tuple[tuple[int, Form], ...]
    words: int
    ambiguity: Ambiguity
    punctuated: bool  # the title itself has a mark that could end a sentence


def _variants(title: str) -> Iterable[tuple[tuple[str, ...], tuple[str, ...], Form]]:
    """(words as written, keys, form) of each way to write a title."""

    def keyed(part: str, form: Form) -> tuple[tuple[str, ...], tuple[str, ...], Form] | None:
        tokens = [token for token in tokenise(part) if token.word]
        if not tokens:
            return None
        return tuple(t.word for t in tokens), tuple(t.key for t in tokens), form

    def without_article(
        found: tuple[tuple[str, ...], tuple[str, ...], Form],
    ) -> tuple[tuple[str, ...], tuple[str, ...], Form] | None:
        words, keys, form = found
        if len(words) > 1 and words[0] in ARTICLES:
            return words[1:], keys[1:], max(form, Form.NO_ARTICLE)
        return None

    wholes = [keyed(title, Form.FULL)]
    bare = _BRACKETS.sub(" ", title)
    if bare != title:
        wholes.append(keyed(bare, Form.FULL))
    presenter = _POSSESSIVE.sub("", title)
    if presenter != title:
        wholes.append(keyed(presenter, Form.SUBTITLE))
    parts = [part for part in _PARTS.split(bare) if part.strip()]
    if len(parts) > 1:
        wholes.append(keyed(parts[0], Form.MAIN))
        wholes.append(keyed(" ".join(parts[:-1]), Form.MAIN))
        wholes.append(keyed(" ".join(parts[1:]), Form.SUBTITLE))
        wholes.append(keyed(parts[-1], Form.SUBTITLE))
        wholes.append(keyed(f"{parts[0]} {parts[-1]}", Form.SUBTITLE))
        # "Lord of the Rings Return of the King"
        wholes.append(keyed(f"{parts[0]} {_ARTICLE.sub('', parts[-1])}", Form.NO_ARTICLE))
    letters = _LETTERS.match(title)
    if letters:
        wholes.append(keyed(letters[0], Form.MAIN))
    joined = _JOINED.match(title)
    if joined:
        wholes.append(keyed(joined["name"], Form.MAIN))
    seen = set()
    for whole in wholes:
        if whole is None:
            continue
        for found in (whole, without_article(whole)):
            if found is None:
                continue
            words, keys, form = found
            if "part" in keys[1:-1]:  # Part II is written II too, and the other way round
                at = keys.index("part", 1)
                if keys[at + 1].isdigit():
                    shorter = keys[:at] + keys[at + 1 :]
                    if shorter not in seen:
                        seen.add(shorter)
                        yield words[:at] + words[at + 1 :], shorter, form
            if keys not in seen:
                seen.add(keys)
                yield words, keys, form


class TitleIndex:
    """Finds the items that a run of words may name.

    `nouns` and `attribute_words` are words that describe items; a title made of nothing else
    (``Scary Movie``) needs as much context as one of function words.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        english: English,
        *,
        descriptive: frozenset[str] = frozenset(),
        names: frozenset[str] = frozenset(),
    ):
        self._english = english
        self._descriptive = descriptive
        self._names = names
        self._common = english.function | english.everyday | descriptive
        self._known = self._common | english.words
        self._plain = english.plain
        self._years = [item.year for item in catalogue.items]
        fame = fame_of(catalogue)
        self._has_popularity = fame is not None
        self._company = [0.0] * len(self._years) if fame is not None else company_of(catalogue)
        self._fame: list[float] = (
            [0.0] * len(self._years) if fame is None else [float(value) for value in fame]
        )
        rows: dict[str, dict[int, Form]] = defaultdict(dict)
        words_of: dict[str, tuple[str, ...]] = {}
        keys_of: dict[str, tuple[str, ...]] = {}
        punctuated: dict[str, bool] = {}
        full: set[str] = set()
        for row, item in enumerate(catalogue.items):
            for words, keys, form in _variants(item.title):
                if len(keys) > MAX_WORDS:
                    continue
                key = compact(keys)
                if form is Form.FULL:
                    full.add(key)
                found = rows[key]
                found[row] = min(form, found.get(row, form))
                words_of.setdefault(key, words)
                keys_of.setdefault(key, keys)
                punctuated[key] = punctuated.get(key, False) or any(
                    mark in item.title for mark in ".!?"
                )
        self._items = catalogue.items
        self._keys = [
            tuple(token.key for token in tokenise(item.title) if token.word)
            for item in catalogue.items
        ]
        self._by_first_key: dict[str, list[int]] = defaultdict(list)
        for row, keys in enumerate(self._keys):
            if keys:
                self._by_first_key[keys[0]].append(row)
        self._variants: dict[str, Variant] = {}
        self._sounds: dict[str, Variant] = {}
        self.longest = 1
        for key, found in rows.items():
            words = words_of[key]
            for form in (Form.MAIN, Form.SUBTITLE):
                of_form = [row for row, kept in found.items() if kept is form]
                if of_form and not self._stands_alone(words, form, len(of_form)):
                    for row in of_form:
                        del found[row]
            if not found:
                continue
            best = min(found.values())
            ambiguity = self._ambiguity(words)
            if best is Form.NO_ARTICLE and len(words) == 1:
                ambiguity = Ambiguity(min(ambiguity + 1, Ambiguity.GRAMMAR))
            elif len([w for w in words if w not in ARTICLES]) > 1 and ambiguity in (
                Ambiguity.SLIGHT,
                Ambiguity.COMMON,
                Ambiguity.EVERYDAY,
            ):
                known = max(self._fame[row] for row in found)
                if self._has_popularity and known >= _HOUSEHOLD_NAME * math.log(len(self._fame)):
                    ambiguity = Ambiguity(ambiguity - 1)
            if best is Form.SUBTITLE:
                ambiguity = Ambiguity(min(ambiguity + 1, Ambiguity.GRAMMAR))
            self._variants[key] = Variant(
                tuple(found.items()), len(words), ambiguity, punctuated[key]
            )
            if len(words) > 1 and len(key) >= _SHORTEST_SOUND:
                self._sounds[compact(sound(word) for word in keys_of[key])] = self._variants[key]
            self.longest = max(self.longest, len(words))
        self._prefer_wholes()
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for key in self._variants:
            self._by_length[len(key)].append(key)

    def _prefer_wholes(self) -> None:
        """``the iron man`` means *Iron Man* before the subtitle of something less known."""
        for key, variant in list(self._variants.items()):
            whole = self._variants.get(key[3:]) if key.startswith("the") else None
            if whole is None or min(form for _, form in variant.rows) is not Form.SUBTITLE:
                continue
            fame, other = (
                max(self._fame[row] for row, _ in each.rows) for each in (whole, variant)
            )
            if min(form for _, form in whole.rows) is Form.FULL and fame > other:
                self._variants[key] = whole

    def is_household_name(self, row: int) -> bool:
        """Whether an item is among the best known of a catalogue with popularity."""
        return self._has_popularity and (
            self._fame[row] >= _HOUSEHOLD_NAME * math.log(len(self._fame))
        )

    def _stands_alone(self, words: tuple[str, ...], form: Form, items: int) -> bool:
        """Whether a part of a title is distinctive enough to name the whole."""
        rare = [word for word in words if word not in self._plain and not word.isdigit()]
        if len(words) == 1 or all(len(word) == 1 for word in words):
            known = len(words) == 1 and words[0] in self._names
            return form is Form.MAIN and bool(rare) and not known
        if form is Form.SUBTITLE:
            return len(words) >= 3 or bool(rare)
        return bool(rare) or items > 1 or len(words) >= 3

    def _ambiguity(self, words: tuple[str, ...]) -> Ambiguity:
        english = self._english
        if compact(words) in english.pleasantries:
            return Ambiguity.GRAMMAR
        if len(words) > 1 and all(len(word) == 1 for word in words):
            words = (compact(words),)  # W.E. is written as a word is
        if len(words) == 2 and words[0] in ARTICLES:
            bare = self._ambiguity(words[1:])
            if bare >= Ambiguity.EVERYDAY:
                return Ambiguity(bare - 1)
            return bare
        if all(word in english.function or word in self._descriptive for word in words):
            if len(words) >= 4:
                return Ambiguity.COMMON
            if (
                len(words) == 1
                or _POINTING.intersection(words)
                or all(word in self._descriptive for word in words)
            ):
                return Ambiguity.GRAMMAR
            return Ambiguity.EVERYDAY
        if all(word.isdigit() for word in words):
            return Ambiguity.EVERYDAY
        if all(word.isdigit() or word in _UNITS for word in words):
            return Ambiguity.GRAMMAR
        if any(word not in self._known and word not in self._names for word in words):
            return Ambiguity.NONE if len(compact(words)) > 3 else Ambiguity.COMMON
        everyday = all(word in self._common for word in words)
        if len(words) == 1:
            return Ambiguity.EVERYDAY if everyday else Ambiguity.COMMON
        if len(words) == 2:
            return Ambiguity.EVERYDAY if everyday else Ambiguity.SLIGHT
        if len(words) == 3:
            return Ambiguity.COMMON if everyday else Ambiguity.NONE
        return Ambiguity.SLIGHT if everyday and len(words) == 4 else Ambiguity.NONE

    def __contains__(self, key: str) -> bool:
        return key in self._variants

    def get(self, key: str) -> Variant | None:
        return self._variants.get(key)

    def by_sound(self, key: str) -> Variant | None:
        """The variant whose words sound like `key`, a run of `text.sound`s."""
        return self._sounds.get(key)

    def fame(self, row: int) -> float:
        """How well known an item is, on the scale of `fame.fame_of`; 0 when nothing tells."""
        return self._fame[row]

    def closest(self, key: str) -> tuple[str, Variant] | None:
        """The variant spelt most nearly like `key`, where it is near enough to be a slip."""
        size = len(key)
        if size < 5:
            return None
        allowed = 1 if size < 8 else 2 if size < 14 else 3
        best: tuple[int, float, str] | None = None
        for length in range(size - allowed, size + allowed + 1):
            found = spelt_alike(key, self._by_length.get(length, ()), allowed, most=4)
            for candidate, distance in found:
                if candidate[0] != key[0] and distance > 1:
                    continue
                if _digits(candidate) != _digits(key):
                    continue
                popularity = max(self._fame[row] for row, _ in self._variants[candidate].rows)
                rank = (distance, -popularity, candidate)
                best = rank if best is None else min(best, rank)
        return None if best is None else (best[2], self._variants[best[2]])

    def choose(
        self, variant: Variant, *, year: int | None = None, context: frozenset[int] = frozenset()
    ) -> int | None:
        """The row meant: of that year when one is given, in context, else the best known.

        None when a year was given and no item is within a year of it.
        """
        rows = variant.rows
        if year is not None:
            for slack in (0, 1):
                of_year = [
                    (row, form)
                    for row, form in rows
                    if (known := self._years[row]) is not None and abs(known - year) <= slack
                ]
                if of_year:
                    return self._best_known(of_year)
            undated = [(row, form) for row, form in rows if self._years[row] is None]
            return self._best_known(undated) if undated else None
        in_context = [(row, form) for row, form in rows if row in context]
        if in_context:
            return self._best_known(in_context)
        whole = [(row, form) for row, form in rows if form <= Form.NO_ARTICLE]
        series = [row for row, form in rows if form is Form.MAIN]
        if not whole and not series:
            return self._best_known(rows)
        if not whole:
            return self._first_of_series(series)
        best = self._best_known(whole)
        if series and max(self._fame[row] for row in series) > self._fame[best] + _OBSCURE:
            return self._first_of_series(series)
        return best

    def _best_known(self, rows: Sequence[tuple[int, Form]]) -> int:
        def rank(entry: tuple[int, Form]) -> tuple[float, float, int]:
            row, form = entry
            year = self._years[row] or 0
            # Without popularity the one whose people have most other items is the likeliest; a
            # whole title beats a part of one.
            if self._has_popularity:
                return (self._fame[row] - 1.0 * form, year, -row)
            return (-float(form), self._company[row], year)

        return max(rows, key=rank)[0]

    def parts_of(self, variant: Variant, row: int) -> list[int]:
        """Rows of the series that begins as `row` does, itself among them, oldest first.

        A part shares the series' name, or goes on from the whole title and has somebody of the
        first one in it. Parts that hardly anybody knows are left out.
        """
        rows = {row, *(other for other, form in variant.rows if form is Form.MAIN)}
        whole = self._keys[row]
        people = _people_of(self._items[row])
        for other in self._by_first_key.get(whole[0], ()) if whole else ():
            keys = self._keys[other]
            if keys[: len(whole)] == whole and people & _people_of(self._items[other]):
                rows.add(other)
        known = max(self._fame[each] for each in rows) - _AS_WELL_KNOWN
        rows = {each for each in rows if self._fame[each] >= known} | {row}
        return sorted(rows, key=lambda each: (self._years[each] or 9999, each))

    def _first_of_series(self, rows: Sequence[int]) -> int:
        best = max(self._fame[row] for row in rows)
        known = [row for row in rows if self._fame[row] >= best - _AS_WELL_KNOWN]
        return min(known, key=lambda row: (self._years[row] or 9999, row))


def _digits(text: str) -> str:
    return "".join(mark for mark in text if mark.isdigit())


def _people_of(item: Item) -> frozenset[str]:
    """The values of an item that are written as names are, of two words and more."""
    return frozenset(
        value for values in item.attributes.values() for value in values if " " in value
    )
