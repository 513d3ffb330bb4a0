"""Well-formed text: a person's words without characters that no encoding or terminal takes.

Owns what becomes of lone surrogates and control characters, and where a long text is cut; leaves
how much of a message is read to `bot.conversation.dialogue`. All text from outside goes through
here once, where it comes in.
"""

from __future__ import annotations

import unicodedata

from bot.core import patterns

LONGEST_CHARACTER = 32
"""Code points that one visible character may have; of more, a cut goes through it."""
_JOINER = "\u200d"
_TONES = range(0x1F3FB, 0x1F400)
# Line breaks and tabs are text; other control characters are commands to a terminal.
_CONTROL = patterns.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


def well_formed(text: str) -> str:
    """The text in whole characters: U+FFFD for lone surrogates, a space for control characters.

    Two surrogates that belong together become the character that they stand for. A byte that
    could not be decoded (Python keeps it as a surrogate) is one too.
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROL.sub(" ", text)


def beginning(text: str, most: int) -> str:
    """At most the first `most` code points of well-formed text, no visible character cut in two."""
    if len(text) <= most:
        return text
    end = most
    while most - end < LONGEST_CHARACTER and end > 0 and _continues(text, end):
        end -= 1
    return text[: most if _continues(text, end) else end]


def _continues(text: str, at: int) -> bool:
    """Whether what stands at a place is seen as one with what stands before it."""
    if at == 0:
        return False
    character = text[at]
    return (
        unicodedata.category(character)[0] == "M"
        or character == _JOINER
        or ord(character) in _TONES
        or text[at - 1] == _JOINER
    )
