"""Who may hash a password when: two at once, and first whoever has failed least.

A hash takes some 50 ms and 64 MB on purpose, so a flood of tries is a flood of work. It waits here,
in no thread that anything else needs; a known browser goes before a stranger, and a stranger before
whoever is guessing.
"""

from __future__ import annotations

import asyncio
import heapq
import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from typing import Any, TypeVar

from bot.web.attempts import TooManyTriesError

AT_ONCE = 2
MOST_WAITING = 500
BUSY_FOR = 5.0
"""Seconds after which somebody who found no place to wait may find one."""

T = TypeVar("T")
_Work = tuple[tuple[float, ...], int, "Future[Any]", Callable[[], Any]]


class Hashing:
    """Does work that hashes passwords, in threads of its own, the smallest rank first."""

    def __init__(self) -> None:
        self._waiting: list[_Work] = []
        self._numbers = count()
        self._working = 0
        self._lock = threading.Lock()

    async def run(self, rank: tuple[float, ...], work: Callable[[], T]) -> T:
        """The result of `work`; among equals who came first is first.

        The empty rank is before all, and always has a place to wait. For others raises
        TooManyTriesError when hundreds wait.
        """
        future: Future[T] = Future()
        with self._lock:
            if len(self._waiting) >= MOST_WAITING and rank:
                raise TooManyTriesError(BUSY_FOR, looked_at=False)
            heapq.heappush(self._waiting, (rank, next(self._numbers), future, work))
            starts = self._working < AT_ONCE
            self._working += starts
        if starts:
            threading.Thread(target=self._work, name="hashing", daemon=True).start()
        return await asyncio.wrap_future(future)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._working -= 1
                    return
                _, _, future, work = heapq.heappop(self._waiting)
            if not future.set_running_or_notify_cancel():
                continue  # who asked is gone
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
