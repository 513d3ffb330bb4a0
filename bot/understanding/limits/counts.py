"""How many suggestions a message asks for: "top 5", "just one", "a couple of comedies".

Owns the words for a number of items; numbers that limit years or lengths are left to `constraints`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from bot.core import patterns
from bot.understanding.text import NUMBER_WORDS

MOST_ASKED = 20
_COUNT = patterns.compile(
    r"\b(?:top|best|give me|show me|recommend|suggest|list|name|find me|just|only|need|want|get me|"
    r"another|like|for)(?: me)?(?: the| a| just| only| about| your| us)*(?: (?:top|best))? (?P<n>\d+|"
    + "|".join(list(NUMBER_WORDS)[:20])
    + r"|couple(?: of)?|dozen)(?= (?:§noun|§\d|good|great|more|other|different|suggestions?|recommendations?|"
    r"of|please|options?|ideas?|titles?|picks?|best|to|that|new|old|really|funny|scary)\b|$| ,)"
)
_LEADING_COUNT = patterns.compile(
    r"^(?P<n>\d+|"
    + "|".join(list(NUMBER_WORDS)[1:20])
    + r") (?:more |good |great |other |different )*(?:§noun|suggestions|recommendations|options|ideas|§\d+ §noun|§\d+$)"
)
_N_MORE = patterns.compile(
    r"^(?:ok |okay |yes |and |now |please |show me |give me |, )*(?:another |the next )?(?P<n>\d+|"
    + "|".join(list(NUMBER_WORDS)[1:20])
    + r")(?: more| others?| suggestions?)?(?: please)?$"
)
_SINGLE = patterns.compile(
    r"\b(?:just|only) (?:one|1|a single)\b|\ba single (?:§noun|suggestion|recommendation)"
)
_COUNT_OF_ANY = patterns.compile(
    r"\b(?:give|show|recommend|suggest|tell|list|name|find|get|top|best)(?: me| us)?(?: the)?(?: top| best)? (?P<n>\d{1,2}|"
    + "|".join(list(NUMBER_WORDS)[1:20])
    + r")(?! (?:minutes?|mins?|hours?|hrs?|years?|stars?|oscars?)\b)(?= )"
)


def count_of(words: str) -> int | None:
    """How many are asked for in `words`, the message's sentences; None when nothing is said."""
    if _SINGLE.search(words):
        return 1
    more = _N_MORE.match(words)
    if more is not None and not patterns.search(
        r"more|other|another|next|suggestion|give|show", more[0]
    ):
        more = None
    match = (
        more or _COUNT.search(words) or _LEADING_COUNT.search(words) or _COUNT_OF_ANY.search(words)
    )
    if match is None:
        return None
    said = match["n"]
    if said.startswith("couple"):
        return 2
    number = (
        12 if said == "dozen" else NUMBER_WORDS.get(said) or (int(said) if said.isdigit() else 0)
    )
    return number if 1 <= number <= MOST_ASKED else None
