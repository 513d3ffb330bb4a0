"""The three standard streams: replaced if the program was started without them, dropped if broken.

Owns the stand-in for a closed stream, and what happens to output that cannot be written; leaves
the message and the exit code to `bot.cli`. Imports next to nothing, since it runs first.
"""

from __future__ import annotations

import os
import sys
from typing import Literal, TextIO

_NAMES = ("stdin", "stdout", "stderr")
"""Each at the place of its file descriptor."""


def open_closed_streams() -> None:
    """Put the null device in the place of each standard stream that is closed.

    Reading from it is at its end at once, writing to it is silent. Its file descriptor is taken
    too, else the next file that is opened, such as the database, would have it, and whatever a
    library or a child process prints would go there.
    """
    for number, name in enumerate(_NAMES):
        if getattr(sys, name) is None:
            setattr(sys, name, _null(number))


def _null(number: int) -> TextIO:
    mode: Literal["r", "w"] = "w" if number else "r"
    try:
        os.fstat(number)
    except OSError:
        opened = os.open(os.devnull, os.O_WRONLY if number else os.O_RDONLY)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        os.set_inheritable(number, True)  # as those of a terminal are
        return open(number, mode, encoding="utf-8", closefd=False)
    # Something else has the number, and keeps it.
    return open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123


def is_writable(stream: TextIO) -> bool:
    """Whether what is still to be written to it can be; that is written then."""
    try:
        stream.flush()
    except OSError:
        return False
    return True


def let_go(stream: TextIO) -> None:
    """Let what is still to be written to it, and all that follows, go nowhere."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return  # in memory, as in a test
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, number)
    os.close(null)
