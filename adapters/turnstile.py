"""A lock that is handed on in the order it was asked for.

`threading.Lock` lets a thread in a tight loop take it again before a waiting one wakes, so a long
reply would hold up everybody else's ranking; here each waits for one step of the others at most.
`held` tells how many are inside. Who is `urgent` comes before those who are not.
"""

from __future__ import annotations

from collections import deque
from contextvars import ContextVar
from threading import Lock
from types import TracebackType


urgent: ContextVar[bool] = ContextVar("urgent", default=False)
"""Whether what is computed in this context comes before what others wait for."""


class FairLock:
    """A lock for `places` at once, first come, first served, the urgent first; not re-entrant."""

    def __init__(self, places: int = 1) -> None:
        self._mutex = Lock()
        self._waiting: deque[Lock] = deque()
        self._urgent: deque[Lock] = deque()
        self._places = places
        self.held = 0

    def acquire(self, seconds: float = -1) -> bool:
        """Wait for one's turn, for so many seconds at most if any; whether it came."""
        with self._mutex:
            if self.held < self._places:
                self.held += 1
                return True
            gate = Lock()
            gate.acquire()
            queue = self._urgent if urgent.get() else self._waiting
            queue.append(gate)
        try:
            came = gate.acquire(timeout=seconds)
        except BaseException:
            if not self._gives_up(gate):  # it was handed over just before the interruption
                self.release()
            raise
        return came or not self._gives_up(gate)

    def _gives_up(self, gate: Lock) -> bool:
        """Wait no more; False when the turn has come meanwhile."""
        with self._mutex:
            for queue in (self._urgent, self._waiting):
                if gate in queue:
                    queue.remove(gate)
                    return True
            return False

    def release(self) -> None:
        """Hand on to whoever waits longest, of the urgent if there are any."""
        with self._mutex:
            if queue := self._urgent or self._waiting:
                queue.popleft().release()
            else:
                self.held -= 1

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._urgent) + len(self._waiting)

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
