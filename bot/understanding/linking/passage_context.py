"""What surrounds a passage of a message: capitals, quotes, years, where a sentence opens.

Signs that words are meant as a title; how much each weighs is left to `candidates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core import patterns
from bot.understanding.lexicon import Lexicon
from bot.understanding.text import Token, word_set

CAPITALS = 3.0  # evidence of capitals where small letters stand around

_QUOTES = {'"': '"', "“": "”", "'": "'", "‘": "’", "«": "»", "”": "”", "*": "*", "_": "_"}
_CLOSING = word_set(
    """and or but was is were are because since with so too very when though although if a lot
    again as i it my really which that last yesterday already also instead yet did has had
    made please plz pls on where"""
)
_INTERJECTIONS = word_set(
    """yeah yes oh ok okay well and but so lol also no yep yup haha ah actually hmm um the"""
)
_YEAR = patterns.compile(r"18[7-9]\d|19\d\d|20\d\d")
_YEAR_LEADS: tuple[list[str], ...] = (
    ["the", "one", "from"], ["the", "one", "of"], ["the", "original", "from"],
    ["the", "original", "of"], ["the", "version", "from"], ["the", "remake", "from"],
    ["the", "original"], ["the"], ["from"], ["of"], ["in"], [],
)  # fmt: skip
_TWO_DIGITS = patterns.compile(r"['’]?(\d\d)(?:s)?")


@dataclass(frozen=True, slots=True)
class Style:
    """How a message uses capitals: they tell something only where they are used with care."""

    mixed: bool

    @classmethod
    def of(cls, tokens: Sequence[Token]) -> Style:
        words = [t for t in tokens if t.word and t.raw[0].isalpha()]
        capitals = sum(t.capitalised for t in words)
        shouting = sum(len(t.raw) > 1 and t.raw.isupper() for t in words)
        return cls(
            mixed=shouting < 0.6 * max(1, len(words))
            and (len(words) <= 4 or capitals < 0.9 * len(words))
        )

    def starts_sentence(self, tokens: Sequence[Token], start: int) -> bool:
        at = start - 1
        while at >= 0 and tokens[at].raw in _QUOTES:
            at -= 1
        return at < 0 or tokens[at].breaks or tokens[at].raw in (":", "-", ".")

    def capitals(
        self, tokens: Sequence[Token], start: int, end: int, function: frozenset[str]
    ) -> float:
        if not self.mixed:
            return 0.0
        words = [t for t in tokens[start:end] if t.word]
        content = [t for t in words if t.word not in function] or words
        if not all(t.capitalised or t.word.isdigit() for t in content):
            return 0.0
        if all(t.word.isdigit() for t in content) or [t.word for t in words] == ["i"]:
            return 0.0
        if self.starts_sentence(tokens, start):
            capitalised = sum(t.capitalised for t in words)
            return CAPITALS if capitalised > 1 else 0.5
        return CAPITALS if any(t.capitalised for t in content) else 0.0


def word(tokens: Sequence[Token], at: int) -> str:
    """The folded word at a place; empty beyond the ends and for punctuation."""
    return tokens[at].word if at < len(tokens) else ""


def closes(tokens: Sequence[Token], end: int, lexicon: Lexicon) -> bool:
    """Whether a title may end before this place."""
    if end >= len(tokens):
        return True
    token = tokens[end]
    return not token.word or token.word in _CLOSING or token.word in lexicon.nouns


def opens(tokens: Sequence[Token], start: int) -> bool:
    """Whether nothing but interjections stands between a passage and its sentence's start."""
    at = start - 1
    while at >= 0 and not tokens[at].breaks:
        if tokens[at].word and tokens[at].word not in _INTERJECTIONS:
            return False
        at -= 1
    return True


_SERIES = word_set("trilogy saga series franchise quadrilogy tetralogy films movies")


def means_series(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether a title stands for all its parts: "all the … movies", "the … trilogy"."""
    following = word(tokens, end)
    if following not in _SERIES:
        return False
    before = [token.word for token in tokens[max(0, start - 3) : start] if token.word]
    every = bool({"all", "every", "whole", "entire"} & set(before))
    named = before[-1:] == ["the"] or tokens[start].word == "the"
    return every or (following not in ("films", "movies") and named)


def is_sentence(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether a passage is all that a message holds, or a question by itself."""
    before, after = start - 1, end
    while before >= 0 and not tokens[before].word and not tokens[before].breaks:
        before -= 1
    while after < len(tokens) and not tokens[after].word and not tokens[after].breaks:
        after += 1
    if after < len(tokens) and tokens[after].raw == "?":
        return before < 0 or tokens[before].breaks
    alone = all(not token.word for token in tokens[after:])
    return before < 0 and alone


def year_after(tokens: Sequence[Token], end: int) -> tuple[int | None, int, bool]:
    """(year, end of the passage with it, whether it stands in brackets) after a title."""
    dots = 0  # "When Harry Met Sally... (1989)", "Airplane! (1980)"
    while end + dots < len(tokens) and tokens[end + dots].raw in (".", "!", "?", "…", "-"):
        dots += 1
    if dots and not (end + dots < len(tokens) and tokens[end + dots].raw == "("):
        dots = 0
    if dots:
        year, stop, bracketed = year_after(tokens, end + dots)
        return (year, stop, True) if bracketed else (None, end, False)
    raws = [t.raw for t in tokens[end : end + 7]]
    at = 0
    if raws[:1] and raws[0] in _QUOTES:
        at = 1
    if raws[at : at + 1] == ["("] and len(raws) > at + 1 and _YEAR.fullmatch(raws[at + 1]):
        closed = at + 2 < len(raws) and raws[at + 2] == ")"
        return int(raws[at + 1]), end + at + 2 + closed, True
    if raws[at : at + 1] == [","]:
        at += 1
    for lead in _YEAR_LEADS:
        if [raw.casefold() for raw in raws[at : at + len(lead)]] != lead:
            continue
        rest = raws[at + len(lead) :]
        if not rest:
            continue
        if _YEAR.fullmatch(rest[0]):
            return int(rest[0]), end + at + len(lead) + 1, False
        short = _TWO_DIGITS.fullmatch(rest[0])
        if lead and lead != ["in"] and short and not rest[0].endswith("s"):
            number = int(short[1])
            century = 2000 if number < 30 else 1900
            return century + number, end + at + len(lead) + 1, False
    return None, end, False


_COUNTED = word_set(
    """times time minutes minute mins hours hour years year days weeks stars star out or and of more
    different other times x movies films people kids friends thumbs"""
)
_NUMERALS = word_set("ii iii iv v vi vii viii ix x xi xii xiii xiv xv")


def number_after(tokens: Sequence[Token], end: int) -> bool:
    """Whether a number right after a title belongs to it: ``Toy Story 9``, ``Rocky XII``."""
    if end >= len(tokens):
        return False
    token = tokens[end]
    if token.word in ("part", "episode", "chapter", "vol", "volume"):
        return end + 1 < len(tokens) and (
            tokens[end + 1].word.isdigit() or tokens[end + 1].word in _NUMERALS
        )
    roman = token.word in _NUMERALS and token.raw.isupper() and len(token.raw) > 1
    if not (roman or (token.word.isdigit() and len(token.word) in (1, 2, 4))):
        return False
    following = tokens[end + 1] if end + 1 < len(tokens) else None
    if following is None:
        return True
    if (
        following.raw in ("/", "%", "-", ".", "*", "+")
        and end + 2 < len(tokens)
        and (tokens[end + 2].word.isdigit())
    ):
        return False  # a mark out of ten
    return following.word not in _COUNTED and following.raw not in ("%", "+")


def quotes_around(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether a passage stands in quotation marks."""
    if start == 0 or end >= len(tokens):
        return False
    return _QUOTES.get(tokens[start - 1].raw) == tokens[end].raw


def quoted_passages(tokens: Sequence[Token]) -> Iterable[tuple[int, int]]:
    """Passages inside double quotation marks."""
    opened: int | None = None
    for at, token in enumerate(tokens):
        if token.raw not in ('"', "“", "”"):
            continue
        if opened is None:
            opened = at
        else:
            if at > opened + 1:
                yield opened + 1, at
            opened = None


def belongs(tokens: Sequence[Token], at: int) -> bool:
    """Whether a token can stand inside a capitalised title."""
    token = tokens[at]
    if token.word:
        return token.capitalised or token.word.isdigit() or token.word in (
            "the", "of", "and", "a", "an", "in", "to", "for", "on", "at", "with", "from",
        )  # fmt: skip
    return token.raw in ("-", "'", "’", ":", "&")
