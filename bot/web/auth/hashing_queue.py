"""Who may hash a password when: one at a time, and first whoever has failed least.

A hash takes some 30 ms and 19 MiB on purpose, so a flood of tries is a flood of work. It waits
here, in no thread that anything else needs, and takes one core at most. Known browsers have a line
of their own; of strangers whoever is guessing comes last.
"""

from __future__ import annotations

import asyncio
import heapq
import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from typing import Any, TypeVar

from bot.web.auth.login_throttle import TooManyTriesError

MOST_WAITING = 500
BUSY_FOR = 5.0
"""Seconds after which somebody who found no place to wait may find one."""

T = TypeVar("T")
Rank = tuple[float, ...]
"""How often somebody failed, by limit; nothing for a known browser. The smallest is first."""
_Work = tuple[Rank, int, "Future[Any]", Callable[[], Any]]


class Hashing:
    """Does work that hashes passwords, in threads of its own."""

    def __init__(self) -> None:
        self._known, self._strangers = _Line(), _Line()

    async def run(self, rank: Rank, work: Callable[[], T]) -> T:
        """The result of `work`; among equals who came first is first.

        Raises TooManyTriesError to strangers when hundreds of them wait.
        """
        if rank and len(self._strangers) >= MOST_WAITING:
            raise TooManyTriesError(BUSY_FOR, looked_at=False)
        line = self._strangers if rank else self._known
        return await asyncio.wrap_future(line.add(rank, work))


class _Line:
    """Work in the order of its rank, done by one thread that is there while there is any."""

    def __init__(self) -> None:
        self._waiting: list[_Work] = []
        self._numbers = count()
        self._working = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, rank: Rank, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            heapq.heappush(self._waiting, (rank, next(self._numbers), future, work))
            starts, self._working = not self._working, True
        if starts:
            threading.Thread(target=self._work, name="hashing", daemon=True).start()
        return future

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._working = False
                    return
                _, _, future, work = heapq.heappop(self._waiting)
            if not future.set_running_or_notify_cancel():
                continue  # who asked is gone
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
