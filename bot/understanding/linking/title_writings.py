"""The ways to write a title: without article, subtitle, presenter or ``Part``, or as letters.

Owns what may be left out of any title, whatever the catalogue. Which of the writings name an item
well enough is left to `titles` and `title_ambiguity`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from bot.core import patterns
from bot.understanding.text import tokenise, word_set

ARTICLES = word_set("""the a an le la les el il der die das""")
MAX_WORDS = 16
"""Of a title; a longer one is not looked for."""
_PARTS = patterns.compile(r"\s*(?::|\s[-–—]\s|\s?–\s?|\s/\s)\s*")
_BRACKETS = patterns.compile(r"\([^)]*\)")
_POSSESSIVE = patterns.compile(r"^(?:\S+\s){0,2}\S+(?:['’]s|s['’])\s+(?=\S+\s+\S)")
_ARTICLE = patterns.compile(r"^(?:the|a|an)\s+(?=\S+\s)", patterns.IGNORECASE)
_JOINED = patterns.compile(r"^(?P<name>\S+(?:\s\S+)+?) (?:and|&) the .+")
_LETTERS = patterns.compile(r"(?:[A-Z]\.){2,}")  # E.T. of a longer title


class Form(IntEnum):
    """How much of a title a variant keeps; smaller is closer to the whole."""

    FULL = 0
    NO_ARTICLE = 1
    MAIN = 2  # what stands before the subtitle, or what a series' titles begin with
    SUBTITLE = 3


class Writing(NamedTuple):
    """A title in one way to write it: its words, the keys they are compared by, what it keeps."""

    words: tuple[str, ...]
    keys: tuple[str, ...]
    form: Form


def writings_of(title: str) -> Iterator[Writing]:
    """Each way to write a title of up to `MAX_WORDS` words, the whole of it first."""
    seen = set()
    for text, form in _texts_of(title):
        tokens = [token for token in tokenise(text) if token.word]
        if not tokens:
            continue
        whole = Writing(tuple(t.word for t in tokens), tuple(t.key for t in tokens), form)
        for writing in _with_and_without_article(whole):
            for each in (*_without_part(writing), writing):
                if each.keys not in seen:
                    seen.add(each.keys)
                    if len(each.keys) <= MAX_WORDS:
                        yield each


def _texts_of(title: str) -> Iterator[tuple[str, Form]]:
    yield title, Form.FULL
    bare = _BRACKETS.sub(" ", title)
    if bare != title:
        yield bare, Form.FULL
    presenter = _POSSESSIVE.sub("", title)
    if presenter != title:
        yield presenter, Form.SUBTITLE
    parts = [part for part in _PARTS.split(bare) if part.strip()]
    if len(parts) > 1:
        yield parts[0], Form.MAIN
        yield " ".join(parts[:-1]), Form.MAIN
        yield " ".join(parts[1:]), Form.SUBTITLE
        yield parts[-1], Form.SUBTITLE
        yield f"{parts[0]} {parts[-1]}", Form.SUBTITLE
        # "Lord of the Rings Return of the King"
        yield f"{parts[0]} {_ARTICLE.sub('', parts[-1])}", Form.NO_ARTICLE
    letters = _LETTERS.match(title)
    if letters:
        yield letters[0], Form.MAIN
    joined = _JOINED.match(title)
    if joined:
        yield joined["name"], Form.MAIN


def _with_and_without_article(whole: Writing) -> Iterator[Writing]:
    yield whole
    words, keys, form = whole
    if len(words) > 1 and words[0] in ARTICLES:
        yield Writing(words[1:], keys[1:], max(form, Form.NO_ARTICLE))


def _without_part(writing: Writing) -> Iterator[Writing]:
    """Part II is written II too, and the other way round."""
    words, keys, form = writing
    if "part" in keys[1:-1]:
        at = keys.index("part", 1)
        if keys[at + 1].isdigit():
            yield Writing(words[:at] + words[at + 1 :], keys[:at] + keys[at + 1 :], form)
