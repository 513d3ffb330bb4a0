"""For how long words hold: for tonight, for good, or not until another day.

Owns the words for it. What is kept for good, and what is put off, is left to `understander`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from bot.core import patterns

_FOR_GOOD = patterns.compile(
    r"\b(?:never (?:ever )?(?:show|recommend|suggest|give)|always|in general|generally|from now on|ever again|"
    r"as a rule|(?:no|not|never|hate|nothing|without)\b[^;]*\bever(?= please| ,| ;|$)|anymore|any more|usually|never again|again$|at all times|permanently|for good|forever|every time)\b"
)
_TONIGHT = patterns.compile(
    r"\b(?:tonight|today|right now|this (?:time|evening|weekend)|for now|at the moment|now)\b"
)
_ANOTHER_DAY = patterns.compile(
    r"\b(?:not (?:tonight|today|now|right now|yet|this time|at the moment|in the mood(?: for (?:it|that|this|§))?)|"
    r"(?:some|an)other (?:day|time|night)|maybe (?:later|another|some other|next time)|later maybe|not in the mood for (?:it|that|§\d+)|save it for another|some other time)\b"
)


def is_for_good(words: str) -> bool:
    """Whether a wish or a limit is meant for every time from now on."""
    return _FOR_GOOD.search(words) is not None and _TONIGHT.search(words) is None


def puts_off(words: str) -> bool:
    """Whether something is put off to another day."""
    return _ANOTHER_DAY.search(words) is not None
