"""Guards over generated text: words are free, names must be ones that were given.

Owns which tokens may come next so that a reply cannot name, date or quote what the catalogue did
not supply; leaves checking what was said to the conversation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.engine.title_tree import ROOT, TokenTree

ANCHOR = "a"
WORD = re.compile(r" ?[a-z]+(?:['’-][a-z]+)*|['’][a-z]+|-[a-z]+|['’-]")
"""Free text: lower-case letters with at most one space before; apostrophes and hyphens inside."""
PUNCTUATION = re.compile(r"[.,;:!?]| [–—]|[–—]|\.\.\.|…")
SENTENCE_END = re.compile(r"[.!?…]$")
OPENER = re.compile(r" ?[A-Z][a-z]*(?:['’][a-z]+)?")
COMMON_SHARE = 0.05
"""Words among this share of a vocabulary's first tokens are common: 2,457 of 49,152."""
PRONOUN = re.compile(r" I(?:['’][a-z]+)?")


class VocabularyClasses:
    """Which tokens are what, read once from a tokeniser's vocabulary.

    All arrays hold sorted token ids. `words` may stand anywhere in free text, `openers` begin a
    sentence, `pronouns` are the first person's; `ends` end the text: `stops` for the model, and
    line breaks.

    An opener must be a common word, or any name could slip in at a sentence's beginning. What is
    common the vocabulary says itself: its tokens are numbered by frequency, so a capitalised word
    counts when its lower-case twin is among the first.
    """

    def __init__(self, tokenizer: Any, end_tokens: Iterable[int]):
        core = tokenizer.backend_tokenizer
        anchor = core.encode(ANCHOR, add_special_tokens=False).ids
        size = core.get_vocab_size()
        # Behind an anchor, so that decoders that drop a first space keep it.
        texts = core.decode_batch([[*anchor, token] for token in range(size)])
        self.texts: list[str] = [text[len(ANCHOR) :] for text in texts]
        special = set(tokenizer.all_special_ids)
        normal = [(token, text) for token, text in enumerate(self.texts) if token not in special]
        self.stops = _ids(end_tokens)
        lines = [token for token, text in normal if text and not text.strip("\n")]
        self.ends = _ids([*self.stops, *lines])
        self.words = _ids(
            token for token, text in normal if WORD.fullmatch(text) or PUNCTUATION.fullmatch(text)
        )
        common = {text for token, text in normal if token < size * COMMON_SHARE}
        self.openers = _ids(
            token
            for token, text in normal
            if OPENER.fullmatch(text) and " " + text.strip().lower() in common
        )
        self.pronouns = _ids(token for token, text in normal if PRONOUN.fullmatch(text))
        self._breaking = np.array([not _continues(text) for text in self.texts])

        self.free = _ids([*self.words, *self.pronouns, *self.ends])
        self.after_word = self._those(self.free)
        marks = [token for token in self.after_word if not _spells(self.texts[token])]
        # A vocabulary without such words lets sentences begin with any.
        begin = [*self.openers, *self.pronouns] if len(self.openers) else self.words
        spaced = [token for token in begin if self.texts[token].startswith(" ")]
        self.text_start = _ids(begin)
        self.sentence_start = _ids([*marks, *spaced])
        self.after_mark = _ids([*self.after_word, *spaced])

    def text(self, token: int) -> str:
        """The text of a token; empty for one beyond the tokeniser's vocabulary."""
        return self.texts[token] if token < len(self.texts) else ""

    def _those(self, tokens: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of `tokens` that do not run on from a letter before them."""
        known = tokens[tokens < len(self._breaking)]
        chosen: NDArray[np.int64] = known[self._breaking[known]]
        return chosen


class TextPlace(Enum):
    """Where free text stands."""

    TEXT_START = auto()
    SENTENCE_START = auto()
    WORD = auto()  # a word that may still run on
    WHOLE = auto()  # a name, pronoun or opener, to which nothing may be glued
    MARKED = auto()  # a name that ends like a sentence: the next may begin, or this one go on


class NameGuard:
    """A `TokenGuard`: free text in lower case, and names only out of `names`.

    No token with a digit, a quotation mark, markup or a capital may come, except to begin a
    sentence with a common word, for the first person, or to spell one of `names` (titles, years,
    people, genres, as they are to be written; `split` tokenises them). A name once begun is
    completed, and no letter follows it directly. A line break ends the text. `at_start` says
    whether the text begins a sentence. With `no_repeat` n, free text never repeats n tokens in a
    row, so that a small model cannot run in circles.
    """

    def __init__(
        self,
        classes: VocabularyClasses,
        split: Callable[[str], Sequence[int]],
        names: Iterable[str],
        *,
        at_start: bool = True,
        no_repeat: int = 0,
    ):
        self._classes = classes
        self._tree = TokenTree()
        self._ends: dict[int, TextPlace] = {}
        for name in dict.fromkeys(name.strip() for name in names):
            if name:
                self._add(split, name)
        self._first = TextPlace.TEXT_START if at_start else TextPlace.WORD
        self._no_repeat = no_repeat
        self._read: list[int] = []
        self._place: TextPlace | None = self._first  # None: inside a name
        self._nodes: list[int] = []  # names that may be under way

    def allowed(self, generated: Sequence[int]) -> NDArray[np.int64]:
        """Ids that may come after `generated`, each once."""
        if list(generated[: len(self._read)]) != self._read:
            self._read, self._place, self._nodes = [], self._first, []
        for token in generated[len(self._read) :]:
            self._step(token)
        classes = self._classes
        if self._read and _holds(classes.ends, self._read[-1]):
            return classes.stops
        named = {token for node in self._nodes for token in self._tree.children[node]}
        if self._place is None:
            return _ids(named)
        free = self._free(self._place)
        if self._no_repeat and not named:
            free = free[~np.isin(free, self._repeating())]
        starts = {token for token in self._tree.children[ROOT] if self._may_begin(token)}
        more = [token for token in starts | named if not _holds(free, token)]
        return np.concatenate([free, np.array(more, dtype=np.int64)]) if more else free

    def _add(self, split: Callable[[str], Sequence[int]], name: str) -> None:
        for spelled in (" " + name, name):
            whole = list(split(spelled))
            end = TextPlace.MARKED if SENTENCE_END.search(name) else TextPlace.WHOLE
            self._ends.setdefault(self._tree.add(whole), end)
            # A tokeniser may melt a name's last character with the mark after it.
            for mark, place in ((",", TextPlace.WORD), (".", TextPlace.SENTENCE_START)):
                melted = list(split(spelled + mark))
                if melted[: len(whole)] != whole:
                    self._ends.setdefault(self._tree.add(melted), place)

    def _free(self, place: TextPlace) -> NDArray[np.int64]:
        classes = self._classes
        return {
            TextPlace.TEXT_START: classes.text_start,
            TextPlace.SENTENCE_START: classes.sentence_start,
            TextPlace.WORD: classes.free,
            TextPlace.WHOLE: classes.after_word,
            TextPlace.MARKED: classes.after_mark,
        }[place]

    def _may_begin(self, token: int) -> bool:
        """Whether a name may begin with `token` here: never glued to what stands before."""
        return self._place is TextPlace.TEXT_START or not _spells(self._classes.text(token)[:1])

    def _step(self, token: int) -> None:
        place = self._place
        begun = [ROOT] if place is not None and self._may_begin(token) else []
        nodes = [
            child
            for node in [*self._nodes, *begun]
            if (child := self._tree.children[node].get(token)) is not None
        ]
        ends = [self._ends[node] for node in nodes if node in self._ends]
        self._read.append(token)
        self._nodes = [node for node in nodes if self._tree.children[node]]
        if place is not None and _holds(self._free(place), token):
            self._place = self._after_free(token)
        elif ends:
            self._place = ends[0]
        else:
            # A token nobody allowed, as when the guard joins a text midway, counts as a word.
            self._place = None if nodes else TextPlace.WORD

    def _after_free(self, token: int) -> TextPlace:
        classes = self._classes
        if SENTENCE_END.search(classes.text(token)):
            return TextPlace.SENTENCE_START
        if _holds(classes.pronouns, token) or _holds(classes.openers, token):
            return TextPlace.WHOLE
        return TextPlace.WORD

    def _repeating(self) -> list[int]:
        """Tokens that would complete a run of `no_repeat` tokens seen before."""
        n, read = self._no_repeat, self._read
        tail = read[len(read) - n + 1 :]
        return [
            read[at + n - 1] for at in range(len(read) - n + 1) if read[at : at + n - 1] == tail
        ]


def _continues(text: str) -> bool:
    """Whether a token runs on from the word before it."""
    return bool(text) and (text[0].isalnum() or text[0] in "_-")


def _spells(text: str) -> bool:
    """Whether there are letters or digits in it."""
    return any(character.isalnum() for character in text)


def _ids(tokens: Iterable[int]) -> NDArray[np.int64]:
    return np.unique(np.fromiter((int(token) for token in tokens), dtype=np.int64))


def _holds(sorted_ids: NDArray[np.int64], token: int) -> bool:
    at = int(np.searchsorted(sorted_ids, token))
    return at < len(sorted_ids) and int(sorted_ids[at]) == token
