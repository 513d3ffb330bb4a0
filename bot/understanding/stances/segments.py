"""A sentence as the row of its parts: cues, mentions, contrasts, commas, pronouns.

Owns where each part begins and ends; what they come to when read from left to right is left to
`stance`.
"""

from __future__ import annotations

from bot.understanding.lexicon import english
from bot.understanding.linking.mentions import Stance
from bot.understanding.sentences import MARK
from bot.understanding.stances.cues import CUES
from bot.understanding.stances.framing import CONTRAST
from bot.understanding.stances.predicates import (
    OBJECT,
    SUBJECT,
)
from bot.understanding.text import word_set

Part = tuple[int, int, str, object]
"""Begin, end, kind, and a cue's stance or a mention's number."""

_AFTER_PRONOUN = word_set(
    """yesterday tonight today last years honestly anyway please thanks lol tho though lots sucked
    sucks rocked rocks bored scared personally already twice once recently seriously actually
    really probably maybe someday sometime instead was were is are made did does sounds looks
    seems totally definitely absolutely movie film haha also too later tomorrow thank"""
)


def parts_of(text: str) -> list[Part]:
    """The parts of a sentence in order; no two of them overlap but for marks inside a cue."""
    events: list[Part] = []
    covered = [False] * (len(text) + 1)
    at = 0
    while at < len(text):
        if at == 0 or text[at - 1] == " ":
            found = _cue_at(text, at)
            if found is not None:
                stance, end = found
                marks = list(MARK.finditer(text, at, end))
                for mark in marks:  # "comedies like": the mention stands in the cue
                    events.append((mark.start(), mark.end(), "mention", mark[1]))
                events.append((at if not marks else marks[-1].end(), end, "cue", stance))
                covered[at:end] = [True] * (end - at)
                at = end + 1
                continue
            mark_here = MARK.match(text, at)
            if mark_here:
                events.append((at, mark_here.end(), "mention", mark_here[1]))
                covered[at : mark_here.end()] = [True] * (mark_here.end() - at)
                at = mark_here.end() + 1
                continue
            contrast = CONTRAST.match(text, at)
            if contrast:
                events.append((at, contrast.end(), "contrast", None))
                at = contrast.end() + 1
                continue
            if text[at] == ",":
                events.append((at, at + 1, "comma", None))
            for pattern in (SUBJECT, OBJECT):
                pronoun = pattern.match(text, at)
                if pronoun and not _determines(text[at : pronoun.end()], text[pronoun.end() :]):
                    events.append((at, pronoun.end(), "pronoun", None))
                    at = pronoun.end() - 1
                    break
        space = text.find(" ", at)
        at = len(text) if space < 0 else space + 1
    events.sort(key=lambda event: event[0])
    return events


def _cue_at(text: str, at: int) -> tuple[Stance | None, int] | None:
    for stance, pattern in CUES:
        match = pattern.match(text, at)
        if match and match.end() > at:
            return stance, match.end()
    return None


def _determines(pronoun: str, rest: str) -> bool:
    """Whether "those" belongs to a noun of its own: "those twists at the end"."""
    if pronoun not in ("that", "this", "those", "these"):
        return False
    following = rest.split()[:1]
    plain = english()
    return bool(following) and (
        following[0].isalpha()
        and following[0] not in plain.function
        and following[0] not in _AFTER_PRONOUN
    )
