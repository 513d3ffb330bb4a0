"""How much a title's words are plain English, and so how much must speak for its being meant.

Owns the judgement of words by themselves. What a title is made of is left to `title_writings`,
which titles there are to `titles`, what speaks for one in a message to `candidates`.
"""

from __future__ import annotations

from enum import IntEnum

from bot.understanding.lexicon import English
from bot.understanding.linking.title_writings import ARTICLES, Form
from bot.understanding.text import compact, word_set

_POINTING = word_set(
    """it that this these those one ones you i me them they he she him her us we all what so no
    yes too much more other others some any"""
)
_UNITS = word_set("year years minute minutes hour hours day days week weeks months month ten")


class Ambiguity(IntEnum):
    """How much context a variant needs before it is taken for a title."""

    NONE = 0
    SLIGHT = 1
    COMMON = 2  # an ordinary word or two
    EVERYDAY = 3  # words of every sentence
    GRAMMAR = 4  # nothing but function words


class WordAmbiguity:
    """Judges the words of titles.

    `descriptive` are words that describe items; a title made of nothing else (``Scary Movie``)
    needs as much context as one of function words. `names` are words of people's names.
    """

    def __init__(
        self, english: English, descriptive: frozenset[str], names: frozenset[str]
    ) -> None:
        self._function = english.function
        self._pleasantries = english.pleasantries
        self._plain = english.plain
        self._descriptive = descriptive
        self._names = names
        self._common = english.function | english.everyday | descriptive
        self._known = self._common | english.words

    def stands_alone(self, words: tuple[str, ...], form: Form, items: int) -> bool:
        """Whether a part of a title is distinctive enough to name the whole."""
        rare = [word for word in words if word not in self._plain and not word.isdigit()]
        if len(words) == 1 or all(len(word) == 1 for word in words):
            known = len(words) == 1 and words[0] in self._names
            return form is Form.MAIN and bool(rare) and not known
        if form is Form.SUBTITLE:
            return len(words) >= 3 or bool(rare)
        return bool(rare) or items > 1 or len(words) >= 3

    def of(self, words: tuple[str, ...]) -> Ambiguity:
        """How much context a run of words needs before it is taken for a title."""
        if compact(words) in self._pleasantries:
            return Ambiguity.GRAMMAR
        if len(words) > 1 and all(len(word) == 1 for word in words):
            words = (compact(words),)  # W.E. is written as a word is
        if len(words) == 2 and words[0] in ARTICLES:
            bare = self.of(words[1:])
            if bare >= Ambiguity.EVERYDAY:
                return Ambiguity(bare - 1)
            return bare
        if all(word in self._function or word in self._descriptive for word in words):
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
