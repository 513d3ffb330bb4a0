"""How a sentence frames what it names: asks, tells what a thing is, compares, starts afresh.

Patterns as in `cues`, which has the words that take a stance. What a frame does to a stance is
left to `stance`, `governing_cue` and `value_stance`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from bot.core import patterns
from bot.understanding.stances.predicates import BE

ASIDE = patterns.compile(r"(?:other than|besides|apart from|aside from|except)")
MAYBE = patterns.compile(r"(?:how|what) about\b")
CONTRAST = patterns.compile(
    r"(?:(?<= )|^)(?:but|however|though|although|yet|whereas|while|tho)(?= |$)"
)
QUESTION_START = patterns.compile(
    r"(?:and |so |but |oh |ok |okay |hm+ |well |no |yes |, )*(?:is|was|are|were|does|did|has|who|what|"
    r"when|which|how|where|whats|any good|seen|ever seen|watched|you seen|isn|would|is not|was not|are not|did not)\b"
)
COPULA_BEFORE = patterns.compile(
    r"(?:(?:^| )(?:it|that|this|he|she|they|§\d+|which|one|movie|film|§noun|those|these|plot|story|acting|"
    r"trailer|ending) "
    rf"(?:{BE}|had|has)(?: not)? (?:(?!for |like |want |about )\w+ ){{0,4}}|\b(?:so|too|very|how) |"
    r"\b(?:looked|seemed|felt|sounds|seems) (?:\w+ )?)$"
)
KEEPS_WISH = patterns.compile(
    r"\b(?:something|anything|one|ones|movies?|films?|§noun|as long as|make sure|needs|wants?|if) "
    r"(?:that |which |it |they |to )?(?:is|are|be|was|has|have)\b[^§,]*$"
)
SIMILAR = patterns.compile(
    r"(?:(?<= )|^)(?:(?:something|anything|any|others?|more|§noun|ones?|stuff|else) )*"
    r"(?:similar|like (?:that|it|this|those|these|them))(?: §noun)?(?= |$)(?! to)"
)
REFUSED = patterns.compile(
    r"(?:no thanks?|no thank you|nope|nah|hard pass|pass|not for me|no way)\b"
)
PREFERRED = patterns.compile(r"(?<=prefer )((?:§\d+|\S+ §\d+)) (?:to|over) ")
SAME = patterns.compile(
    r"(?:so|as) (?:was|is|were|are|did|does)$|(?:same (?:with|for|goes for)|also|ditto)$"
)
LIKE_AFTER = patterns.compile(r"(?: §noun)? like §\d| (?:recommendations?|suggestions?|please)\b")
IS_NOT = patterns.compile(
    r"\b(?:is|are|was|were) (?:not|never) (?:(?:that|really|very|too|so|even|all) )*$"
)
# "Those two are not thrillers" tells what they are; "films that are not thrillers" asks.
TOLD_NOT = patterns.compile(
    r"(?<!§noun )(?<!§\d )(?<!something )(?<!anything )(?<!ones )(?<!one )"
    r"\b(?:those|these|this|that|the|they|it|he|she|both|§\d+)(?: \w+){0,2}(?: §noun)? "
    r"(?:is|are|was|were) not (?:(?:really|exactly|quite|very|that|an?|so|too|even|all) )*"
    r"(?:\w+ )?$|\b(?:it|that|this|one|they|§\d+) (?:is|was|were|are) (?:\w+ ){1,3}(?:(?:but|,) )?not (?:\w+ )?$"
)
LESS_OF = patterns.compile(r"\b(?:less|not (?:as|so)) (?:too |very |so )?$")
# "It is more of a comedy" tells of a title, whatever wish went before.
TOLD_KIND = patterns.compile(
    r"\b(?:it|that|this|they) (?:is|was|are|were) (?:really |just |actually )?"
    r"(?:more|less|like|kind of|kinda|sort of|not really)\b[^,;§]{0,25}$"
)
