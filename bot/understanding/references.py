"""Items meant by their place or by a trait: "the second one", "both", "the 1995 one".

Resolved against what was shown last, in order. What a bare pronoun means is decided in
`stances.slot_filling`, where the statements of the message are at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.core.values import Item, split_about
from bot.understanding.linking.mentions import Kind, Mention
from bot.understanding.text import Token, word_set

_ORDINALS = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3,
    "fifth": 4, "5th": 4, "sixth": 5, "6th": 5, "seventh": 6, "7th": 6, "eighth": 7, "8th": 7,
    "ninth": 8, "9th": 8, "tenth": 9, "10th": 9, "last": -1, "final": -1,
}  # fmt: skip
_CARDINALS = {"1": 0, "2": 1, "3": 2, "4": 3, "5": 4, "6": 5, "7": 6, "8": 7, "9": 8, "10": 9}
_ONE = frozenset({"one", "ones", "movie", "film", "suggestion", "option", "pick", "choice"})
_AFTER_ORDINAL = word_set(
    """and or but is was looks sounds seems please but for has too because with again i are to
    isnt wasnt on in though instead later tonight would was from please seemed sounded looked"""
)
_WHOLE = frozenset({"all", "both", "none", "neither", "either"})
_OF_THEM = frozenset({"them", "those", "these", "two", "three", "four", "five", "above"})
_YEAR = patterns.compile(r"(?:19|20)\d\d")


def find_references(
    tokens: Sequence[Token],
    shown: Sequence[str],
    values: Sequence[Mention],
    catalogue: Catalogue,
    nouns: frozenset[str],
) -> list[Mention]:
    """Mentions of kind REFERENCE; empty when nothing was shown."""
    if not shown:
        return []
    items = [item for item in (catalogue.get(item_id) for item_id in shown) if item is not None]
    passages: list[_Passage] = []
    at = 0
    while at < len(tokens):
        passage = (
            _by_ordinal(tokens, at, shown, nouns)
            or _by_number(tokens, at, shown)
            or _all_of_them(tokens, at, shown)
        )
        if passage is None:
            passages.extend(_by_year(tokens, at, items))
            at += 1
        else:
            passages.append(passage)
            at = passage.end
    for mention in values:
        if mention.kind is Kind.VALUE:
            passages.extend(_by_value(tokens, mention, items))
    return [
        Mention(
            passage.start,
            passage.end,
            Kind.REFERENCE,
            tuple(passage.items),
            " ".join(token.raw for token in tokens[passage.start : passage.end]),
        )
        for passage in passages
        if passage.items
    ]


class _Passage(NamedTuple):
    """Tokens ``[start:end]`` that point at items; at none where fewer were shown."""

    start: int
    end: int
    items: Sequence[str]


def _by_ordinal(
    tokens: Sequence[Token], at: int, shown: Sequence[str], nouns: frozenset[str]
) -> _Passage | None:
    """*The second one*, *the last two*."""
    place = _ORDINALS.get(tokens[at].word)
    if place is None or not _is_ordinal_of_list(tokens, at, nouns):
        return None
    following = _word(tokens, at + 1)
    start = at - 1 if at and tokens[at - 1].word == "the" else at
    if following in ("two", "three"):
        count = 2 if following == "two" else 3
        return _Passage(start, at + 2, shown[:count] if place == 0 else shown[-count:])
    end = at + 2 if following in _ONE or following in nouns else at + 1
    known = -len(shown) <= place < len(shown)
    return _Passage(start, end, [shown[place]] if known else [])


def _by_number(tokens: Sequence[Token], at: int, shown: Sequence[str]) -> _Passage | None:
    """*Number 3*, *#3*."""
    place = _CARDINALS.get(_word(tokens, at + 1))
    if place is None or place >= len(shown):
        return None
    if tokens[at].word in ("number", "no", "option", "nr") or tokens[at].raw == "#":
        return _Passage(at, at + 2, [shown[place]])
    return None


def _all_of_them(tokens: Sequence[Token], at: int, shown: Sequence[str]) -> _Passage | None:
    """*Both*, *none of these*: all, or the first two."""
    word = tokens[at].word
    if word not in _WHOLE:
        return None
    end = at + 1
    if _word(tokens, end) == "of":
        end += 1
    if _word(tokens, end) in _OF_THEM:
        end += 1
    if end > at + 1 or (word in ("both", "neither", "none") and len(shown) > 1):
        return _Passage(at, end, shown[:2] if word in ("both", "neither") else shown)
    return None


def _by_year(tokens: Sequence[Token], at: int, items: Sequence[Item]) -> Iterator[_Passage]:
    """*The 1995 one*, *that one from 1995*."""
    if not _YEAR.fullmatch(tokens[at].raw):
        return
    of_year = [item.item_id for item in items if item.year == int(tokens[at].raw)]
    if _word(tokens, at + 1) in _ONE and at and tokens[at - 1].word == "the":
        yield _Passage(at - 1, at + 2, of_year)
    elif _before(tokens, at, 3) in (["the", "one", "from"], ["that", "one", "from"]):
        yield _Passage(at - 3, at + 1, of_year)


def _by_value(
    tokens: Sequence[Token], mention: Mention, items: Sequence[Item]
) -> Iterator[_Passage]:
    """*The Coen brothers one*, *the one with Al Pacino*."""
    start, end = mention.start, mention.end
    if _word(tokens, end) in ("one", "ones") and _before(tokens, start, 1) in (["the"], ["that"]):
        yield _Passage(start - 1, end + 1, _having(items, mention))
    elif _before(tokens, start, 3) in (["the", "one", "with"], ["the", "one", "by"]):
        yield _Passage(start - 3, end, _having(items, mention))


def _having(items: Sequence[Item], mention: Mention) -> list[str]:
    wanted = [pair for pair in (split_about(about) for about in mention.abouts) if pair]
    names = {value for _, value in wanted}
    return [
        item.item_id
        for item in items
        if any(
            value in item.attributes.get(column, ())
            or (mention.person and any(value in held for held in item.attributes.values()))
            for column, value in wanted
        )
        or (mention.person and any(names & set(held) for held in item.attributes.values()))
    ][:1]


def _is_ordinal_of_list(tokens: Sequence[Token], at: int, nouns: frozenset[str]) -> bool:
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    before = _word(tokens, at - 1) if at else ""
    if before in ("my", "our", "a", "at", "his", "her", "very", "their"):
        return False
    if following is None or following.word in _ONE:
        return before in ("the", "and", "that", "", "or", "this") or following is not None
    beyond = _word(tokens, at + 2)
    if following.word in ("and", "or") and (beyond in _ORDINALS or beyond == "the"):
        return True
    if not following.word:
        return before in ("the", "and", "or", "")
    if following.word in ("two", "three"):
        return before == "the"
    return before == "the" and (following.word in _AFTER_ORDINAL or following.word in nouns)


def _word(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].word if 0 <= at < len(tokens) else ""


def _before(tokens: Sequence[Token], at: int, count: int) -> list[str]:
    return [token.word for token in tokens[max(0, at - count) : at]]
