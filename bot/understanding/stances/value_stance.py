"""The stance towards a kind, a person or another value that a sentence names.

Owns what a value is told apart by from an item: it may only describe, be qualified, or be wished
for without a verb. Stances towards items are left to `stance`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import patterns
from bot.understanding.linking.mentions import Kind, Mention, Stance
from bot.understanding.sentences import MARK, is_fragment
from bot.understanding.stances.framing import (
    COPULA_BEFORE,
    IS_NOT,
    KEEPS_WISH,
    LESS_OF,
    LIKE_AFTER,
    TOLD_KIND,
    TOLD_NOT,
)
from bot.understanding.stances.governing_cue import GoverningCue
from bot.understanding.text import word_set

_THIS_ONE = patterns.compile(r"\b(?:that|this) $")
_ITEM_AFTER = patterns.compile(r" (?:§noun )?§(\d+)")
_QUALIFIERS = word_set(
    """dirty sappy cheesy corny stupid dumb silly raunchy crude mindless bad cheap old new modern
    depressing sad slow violent bloody gory gross low budget b japanese korean foreign american
    british kiddie childish animated black dark heavy long predictable typical generic cliche
    vulgar gratuitous found footage torture body space romantic teen teenage high school
    superhero political religious christian military boring lame"""
)


def stance_of_value(
    mentions: Sequence[Mention],
    number: int,
    text: str,
    place: tuple[int, int],
    governing: GoverningCue,
    *,
    asks: bool,
    after: Stance | None,
) -> Stance:
    """The stance towards the value at `place` in `text`, the mention of that number.

    `asks` says whether the sentence is a question, `after` what is said of the value after it.
    """
    mention, (start, end) = mentions[number], place
    left, stance = text[:start], governing.stance
    if after is not None and not mention.opinion and stance is not Stance.WANT:
        return after
    described = bool(COPULA_BEFORE.search(left)) and not KEEPS_WISH.search(left)
    told = _only_told(mention, left, text[end:], governing, mentions)
    if told is not None:
        return told
    if stance in (Stance.AVOID, Stance.DISLIKE) and start - governing.end <= 30:
        less = mention.narrow or _is_qualified(text[governing.end : start])
        return Stance.DENIED if less and not mention.person else stance
    if stance is None and LIKE_AFTER.match(text, end):
        return Stance.WANT
    if described and (mention.opinion or stance is not Stance.WANT):
        return Stance.NEUTRAL
    if stance in (Stance.LIKE, Stance.WANT):
        return stance
    if asks or stance in (Stance.NEUTRAL, Stance.SEEN, Stance.UNSEEN):
        return Stance.NEUTRAL
    if mention.opinion and mention.text.casefold().endswith("er"):
        return Stance.WANT
    if not is_fragment(text, start):
        return Stance.NEUTRAL
    if mention.opinion:
        fragment = len(text.split()) <= 4 or text[end:].startswith(" §noun")
        return Stance.WANT if fragment and not described else Stance.NEUTRAL
    return Stance.WANT


def _only_told(
    mention: Mention,
    left: str,
    right: str,
    governing: GoverningCue,
    mentions: Sequence[Mention],
) -> Stance | None:
    """NEUTRAL for a value that tells what something is, DENIED for one told not to hold.

    None for any other: it may be wished for.
    """
    if mention.opinion and governing.determiner and IS_NOT.search(left):
        return Stance.DENIED  # "it is not funny" says nothing of what is wanted
    if TOLD_KIND.search(left):
        return Stance.NEUTRAL
    if governing.determiner and TOLD_NOT.search(left):
        return Stance.DENIED
    if _THIS_ONE.search(left) and not mention.person:
        return Stance.NEUTRAL  # "that cartoon" is one title
    if left.endswith("the ") and _names_an_item(right, mentions):
        return Stance.NEUTRAL  # "the documentary Icarus"
    if left.endswith("not the ") and right.startswith(" one"):
        return Stance.DENIED  # "not the animated one" tells which is meant
    if mention.opinion and LESS_OF.search(left):
        return Stance.DENIED  # "less gory" wants a shade of what was shown, not another kind
    return None


def _names_an_item(right: str, mentions: Sequence[Mention]) -> bool:
    mark = _ITEM_AFTER.match(right)
    return mark is not None and mentions[int(mark[1])].kind is Kind.ITEM


def _is_qualified(between: str) -> bool:
    """Whether a word narrows the value that it stands before: "dirty comedies"."""
    words = between.split()
    if not words:
        return False
    # "sports dramas": the second kind is only what sort of the first is meant
    return words[-1] in _QUALIFIERS or MARK.fullmatch(words[-1]) is not None
