"""What a suggestion should be about, in words that no column of the catalogue has.

"Superhero movies", "something about dinosaurs": such words set no limit and stand for no value.
That they were said is enough to go on; what they are worth is left to the ranking, which looks
the message's words up in the items' texts.
"""

from __future__ import annotations

import re

from bot.understanding.lexicon import English
from bot.understanding.text import word_set

_BEFORE = re.compile(r"((?:[a-z]{3,} ){1,3})§noun")
_AFTER = re.compile(
    r"(?:\babout|\binvolving|\bset (?:in|on|during)|\bfeaturing|"
    r"(?:§noun|something|anything) (?:with|on|in|of)) ((?:[a-z]{3,} ?){1,4})"
)
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
