"""Whose password is hashed when many want it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from bot.web.auth import hashing_queue as hashing
from bot.web.auth.hashing_queue import Hashing
from bot.web.auth.login_throttle import TooManyTriesError
from tests import own_loop


def test_one_stranger_at_a_time_and_first_who_failed_least() -> None:
    begun: list[str] = []
    opened = threading.Event()

    def work(name: str) -> Callable[[], str]:
        def working() -> str:
            begun.append(name)
            assert opened.wait(10)
            return name

        return working

    async def crowd() -> list[str]:
        queue = Hashing()
        first = asyncio.create_task(queue.run((5.0, 5.0), work("first")))
        while not begun:
            await asyncio.sleep(0.01)
        tasks = [
            asyncio.create_task(queue.run(rank, work(name)))
            for rank, name in [
                ((30.0, 40.0), "guessing"),
                ((1.0, 40.0), "beside one who guesses"),
                ((1.0, 1.0), "new here"),
                ((1.0, 1.0), "new here too"),
            ]
        ]
        await asyncio.sleep(0.05)
        assert begun == ["first"]
        opened.set()
        return await asyncio.gather(first, *tasks)

    assert sorted(own_loop.run(crowd())) == sorted(begun)
    assert begun == ["first", "new here", "new here too", "beside one who guesses", "guessing"]


def test_a_known_browser_waits_for_no_stranger() -> None:
    opened = threading.Event()

    async def crowd() -> bool:
        queue = Hashing()
        strangers = [
            asyncio.create_task(queue.run((1.0,), lambda: opened.wait(10))) for _ in range(10)
        ]
        known = await asyncio.wait_for(queue.run((), lambda: not opened.is_set()), 5)
        opened.set()
        await asyncio.gather(*strangers)
        return known

    assert own_loop.run(crowd())


def test_an_error_reaches_who_asked_and_the_next_is_served() -> None:
    async def asked() -> int:
        queue = Hashing()
        with pytest.raises(ZeroDivisionError):
            await queue.run((), lambda: 1 // 0)
        return await queue.run((), lambda: 7)

    assert own_loop.run(asked()) == 7


def test_strangers_beyond_all_places_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "MOST_WAITING", 2)
    opened = threading.Event()

    async def crowd() -> int:
        queue = Hashing()
        waiting = [
            asyncio.create_task(queue.run((1.0,), lambda: opened.wait(10)))
            for _ in range(3)  # one is served, two wait
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

    assert own_loop.run(crowd()) == 5


def test_who_went_away_is_not_served() -> None:
    opened = threading.Event()
    served: list[int] = []

    async def crowd() -> None:
        queue = Hashing()
        busy = asyncio.create_task(queue.run((), lambda: opened.wait(10)))
        gone = asyncio.create_task(queue.run((), lambda: served.append(1)))
        await asyncio.sleep(0.05)
        gone.cancel()
        await asyncio.sleep(0.05)
        opened.set()
        await busy
        await queue.run((), lambda: served.append(2))

    own_loop.run(crowd())
    assert served == [2]
