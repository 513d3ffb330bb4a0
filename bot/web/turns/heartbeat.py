"""Telling of a server that hangs as a whole: where, on standard error.

Code that lets no other thread run cannot be ended from within. While this thread gets its turn it
puts off a dump of where every thread stands; when it does not for a minute, the dump comes. It
names code alone, and ends nothing: a process that was stopped (Ctrl-Z) may print one and go on.
"""

from __future__ import annotations

import faulthandler
import threading
from io import UnsupportedOperation

BEAT = 10.0
"""Seconds between two beats."""
HANGS_AFTER = 60.0
"""Seconds without a beat after which the server counts as hanging."""


class Heartbeat:
    """Beats in a thread of its own from `start` to `stop`."""

    def __init__(self) -> None:
        self._ends = threading.Event()

    def start(self) -> None:
        """Begin; nothing happens where standard error is no file."""
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        """End, and put off the dump for good."""
        self._ends.set()
        faulthandler.cancel_dump_traceback_later()

    def _beat(self) -> None:
        while not self._ends.is_set():
            try:
                faulthandler.dump_traceback_later(HANGS_AFTER)
            except (UnsupportedOperation, RuntimeError, ValueError, OSError, AttributeError):
                return
            self._ends.wait(BEAT)
        faulthandler.cancel_dump_traceback_later()
