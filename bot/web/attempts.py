"""How often somebody may try a password: a few times freely, then ever more slowly.

Kept in memory: a restart forgives everybody, which an attacker cannot bring about.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

FREE = 5
"""Tries before one has to wait."""
LONGEST = 60.0
"""Seconds; longer would let a stranger lock somebody out by failing in their name."""
FORGOTTEN_AFTER = 900.0
"""Seconds without a failure after which all is forgiven."""
REMEMBERED = 10_000


@dataclass(slots=True)
class _Record:
    failures: int = 0
    free_at: float = 0.0
    last: float = 0.0


class Attempts:
    """Counts failures by key (a name, an address) and says how long to wait; thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, *keys: str) -> float:
        """Seconds to wait before trying; 0 lets the try begin, and counts it as failed for now.

        Counting first keeps many tries at once from all being let through.
        """
        now = self._clock()
        with self._lock:
            records = [self._record(key, now) for key in keys]
            wait = max((record.free_at - now for record in records), default=0.0)
            if wait > 0:
                return wait
            for record in records:
                record.failures += 1
                record.last = now
                if record.failures >= FREE:
                    record.free_at = now + min(2.0 ** (record.failures - FREE), LONGEST)
        return 0.0

    def forgive(self, person: str, others: Iterable[str] = ()) -> None:
        """The try was right: nothing stands against the person, and it does not count for others.

        An address is not forgiven whole, or whoever has an account could clear it to go on
        guessing at another's.
        """
        with self._lock:
            self._records.pop(person, None)
            for key in others:
                record = self._records.get(key)
                if record is not None:
                    record.failures -= 1
                    record.free_at = 0.0

    def _record(self, key: str, now: float) -> _Record:
        record = self._records.pop(key, None)
        if record is None or now - record.last > FORGOTTEN_AFTER:
            record = _Record()
        self._records[key] = record
        while len(self._records) > REMEMBERED:
            self._records.popitem(last=False)
        return record
