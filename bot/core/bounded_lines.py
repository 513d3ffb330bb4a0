"""Reading untrusted text files: plain files only, one line of limited length at a time.

Without a limit, a single line could fill the memory. What the lines mean, and how an error is
worded, is left to the readers.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, AnyStr

LONGEST_LINE = 8_000_000
"""Characters (bytes, in a binary stream) of one line: a thick book fits, with all said of it."""


class LongLineError(ValueError):
    """A line that is longer than `LONGEST_LINE`."""

    def __init__(self) -> None:
        super().__init__(f"a line of more than {LONGEST_LINE:,} characters")


def bounded_lines(stream: IO[AnyStr], limit: int = LONGEST_LINE) -> Iterator[AnyStr]:
    """The lines of a stream with their ends; LongLineError before more than `limit` is held."""
    read = partial(stream.readline, limit + 1)
    while line := read():
        if len(line) > limit:
            raise LongLineError
        yield line


def not_to_be_read(path: Path, *, pipes: bool = False) -> str | None:
    """What stands at a path where it is no plain file (with `pipes`, nor a pipe); None if it is.

    A device such as ``/dev/zero`` has no end, and a pipe may never have a beginning.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # not there, a loop of links, a name with a NUL
        return "no file there"
    if stat.S_ISREG(mode) or (pipes and stat.S_ISFIFO(mode)):
        return None
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device"
