"""Whether words ask for something or tell of it, so that what is told limits nothing.

"Comedies from the 80s" asks, "it came out in 1984" tells, "I love old films" tells of a taste.
What limits there are is left to `constraints`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from bot.core import patterns

# A limit counts where something is asked for, or where no verb says anything at all ("comedies
# from the 80s"); what is told of a thing ("it came out in 2016") limits nothing.
_CLAUSE = patterns.compile(r" [,;] | (?:but|although|though|because) ")
_ASKING = patterns.compile(
    r"\b(?:looking|look for|wants?|wanted|needs?|any|anything|something|nothing|some|recommend\w*|suggest\w*|show|give|"
    r"find|prefer\w*|rather|should|must|has to|have to|only|make it|keep it|could|can|do you|got|have you|have about|mood|"
    r"would|please|not?|never|search\w*|which|ideas|as long as|either|maybe|how about|what about|try|if|up for|"
    r"feel\w* like|more|less|fewer|than|too|mostly|ideally|especially|time for)\b"
)
_TASTE = patterns.compile(
    r"\b(?:likes?|liked|loves?|loved|enjoy\w*|into|fan of|prefer|watch|favourite|tend to|enthusiast|lover)\b"
)
_TOLD = patterns.compile(
    r"(?:^|\b(?:it|that|this|they|those|these|he|she|i|we|you|§\d+|there|one|name|kids?|which|who|like|sound)(?: \w+){0,2}? )"
    r"(?:is|was|were|are|am|been|came out|come out|came|saw|seen|watched|remember|thought|had|born|happy)\b"
    r"(?! (?:from|between|after|before|looking|there|made)\b(?!.*\bsaw\b))"
)
_IS_A = patterns.compile(r"\b(?:is|was|were|are) (?:a|an|the|such a)(?: \w+)? $")
_SAID_OF = patterns.compile(r" (?:was|is|were|sucked|rocked)\b")  # "1917 was great": a title
_I_LIKE = patterns.compile(r"\b(?:i|we) (?:\w+ )?(?:like|love|enjoy)\b")
_WOULD_LIKE = patterns.compile(r"\b(?:would|will) (?:\w+ )?(?:like|love|prefer|enjoy)\b")

_REACH = 1000  # characters: no sentence's clause begins farther back


def is_told(text: str, start: int, end: int, vague: bool = False) -> bool:
    """Whether the clause around ``text[start:end]`` tells of something instead of asking.

    A `vague` limit ("recent") does not count in a statement of taste either: "I love old films"
    closes no door on the rest.
    """
    nearest = max(0, start - _REACH)
    clause_start = max((m.end() for m in _CLAUSE.finditer(text, nearest, start)), default=nearest)
    following = _CLAUSE.search(text, max(end - 1, 0))
    clause = text[clause_start : following.start() if following else len(text)]
    before = text[clause_start:start]
    if vague and not _WOULD_LIKE.search(clause):
        said = patterns.sub(
            r"\b(?:feel(?:ing)? like|prefer)\b|\b(?:want|something|anything)\b.*", "", before
        )
        if _TASTE.search(said) or _I_LIKE.search(clause):
            return True
    if vague and _IS_A.search(before) and not _ASKING.search(before):
        return True
    if _ASKING.search(before) or _ASKING.search(text[start:end]):
        return False
    if (vague and _IS_A.search(before)) or (not before.strip() and _SAID_OF.match(text, end)):
        return True
    return bool(_TOLD.search(before))
