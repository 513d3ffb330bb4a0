"""The values of a catalogue's columns by every phrase that names them; people are left out.

Owns the index of phrases: the values themselves, plurals, the lexicon's synonyms and combinations,
and what is spelt nearly like one. Whether a phrase is meant as a value where it stands is left to
`attribute_values`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.core.protocols import Catalogue
from bot.core.values import about_attribute
from bot.understanding.lexicon import English, Lexicon
from bot.understanding.linking.spellings import Spellings
from bot.understanding.text import compact, words_of

LONGEST_PHRASE = 5
"""Words of a value's name; a longer one is not looked for."""
_MANY_VALUES = 300
_SHORTEST_SPELLING = 5  # letters; a slip in fewer may be chance


class ValueIndex:
    """The values of one catalogue, by phrases run together.

    `single_words` are words that name a value by themselves, but for those of columns with
    hundreds of values.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        lexicon: Lexicon,
        english: English,
        people_columns: Collection[str],
    ) -> None:
        self._abouts: dict[str, tuple[str, ...]] = {}
        self._of_large_columns: set[str] = set()
        self._single_words: set[str] = set()
        spelling = self._add_values(catalogue, english, people_columns)
        self._add_synonyms(lexicon, spelling)
        self.single_words = frozenset(self._single_words)
        self._spellings = Spellings(
            phrase for phrase in self._abouts if len(phrase) >= _SHORTEST_SPELLING
        )

    def _add_values(
        self, catalogue: Catalogue, english: English, people_columns: Collection[str]
    ) -> dict[str, dict[str, str]]:
        """Index the values by their own names; by column, each value by its words run together."""
        plain = english.plain
        spelling: dict[str, dict[str, str]] = {}
        for name, column in catalogue.columns.items():
            if column.numeric or name in people_columns:
                continue
            spelling[name] = {}
            many = column.values > _MANY_VALUES
            for value in catalogue.values(name):
                words = words_of(value)
                if not words or len(words) > LONGEST_PHRASE:
                    continue
                spelling[name][compact(words)] = value
                if many and len(words) == 1 and (words[0] in plain or len(words[0]) < 4):
                    continue  # one of hundreds of values that is a word of its own: noise
                if many:
                    self._of_large_columns.add(compact(words))
                about = (about_attribute(name, value),)
                # A studio's name makes no title a mere description.
                self._add(words, about, describes=not many)
                self._add([*words[:-1], _plural(words[-1])], about, describes=not many)
        return spelling

    def _add_synonyms(self, lexicon: Lexicon, spelling: dict[str, dict[str, str]]) -> None:
        def about_of(column: str, value: str) -> str | None:
            known = spelling.get(column, {}).get(compact(words_of(value)))
            return None if known is None else about_attribute(column, known)

        for column, synonyms in lexicon.values.items():
            for value, phrases in synonyms.items():
                about = about_of(column, value)
                if about is None:
                    continue
                for phrase in phrases:
                    self._add(words_of(phrase), (about,), replace=True)
        for phrase, abouts in lexicon.combined.items():
            pairs = [about.partition(":") for about in abouts]
            known = [about_of(column, value) for column, _, value in pairs]
            kept = tuple(about for about in known if about is not None)
            if kept:
                self._add(words_of(phrase), kept, replace=True)

    def _add(
        self,
        words: Sequence[str],
        abouts: tuple[str, ...],
        *,
        describes: bool = True,
        replace: bool = False,
    ) -> None:
        key = compact(words)
        if replace or key not in self._abouts:
            self._abouts[key] = abouts
        if describes and len(words) == 1:
            self._single_words.add(words[0])

    def __contains__(self, key: str) -> bool:
        return key in self._abouts

    def abouts(self, key: str) -> tuple[str, ...] | None:
        """What a phrase stands for, each as ``column:value``."""
        return self._abouts.get(key)

    def is_one_of_many(self, key: str) -> bool:
        """Whether a phrase names a value of a column with hundreds: titles go before those."""
        return key in self._of_large_columns

    def closest(self, word: str) -> str | None:
        """The phrase spelt most nearly like `word`, where it is near enough to be a slip."""
        if len(word) < _SHORTEST_SPELLING:
            return None
        near = self._spellings.near(word, 1 if len(word) < 7 else 2, most=2)
        ranks = [(slips, phrase) for phrase, slips in near if phrase[0] == word[0]]
        return min(ranks)[1] if ranks else None


def _plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"
