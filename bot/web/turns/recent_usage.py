"""How much of the machine each party has used lately: seconds of computing that fade.

Owns the account alone; what follows from it is `bot.web.turns.fair_line`'s affair. Half of what was
used is forgotten in `HALF_LIFE`, so that nobody pays for long.
"""

from __future__ import annotations

from collections.abc import Callable

HALF_LIFE = 30.0
"""Seconds until what was used counts half."""
REMEMBERED = 4096
"""Parties of which it is known; those that used nothing for longest are forgotten first."""


class Usage:
    """Seconds by party, fading; not thread-safe. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._used: dict[str, tuple[float, float]] = {}  # seconds, and when it was so much

    def of(self, party: str) -> float:
        """Seconds that it has used lately."""
        seconds, at = self._used.get(party, (0.0, 0.0))
        return float(seconds * 0.5 ** ((self._clock() - at) / HALF_LIFE)) if seconds else 0.0

    def add(self, party: str, seconds: float) -> None:
        """Count so many seconds more."""
        used = self.of(party) + seconds
        self._used.pop(party, None)
        self._used[party] = (used, self._clock())
        if len(self._used) > REMEMBERED:
            del self._used[next(iter(self._used))]
