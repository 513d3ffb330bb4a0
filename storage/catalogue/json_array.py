"""The objects of a JSON array, one at a time, from a file that may be larger than memory.

Finds where each object ends and holds no more than one that is as long as a line may be
(`bot.core.bounded_lines`). What an object holds is read and judged by
`storage.catalogue.catalogue_files`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO

from bot.core.bounded_lines import LONGEST_LINE

PIECE = 1 << 16
"""Characters read at a time, or as many as are held already where that is more."""
CUT = 16
"""Characters before the end of what was read in which a token may look broken that is cut off."""
SPACE = " \t\r\n"

# Numbers are left as they stand: only where the object ends is asked.
_decoder = json.JSONDecoder(parse_int=str, parse_float=str)


class ArrayError(ValueError):
    """What is no array of objects; says after how many objects, and what stands there."""

    def __init__(self, number: int, found: str):
        super().__init__(found)
        self.number = number


def objects_in(file: IO[str]) -> Iterator[str]:
    """The text of each object of the array that a file holds. Raises ArrayError."""
    text = _Text(file)
    number = 0
    _expect("[", text.next_character(), number)
    text.skip()
    if text.next_character() == "]":
        text.skip()
    else:
        while True:
            _expect("{", text.next_character(), number)
            yield text.take_object(number)
            number += 1
            character = text.next_character()
            if character != "]":
                _expect(",", character, number)
            text.skip()
            if character == "]":
                break
    if text.next_character():
        raise ArrayError(number, "more after the array's end")


def _expect(wanted: str, found: str, number: int) -> None:
    if found != wanted:
        stands = repr(found) if found else "the end of the file"
        raise ArrayError(number, f"{stands} where a {wanted!r} belongs")


class _Text:
    """A file's text from where it is read to, of which a bounded part is held."""

    def __init__(self, file: IO[str]):
        self._file = file
        self._held = ""
        self._at = 0

    def next_character(self) -> str:
        """The next one that is no space, which stays; empty at the end."""
        while True:
            while self._at < len(self._held) and self._held[self._at] in SPACE:
                self._at += 1
            if self._at < len(self._held):
                return self._held[self._at]
            if not self._read():
                return ""

    def skip(self) -> None:
        """Go past one character."""
        self._at += 1

    def take_object(self, number: int) -> str:
        """The text of the object that begins here."""
        while True:
            try:
                _, end = _decoder.raw_decode(self._held, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos + CUT > len(self._held)
                if not cut:
                    raise ArrayError(number, f"something else ({error.msg})") from None
                if len(self._held) - self._at > LONGEST_LINE:
                    found = f"an object of more than {LONGEST_LINE:,} characters"
                    raise ArrayError(number, found) from None
                if not self._read():
                    raise ArrayError(number, f"an object without an end ({error.msg})") from None
            except RecursionError as error:
                raise ArrayError(number, f"lists within lists without end ({error})") from None
            else:
                taken = self._held[self._at : end]
                self._at = end
                return taken

    def _read(self) -> bool:
        """Hold more of the file; whether there was more."""
        rest = self._held[self._at :]
        more = self._file.read(max(PIECE, len(rest)))
        self._held, self._at = rest + more, 0
        return bool(more)
