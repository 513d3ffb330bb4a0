"""A turn's steps within their time: the watchdog of turns.

Each step is computed in a thread of its own, so that whoever asked stops waiting when it takes too
long, and gets a sentence instead of a spinner. The thread itself cannot be ended; where it stood is
logged, and once it comes back the turn is closed, as if its brake had been pulled. Only code that
never lets another thread run escapes this: `bot.web.turns.heartbeat` tells of that.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from contextvars import Context, copy_context
from time import monotonic

from bot.conversation.api import TurnStep
from bot.core.code_places import standing
from bot.core.errors import BusyError
from bot.core.logs import bound_facts, event_logger
from bot.web.view.texts import text

logger = event_logger(__name__)


class BoundedSteps:
    """The steps of one turn. One thread asks at a time; `close` may come from any."""

    def __init__(self, steps: Iterator[TurnStep]):
        self._steps = steps
        self._given_up = False
        self._lock = threading.Lock()

    def next(self, seconds: float) -> TurnStep | None:
        """The next step, None at the end. Raises BusyError when it takes longer than `seconds`."""
        found: list[TurnStep | None] = []
        failed: list[BaseException] = []
        done = threading.Event()

        def compute() -> None:
            try:
                found.append(next(self._steps, None))
            except BaseException as error:
                failed.append(error)
            with self._lock:
                done.set()
                late = self._given_up
            if late:
                self.close()

        began = monotonic()
        # With the context of whoever asks: it tells who is signed in.
        context = copy_context()
        thread = threading.Thread(target=context.run, args=(compute,), name="turn", daemon=True)
        thread.start()
        done.wait(seconds)
        with self._lock:
            self._given_up = not done.is_set()
        if self._given_up:
            _tell(thread, context, monotonic() - began)
            raise BusyError(text("took_too_long"))
        if failed:
            raise failed[0]
        return found[0]

    def close(self) -> None:
        """End the turn; one that is being computed ends itself once it comes back."""
        close = getattr(self._steps, "close", None)
        if close is not None:
            with suppress(ValueError):  # another thread is inside the generator
                close()


def _tell(thread: threading.Thread, context: Context, seconds: float) -> None:
    """Log where a turn stands: code alone, no word of what a person said."""
    frame = sys._current_frames().get(thread.ident or 0)
    where = standing(frame) if frame is not None else None  # None: it has just ended
    logger.error("turn_given_up", seconds=round(seconds, 1), where=where, **bound_facts(context))
