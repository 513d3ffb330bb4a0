"""A lock that threads get in the order in which they asked for it.

`threading.Lock` lets a thread in a tight loop take it again before a waiting one wakes, so a long
reply would hold up everybody else's ranking; here each waits for one step of the others at most.
`held` tells how many are inside. Threads that are `hurrying` go first, and while there are any,
one place is kept from the others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from types import TracebackType

_urgent: ContextVar[bool] = ContextVar("urgent", default=False)
_hurrying: list[None] = []
"""One for each that is urgent now; a list, for its length changes all at once."""


@contextmanager
def hurrying(urgent: bool = True) -> Iterator[None]:
    """What is computed in this context meanwhile comes before others, if it is `urgent`."""
    if not urgent:
        yield
        return
    before = _urgent.set(True)
    _hurrying.append(None)
    try:
        yield
    finally:
        _hurrying.pop()
        _urgent.reset(before)


class FairLock:
    """A lock for `places` at once, first come, first served, the urgent first; not re-entrant.

    It is given back in the context that it was taken in.
    """

    def __init__(self, places: int = 1) -> None:
        self._mutex = Lock()
        self._waiting: deque[Lock] = deque()
        self._urgent: deque[Lock] = deque()
        self._places = places
        self._others = 0  # of those inside, who are not urgent
        self.held = 0

    def acquire(self, seconds: float = -1) -> bool:
        """Wait for one's turn, for so many seconds at most if any; whether it came."""
        gate = Lock()
        gate.acquire()
        with self._mutex:
            (self._urgent if _urgent.get() else self._waiting).append(gate)
            self._hand_on()
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
            self.held -= 1
            self._others -= not _urgent.get()
            self._hand_on()

    def _hand_on(self) -> None:
        """Let in who may; the mutex is held.

        Who is not urgent waits only while another such is inside, whose leaving comes here.
        """
        for_others = max(self._places - 1, 1) if _hurrying else self._places
        while self.held < self._places:
            if self._urgent:
                gate = self._urgent.popleft()
            elif self._waiting and self._others < for_others:
                gate = self._waiting.popleft()
                self._others += 1
            else:
                return
            self.held += 1
            gate.release()

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
