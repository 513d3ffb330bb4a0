"""What a suggestion should be about or feel like, in words that no column of the catalogue has.

"Superhero movies", "something about dinosaurs": such words set no limit and stand for no value.
That they were said is enough to go on; what they are worth is left to the ranking, which looks
the message's words up in the items' texts.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import patterns
from bot.understanding.lexicon import English
from bot.understanding.linking.mentions import Mention
from bot.understanding.sentences import left_of
from bot.understanding.text import word_set

_BEFORE = patterns.compile(r"((?:[a-z]{3,} ){1,3})§noun")
_AFTER = patterns.compile(
    r"(?:\babout|\binvolving|\bset (?:in|on|during)|\bfeaturing|"
    r"(?:§noun|something|anything) (?:with|on|in|of)) ((?:[a-z]{3,} ?){1,4})"
)
_FOND = patterns.compile(r"\b(?:love|like|enjoy|prefer)\b[^;]*§noun about \w")
_LESS_OF = patterns.compile(r"\b(?:less|not (?:as|so)) §(\d+)\b")
_EMPTY = word_set(
    """good great nice best new old older newer recent favourite kind type kinds types sort any
    other similar more these different cool awesome fun interesting decent random entire whole
    same few couple type style classic modern top whatever care anything type said mind sure know
    think thought them that this those what which year years age length time times called name
    named title titles movie film hours minutes hour long short popular famous well known foreign
    watching watch
    little bit lot lots really very super pretty genre genres please thanks tonight today looking
    find recommend suggest some something show give want need see watched seen feeling hate
    love like liked loved enjoy enjoyed prefer not mood night weekend evening rainy friday saturday
    sunday boring bad worst amazing excellent perfect okay yes suggestions recommendation another
    actual actually real proper hello personal preferably novel novels lot fav worth
    nothing kids going lately stuff underrated overrated"""
)


def themes_of(text: str, english: English) -> tuple[str, ...]:
    """Theme words of a message written as `sentences_of` writes it, in order, without repeats."""
    found: dict[str, None] = {}
    for pattern in (_BEFORE, _AFTER):
        for match in pattern.finditer(text):
            for word in match[1].split():
                if word not in english.function and word not in _EMPTY:
                    found[word] = None
    return tuple(found)


def is_fond_of_theme(text: str) -> bool:
    """Whether a liking for a theme is told: "I love films about trains"."""
    return _FOND.search(text) is not None


def shades_of(text: str, shades: Sequence[str]) -> tuple[str, ...]:
    """How it should feel: those of the lexicon's `shades` that something is asked to have.

    "It was really sad" tells of a title and asks for nothing.
    """
    found: dict[str, None] = {}
    for shade in shades:
        if shade not in text:
            continue
        said = rf"(?<![a-z§]){patterns.escape(shade)}(?![a-z])"
        for match in patterns.finditer(said, text):
            before = left_of(text, match.start())
            wished = _WISHED.search(before) or _OF_NOUN.match(text, match.end())
            if wished and not _TOLD.search(before):
                found[shade] = None
                break
    return tuple(found)


def less_of(text: str, mentions: Sequence[Mention]) -> tuple[str, ...]:
    """Shades that are wanted less, in words for a value: "less gory" closes no kind."""
    numbers = {int(mark[1]) for mark in _LESS_OF.finditer(text)}
    return tuple(
        mention.text.casefold()
        for number, mention in enumerate(mentions)
        if mention.opinion and number in numbers
    )


_WISHED = patterns.compile(
    r"(?:\b(?:something|anything|nothing|movies?|films?|ones?|more|less|no|bit|not|but|with|want)"
    r"|§noun|§\d+|,|^)(?: (?:a|an|the|too|as|so|really|very|super|equally|that|is|are|much|or|and"
    r"|any|little|bit|good|happy|strong|plot))* $"
)
_OF_NOUN = patterns.compile(r" (?:§noun|one\b|ones\b|stuff\b)")
_TOLD = patterns.compile(
    r"\b(?:it|that|this|they|he|she|§\d+|which) (?:is|was|were|are|looks?|sounds?)(?: \w+){0,3} $"
)
