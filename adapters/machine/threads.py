"""How many threads the model's products may use, by how busy the machine is.

Each product is cut into equal parts, one a thread, and waits for the slowest. Where other programs
keep the cores busy that wait is long, and it burns the time it waits: forty tokens took 35 seconds
of processor time on two threads and 2 on one.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import torch

LOOK_EVERY = 0.1
"""Seconds between looks at the machine's load, at least."""
LOOKS = 8
"""The mean of so many looks decides: one alone says little."""
RUNNABLE = Path("/proc/loadavg")


def machine_load() -> float:
    """Runnable threads at this moment, the caller among them; 0 where the system does not say.

    Not the load average of the last minute: that is mostly what this program did itself, so that
    whoever had been busy went on with one thread on an idle machine.
    """
    try:
        return float(RUNNABLE.read_text(encoding="ascii").split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


class ThreadBudget:
    """As many threads as there are cores that others leave, at most those torch would use.

    One more than that is worse than one alone: with a core taken, two threads took three times as
    long for a turn as one, and four times the processor time.
    """

    def __init__(
        self,
        load: Callable[[], float] = machine_load,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._all = torch.get_num_threads()
        self._load, self._clock = load, clock
        self._looked: float | None = None
        self._looks: deque[float] = deque(maxlen=LOOKS)
        self.threads = self._all

    def apply(self, *, alone: bool = True) -> None:
        """Set the number for the calling thread; call before computing.

        Whoever does not compute `alone` gets one thread: two calls side by side use two cores
        better than one after the other, each on both.
        """
        now = self._clock()
        if self._looked is None or now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._looks.append(self._load())
            others = sum(self._looks) / len(self._looks) - 1.0
            left = round((os.cpu_count() or 1) - others)
            self.threads = max(1, min(self._all, left))
        wanted = self.threads if alone else 1
        if torch.get_num_threads() != wanted:
            torch.set_num_threads(wanted)
