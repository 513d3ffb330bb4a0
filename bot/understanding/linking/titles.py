"""The titles of a catalogue as people write them, and which item each writing means.

Owns the index of writings, those that sound or are spelt alike, and the choice among items that
share one. The ways to write a title are left to `title_writings`, how ambiguous its words are to
`title_ambiguity`; whether a passage of a message means a title at all to `candidates` and `linker`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.core.protocols import Catalogue
from bot.core.values import Item
from bot.understanding.lexicon import English
from bot.understanding.linking.fame import company_of, fame_of
from bot.understanding.linking.spellings import Spellings
from bot.understanding.linking.title_ambiguity import Ambiguity, WordAmbiguity
from bot.understanding.linking.title_writings import ARTICLES, Form, writings_of
from bot.understanding.text import compact, sound, tokenise

_HOUSEHOLD_NAME = 0.35  # of the greatest fame: words of a title this well known need less context
_SHORTEST_SOUND = 9  # letters
_OBSCURE = 2.5  # a whole title this much less known than a series of that name gives way to it
_AS_WELL_KNOWN = 3.0  # of fame: a twentieth of the best known's standing


class Variant(NamedTuple):
    """One writing of some items' titles: rows by form, and how ambiguous the words are.

    A tuple, as tens of thousands are read at a start: a dataclass takes five times as long.
    """

    rows: tuple[tuple[int, Form], ...]
    words: int
    ambiguity: Ambiguity
    punctuated: bool  # the title itself has a mark that could end a sentence


@dataclass(slots=True)
class _Written:
    """All items that one key may name, as they are gathered: the key's first writing counts."""

    words: tuple[str, ...]
    keys: tuple[str, ...]
    forms: dict[int, Form] = field(default_factory=dict)
    punctuated: bool = False


class TitleIndex:
    """Finds the items that a run of words may name.

    `descriptive` and `names` are words as `title_ambiguity` judges them by.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        english: English,
        *,
        descriptive: frozenset[str] = frozenset(),
        names: frozenset[str] = frozenset(),
    ):
        self._words = WordAmbiguity(english, descriptive, names)
        self._items = catalogue.items
        self._years = [item.year for item in catalogue.items]
        fame = fame_of(catalogue)
        self._has_popularity = fame is not None
        self._company = [0.0] * len(self._years) if fame is not None else company_of(catalogue)
        self._fame: list[float] = (
            [0.0] * len(self._years) if fame is None else [float(value) for value in fame]
        )
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
        for key, written in self._written().items():
            self._add(key, written)
        self._prefer_wholes()
        self._spellings = Spellings(self._variants)

    def _written(self) -> Mapping[str, _Written]:
        """By key, its words run together, what every item's title may be written as."""
        found: dict[str, _Written] = {}
        for row, item in enumerate(self._items):
            punctuated = any(mark in item.title for mark in ".!?")
            for words, keys, form in writings_of(item.title):
                key = compact(keys)
                written = found.get(key)
                if written is None:
                    written = found[key] = _Written(words, keys)
                written.forms[row] = min(form, written.forms.get(row, form))
                written.punctuated |= punctuated
        return found

    def _add(self, key: str, written: _Written) -> None:
        """Index a key, if any of its items' titles is told by it well enough."""
        words = written.words
        forms = written.forms
        for part in (Form.MAIN, Form.SUBTITLE):
            rows = [row for row, form in forms.items() if form is part]
            if rows and not self._words.stands_alone(words, part, len(rows)):
                for row in rows:
                    del forms[row]
        if not forms:
            return
        variant = Variant(
            tuple(forms.items()), len(words), self._ambiguity(words, forms), written.punctuated
        )
        self._variants[key] = variant
        if len(words) > 1 and len(key) >= _SHORTEST_SOUND:
            self._sounds[compact(sound(word) for word in written.keys)] = variant
        self.longest = max(self.longest, len(words))

    def _ambiguity(self, words: tuple[str, ...], forms: Mapping[int, Form]) -> Ambiguity:
        """That of the words, more for a part of a title, less for a household name."""
        best = min(forms.values())
        ambiguity = self._words.of(words)
        if best is Form.NO_ARTICLE and len(words) == 1:
            ambiguity = Ambiguity(min(ambiguity + 1, Ambiguity.GRAMMAR))
        elif (
            len([w for w in words if w not in ARTICLES]) > 1
            and ambiguity
            in (
                Ambiguity.SLIGHT,
                Ambiguity.COMMON,
                Ambiguity.EVERYDAY,
            )
            and any(self.is_household_name(row) for row in forms)
        ):
            ambiguity = Ambiguity(ambiguity - 1)
        if best is Form.SUBTITLE:
            ambiguity = Ambiguity(min(ambiguity + 1, Ambiguity.GRAMMAR))
        return ambiguity

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
        ranks = []
        for candidate, distance in self._spellings.near(key, allowed, most=4):
            if candidate[0] != key[0] and distance > 1:
                continue
            if _digits(candidate) != _digits(key):
                continue
            popularity = max(self._fame[row] for row, _ in self._variants[candidate].rows)
            ranks.append((distance, -popularity, candidate))
        if not ranks:
            return None
        _, _, best = min(ranks)
        return best, self._variants[best]

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
