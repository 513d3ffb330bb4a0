"""Whose password is hashed when many want it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from bot.web import hashing
from bot.web.attempts import TooManyTriesError
from bot.web.hashing import AT_ONCE, Hashing


def test_few_at_once_and_who_failed_least_first():
    done: list[str] = []
    running: list[int] = []
    opened = threading.Event()

    def work(name: str) -> Callable[[], str]:
        def working() -> str:
            running.append(threading.active_count())
            assert opened.wait(10)
            done.append(name)
            return name

        return working

    async def crowd() -> list[str]:
        queue = Hashing()
        first = [asyncio.create_task(queue.run((0.5,), work("first"))) for _ in range(AT_ONCE)]
        while len(running) < AT_ONCE:
            await asyncio.sleep(0.01)
        tasks = [
            asyncio.create_task(queue.run(rank, work(name)))
            for rank, name in [
                ((30.0, 40.0), "guessing"),
                ((1.0, 40.0), "beside one who guesses"),
                ((1.0, 1.0), "new here"),
                ((), "known"),
            ]
        ]
        await asyncio.sleep(0.05)
        assert len(running) == AT_ONCE
        opened.set()
        return await asyncio.gather(*first, *tasks)

    assert sorted(asyncio.run(crowd())) == sorted(done)
    in_order = ["first", "first", "known", "new here", "beside one who guesses", "guessing"]
    # Two work at a time, so neighbours may end the other way round.
    assert all(abs(done.index(name) - in_order.index(name)) <= 1 for name in set(in_order))


def test_an_error_reaches_who_asked_and_the_next_is_served():
    async def asked() -> int:
        queue = Hashing()
        with pytest.raises(ZeroDivisionError):
            await queue.run((), lambda: 1 // 0)
        return await queue.run((), lambda: 7)

    assert asyncio.run(asked()) == 7


def test_strangers_beyond_all_places_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hashing, "MOST_WAITING", 2)
    opened = threading.Event()

    async def crowd() -> int:
        queue = Hashing()
        waiting = [
            asyncio.create_task(queue.run((1.0,), lambda: opened.wait(10)))
            for _ in range(AT_ONCE + 2)
        ]
        await asyncio.sleep(0.05)
        known = asyncio.create_task(queue.run((), lambda: True))
        await asyncio.sleep(0.05)
        with pytest.raises(TooManyTriesError) as told:
            await queue.run((1.0,), lambda: True)
        opened.set()
        assert await known
        assert all(await asyncio.gather(*waiting))
        return told.value.seconds

    assert asyncio.run(crowd()) == 5


def test_who_went_away_is_not_served():
    opened = threading.Event()
    served: list[int] = []

    async def crowd() -> None:
        queue = Hashing()
        busy = [asyncio.create_task(queue.run((), lambda: opened.wait(10))) for _ in range(AT_ONCE)]
        gone = asyncio.create_task(queue.run((), lambda: served.append(1)))
        await asyncio.sleep(0.05)
        gone.cancel()
        await asyncio.sleep(0.05)
        opened.set()
        await asyncio.gather(*busy)
        await queue.run((), lambda: served.append(2))

    asyncio.run(crowd())
    assert served == [2]
