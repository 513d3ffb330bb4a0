"""One lock for each key in use, and none for the others: what keeps a conversation's turns apart.

Owns making and dropping the locks; what is done while one is held is the caller's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock


@dataclass
class _Held:
    lock: Lock = field(default_factory=Lock)
    users: int = 0


class KeyedLocks:
    """Locks by name. A lock exists only while somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._guard = Lock()

    def __len__(self) -> int:
        """How many keys are in use."""
        return len(self._held)

    @contextmanager
    def holding(self, key: str, seconds: float = -1) -> Iterator[None]:
        """Hold the key's lock, waiting for it first; for so many `seconds` at most, if any.

        Raises TimeoutError when it was not to be had by then.
        """
        with self._guard:
            held = self._held.setdefault(key, _Held())
            held.users += 1
        try:
            if not held.lock.acquire(timeout=seconds):
                raise TimeoutError
            try:
                yield
            finally:
                held.lock.release()
        finally:
            with self._guard:
                held.users -= 1
                if not held.users:
                    del self._held[key]
