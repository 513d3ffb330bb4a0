"""What the readers of limits share: the words of a refusal, a year and a number.

Owns no reading of its own; years are left to `years`, lengths and other numbers to
`numeric_constraints`, comparisons to `comparisons`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from bot.core import patterns

NUMBER = r"(?:\d+(?:\.\d+)?)"
YEAR = r"(?:18[7-9]\d|19\d\d|20\d\d)"
NEGATION = patterns.compile(
    r"(?:\b(?:no|not|nothing|never|without|avoid|do not (?:want|like|need)(?: anything)?|anything but|except|neither|nor|"
    r"not in the mood for|not a fan of|hate|dislike)(?: (?:too|any|anything|a|an|the|from|in|of|really|that|is|stuff|"
    r"§noun|much|very|that is|made|like|older|something|with))*) ?$"
)
