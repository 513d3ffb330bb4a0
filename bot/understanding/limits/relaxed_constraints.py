"""Limits that a message lifts: "any year is fine", "forget the time limit", "no restrictions".

Owns the words that lift; leaves those that set a limit to `constraints`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from collections.abc import Sequence

from bot.core import patterns
from bot.understanding.lexicon import Lexicon

_ALL_LIMITS = patterns.compile(
    r"\b(?:forget|drop|lift|remove|ignore|scrap|lose|cancel|clear|ditch|reset|without|no|take off)(?: about)?"
    r"(?: all| any| the| of| those| these| my| more)* (?:limits|restrictions|constraints|filters|requirements)\b|"
    r"\b(?:drop|lift|remove|forget|ignore) (?:the|that|my) (?:limit|restriction|constraint|filter)\b"
)


def lifted(text: str, columns: Sequence[str], lexicon: Lexicon) -> tuple[str, ...]:
    """The names of the limits that `text` lifts; `columns` are numeric, without the year."""
    names: list[str] = []
    for column in ("year", *columns):
        words = {column.replace("_", " "), *lexicon.measures.get(column, ())}
        if column == "year":
            words |= {
                "year",
                "years",
                "decade",
                "decades",
                "era",
                "age",
                "old it is",
                "time period",
                "how old",
            }
        said = "|".join(patterns.escape(word) for word in sorted(words, key=len, reverse=True))
        if patterns.search(
            rf"\b(?:any|whatever|all|every) (?:{said})(?: (?:is|are|will|would|works?|goes|do|be))*\b|"
            rf"\b(?:{said}) (?:does|do|is|are|really|just)* ?(?:not |unimportant|irrelevant|no )(?:matter|important|an issue|problem|concern)?|"
            rf"\b(?:do not|does not|dont) (?:care|mind|matter)(?: (?:about|how|what|which|when|if|the|for|much|it|is|was|which))* (?:{said})\b|"
            rf"\b(?:forget|drop|lift|remove|ignore|scrap|lose|cancel|skip|undo|ditch|scratch|never mind|without|take (?:off|away))"
            rf" (?:about )?(?:the |my |that |any )?(?:{said})(?: (?:limit|limits|restriction|constraint|cap|filter|requirement|thing|rule|condition))?\b|"
            rf"\bno (?:more )?(?:{said}) (?:limits?|restrictions?|constraints?|cap|filters?|requirements?)\b|"
            rf"\bno matter (?:how|what|which|the) ?(?:{said})\b|"
            rf"\b(?:{said}) (?:is|are) (?:fine|ok|okay|up to you|open|flexible)\b",
            text,
        ):
            names.extend((f"{column}_min", f"{column}_max"))
    if _ALL_LIMITS.search(text):
        names = [f"{c}_{side}" for c in ("year", *columns) for side in ("min", "max")]
    return tuple(names)
