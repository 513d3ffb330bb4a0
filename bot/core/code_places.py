"""Errors and threads told by classes and places in the code alone.

The text of an exception may hold what a person said: a database's has the statement with its
values, a conversion's the value that is none. Classes and places hold nothing of anybody.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType

MOST_PLACES = 12
"""Places of a traceback that are told, the innermost."""
MOST_CAUSES = 5


def places(frames: Iterable[tuple[FrameType, int]]) -> list[str]:
    """Where in the code, outermost first: ``module:line function``; `frames` with their lines."""
    found = [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in frames
    ]
    return found[-MOST_PLACES:]


def standing(frame: FrameType) -> list[str]:
    """The places that a thread stands in, of which `frame` is the innermost."""
    return places(reversed(list(traceback.walk_stack(frame))))


def kind_of(error: BaseException) -> str:
    """An error's class, with the code that an operating system or SQLite gives it."""
    number = getattr(error, "errno", None)
    code = getattr(error, "sqlite_errorname", None) or errno.errorcode.get(
        number if isinstance(number, int) else -1
    )
    return type(error).__name__ + (f"({code})" if code else "")


def places_of(error: BaseException) -> list[str]:
    """Where an error was raised, then where what it came from was, with its class before it."""
    return list(_along(error))


def _along(error: BaseException) -> Iterator[str]:
    yield from _of_traceback(error.__traceback__)
    for _ in range(MOST_CAUSES):
        members = getattr(error, "exceptions", ())
        inner = members[0] if members else None
        after = (
            inner or error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        )
        if after is None:
            return
        error = after
        yield f"from {kind_of(error)}"
        yield from _of_traceback(error.__traceback__)


def _of_traceback(trace: TracebackType | None) -> list[str]:
    return places(traceback.walk_tb(trace))
