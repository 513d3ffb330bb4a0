"""What the readers of limits share: the words of a refusal, a year, a number, and patterns made once.

Owns no reading of its own; years are left to `years`, lengths and other numbers to `measures`,
comparisons to `comparisons`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

import re
from functools import cache

NUMBER = r"(?:\d+(?:\.\d+)?)"
YEAR = r"(?:18[7-9]\d|19\d\d|20\d\d)"
NEGATION = re.compile(
    r"(?:\b(?:no|not|nothing|never|without|avoid|do not (?:want|like|need)(?: anything)?|anything but|except|neither|nor|"
    r"not in the mood for|not a fan of|hate|dislike)(?: (?:too|any|anything|a|an|the|from|in|of|really|that|is|stuff|"
    r"§noun|much|very|that is|made|like|older|something|with))*) ?$"
)


def search(pattern: str, text: str) -> re.Match[str] | None:
    """The first place where `pattern` stands in `text`."""
    return _compiled(pattern).search(text)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, made once: there are more of them than the standard library keeps."""
    return re.compile(pattern)
