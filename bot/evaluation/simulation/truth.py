"""Checks the reasons of a suggestion against profile, catalogue and score terms.

It shares no code with what writes the reasons: a sentence is read back with the pattern of its
template, and each thing it claims is looked up anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

import prompts
from bot.conversation.api import ChatService
from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.core.results import Suggestion
from bot.core.values import EventKind, Item

REASONS = "replies/reasons.jinja"
WELL_KNOWN = 0.75  # share of items that are at most as well known
SAME_TIME = 5  # years
_HOLE = "\x01"

# The kinds of claim (the templates' macros), what fills them, and the terms that bear them out.
TERMS: Mapping[str, frozenset[str]] = {
    "wanted": frozenset({"attributes", "wanted", "wishes"}),
    "liked_value": frozenset({"attributes", "wanted", "wishes"}),
    "as_worded": frozenset({"attributes", "wishes"}),
    "alike": frozenset({"alike", "likeness", "reactions"}),
    "resembles": frozenset({"alike", "likeness"}),
    "close_to_named": frozenset({"alike", "likeness"}),
    "unlike": frozenset({"unalike"}),
    "together": frozenset({"co_mention", "collaborative"}),
    "brought_up": frozenset({"co_mention", "collaborative"}),
    "popularity": frozenset({"popularity", "prior"}),
    "better_known": frozenset({"popularity", "prior"}),
    "time": frozenset({"time", "reactions"}),
    "in_time": frozenset({"time"}),
    "reacted": frozenset({"reactions"}),
    "language_model": frozenset({"language_model"}),
    "titles": frozenset({"titles"}),
    "words": frozenset({"words"}),
}
_HOLES: Mapping[str, Mapping[str, object]] = {
    "wanted": {"values": [_HOLE]},
    "liked_value": {"values": [_HOLE]},
    "alike": {"title": _HOLE, "shared": [_HOLE]},
    "resembles": {"title": _HOLE},
    "unlike": {"title": _HOLE},
    "together": {"title": _HOLE},
    "time": {"title": _HOLE},
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether all that was said is true, and whether the first reason is the largest term's."""

    true: bool
    largest_first: bool
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What a checker may read: the person's likes, wishes and mentions, the item, the terms."""

    catalogue: Catalogue
    item: Item
    terms: Mapping[str, float]
    liked: frozenset[str]
    spoken_of: frozenset[str]
    wants: frozenset[str]
    liked_values: frozenset[str]
    disliked: frozenset[str] = frozenset()
    said: bool = True  # whether anything was said or shown before the item was


def judge_reasons(
    service: ChatService, user: str, conversation: str, suggestion: Suggestion
) -> Verdict | None:
    """The verdict on a suggestion's reasons; None when it has none."""
    if not suggestion.reasons:
        return None
    profile = service.profile(user)
    turns = service.turns(user, conversation)
    said = {item for turn in turns for item in turn.result.understood.mentions}
    shown = {each.item.item_id for turn in turns for each in turn.result.suggestions}
    evidence = Evidence(
        catalogue=service.catalogue,
        item=suggestion.item,
        terms=suggestion.terms,
        liked=frozenset(profile.liked),
        spoken_of=frozenset(said | shown | set(profile.liked)),
        wants=frozenset(profile.about(EventKind.WANTS)),
        liked_values=frozenset(profile.about(EventKind.LIKES, EventKind.WANTS)),
        disliked=frozenset(profile.disliked),
        said=bool(turns),
    )
    return judge(suggestion.reasons, evidence)


def judge(reasons: Sequence[str], evidence: Evidence) -> Verdict:
    """Read each sentence back and look up what it claims."""
    readings = [_read(sentence) for sentence in reasons]
    true = all(any(_holds(kind, filled, evidence) for kind, filled in each) for each in readings)
    positive = {name: value for name, value in evidence.terms.items() if value > 0}
    largest = max(positive, key=lambda name: positive[name], default=None)
    first = {kind for kind, _ in readings[0]} if readings else set()
    led = any(largest in TERMS[kind] for kind in first)
    return Verdict(true, led, tuple(reasons))


def _read(sentence: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every kind that a sentence can be with what fills it; none when no template makes it.

    A title may hold what a template puts after it ("A: B (2003)"), so every split is a reading.
    """
    found: list[tuple[str, tuple[str, ...]]] = []
    for kind, pieces in _pieces().items():
        found.extend((kind, filled) for filled in _fillings(sentence, pieces))
    return found


def _fillings(sentence: str, pieces: Sequence[str]) -> list[tuple[str, ...]]:
    """What can stand between the fixed pieces of a template for it to read as `sentence`."""
    first, *rest = pieces
    if not sentence.startswith(first):
        return []
    if not rest:
        return [()] if sentence == first else []
    after = sentence[len(first) :]
    found: list[tuple[str, ...]] = []
    for match in patterns.finditer(patterns.escape(rest[0]), after):
        if match.start() > 0:
            tail = _fillings(after[match.start() :], rest)
            found.extend((after[: match.start()], *filled) for filled in tail)
    return found


@cache
def _pieces() -> dict[str, list[str]]:
    """The fixed pieces of each template, around its holes."""
    return {
        kind: prompts.phrase(REASONS, kind, **_HOLES.get(kind, {})).split(_HOLE) for kind in TERMS
    }


def _holds(kind: str, filled: tuple[str, ...], evidence: Evidence) -> bool:
    if not any(evidence.terms.get(term, 0.0) > 0 for term in TERMS[kind]):
        return False
    check: Callable[[tuple[str, ...], Evidence], bool] = _CHECKS[kind]
    return check(filled, evidence)


def _wanted(filled: tuple[str, ...], evidence: Evidence) -> bool:
    return _each_is(filled[0], evidence.item, evidence.wants)


def _liked_value(filled: tuple[str, ...], evidence: Evidence) -> bool:
    return _each_is(filled[0], evidence.item, evidence.liked_values)


def _alike(filled: tuple[str, ...], evidence: Evidence) -> bool:
    others = _items(filled[0], evidence.liked, evidence.catalogue)
    own = _values(evidence.item)
    return any(
        all(part in own and part in _values(other) for part in _parts(filled[1], own))
        for other in others
    )


def _together(filled: tuple[str, ...], evidence: Evidence) -> bool:
    return bool(_items(filled[0], evidence.spoken_of, evidence.catalogue))


def _time(filled: tuple[str, ...], evidence: Evidence) -> bool:
    year = evidence.item.year
    return year is not None and any(
        other.year is not None and abs(other.year - year) <= SAME_TIME
        for other in _items(filled[0], evidence.liked, evidence.catalogue)
    )


def _popular(filled: tuple[str, ...], evidence: Evidence) -> bool:
    known = evidence.catalogue.numbers("popularity")
    own = evidence.item.popularity
    known = known[~np.isnan(known)]
    return own is not None and bool(len(known)) and float(np.mean(known <= own)) >= WELL_KNOWN


def _resembles(filled: tuple[str, ...], evidence: Evidence) -> bool:
    own = _long_words(evidence.item)
    others = _items(filled[0], evidence.spoken_of, evidence.catalogue)
    return any(own & _long_words(other) for other in others)


def _unlike(filled: tuple[str, ...], evidence: Evidence) -> bool:
    return bool(_items(filled[0], evidence.disliked, evidence.catalogue))


def _something_named(filled: tuple[str, ...], evidence: Evidence) -> bool:
    return bool(evidence.spoken_of)


def _something_said(filled: tuple[str, ...], evidence: Evidence) -> bool:
    return evidence.said


def _always(filled: tuple[str, ...], evidence: Evidence) -> bool:
    return True  # that the term is positive is all that is claimed


_CHECKS: Mapping[str, Callable[[tuple[str, ...], Evidence], bool]] = {
    "wanted": _wanted,
    "liked_value": _liked_value,
    "as_worded": _something_said,
    "alike": _alike,
    "resembles": _resembles,
    "close_to_named": _something_named,
    "unlike": _unlike,
    "together": _together,
    "brought_up": _something_named,
    "popularity": _popular,
    "better_known": _always,
    "time": _time,
    "in_time": _something_named,
    "reacted": _something_said,
    "language_model": _always,
    "titles": _always,
    "words": _always,
}


def _each_is(text: str, item: Item, abouts: frozenset[str]) -> bool:
    """Whether every value named in `text` is the item's and stands among `abouts`."""
    own = {
        value
        for column, values in item.attributes.items()
        for value in values
        if f"{column}:{value}" in abouts
    }
    return all(part in own for part in _parts(text, own))


def _parts(text: str, known: frozenset[str] | set[str]) -> list[str]:
    """``A, B and C`` taken apart; a value that holds a comma or an "and" stays whole."""
    if text in known:
        return [text]
    for joint in (" and ", ", "):
        for match in patterns.finditer(patterns.escape(joint), text):
            if text[match.end() :] in known:
                return [*_parts(text[: match.start()], known), text[match.end() :]]
    return [text]


def _long_words(item: Item) -> set[str]:
    """Words of four letters and more in title and description, in lower case."""
    return set(patterns.findall(r"[^\W\d_]{4,}", f"{item.title} {item.description or ''}".lower()))


def _values(item: Item) -> frozenset[str]:
    return frozenset(value for values in item.attributes.values() for value in values)


def _items(label: str, among: frozenset[str], catalogue: Catalogue) -> list[Item]:
    known = (catalogue.get(item_id) for item_id in among)
    return [item for item in known if item is not None and item.label == label]
