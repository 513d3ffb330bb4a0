"""Whose requests are let in when many come from one address."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from bot.web.requests import address_shares as crowd
from bot.web.requests.address_shares import Crowd, Share
from tests import own_loop


def test_one_address_alone_has_two_thirds_and_who_has_none_gets_in() -> None:
    share = Share(60)
    assert sum(share.take("flood") for _ in range(200)) == 40
    assert share.take("ana")
    share.give_back("ana")
    assert share.held.total() == 40


def test_many_addresses_have_the_same_each_and_one_more_still_gets_in() -> None:
    share = Share(60)
    for _ in range(50):
        for number in range(24):
            share.take(f"flood {number}")
    assert max(share.held.values()) - min(share.held.values()) <= 1
    assert share.take("ana")


class Waiting:
    """An application whose answers wait until it is let go on."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.inside += 1
        if scope["method"] == "POST":
            await self.go.wait()
        await PlainTextResponse("done")(scope, receive, send)


async def ask(app: Any, method: str, path: str, address: str) -> int:
    transport = httpx.ASGITransport(app, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        return (await client.request(method, path)).status_code


def test_what_is_too_much_of_one_address_is_refused_and_others_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crowd, "REFUSED_AFTER", 0.01)

    async def check() -> None:
        app = Waiting()
        door = Crowd(app, working=Share(6))
        flood = [asyncio.create_task(ask(door, "POST", "/x", "far")) for _ in range(50)]
        await asyncio.sleep(0.3)
        assert app.inside == 4
        mine = asyncio.create_task(ask(door, "POST", "/x", "home"))
        assert await ask(door, "GET", "/x", "far") == 200
        app.go.set()
        assert await mine == 200
        assert sorted(await asyncio.gather(*flood)) == [200] * 4 + [429] * 46
        assert not door.working.held

    own_loop.run(check())


def test_an_address_with_many_events_that_have_not_begun_adds_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crowd, "REFUSED_AFTER", 0.0)
    waits = {"far": 16, "home": 0}

    async def check() -> None:
        app = Waiting()
        app.go.set()
        door = Crowd(app, queued=waits.__getitem__)
        assert await ask(door, "POST", "/gradio_api/queue/join", "far") == 429
        assert await ask(door, "POST", "/gradio_api/queue/join", "home") == 200
        assert await ask(door, "POST", "/gradio_api/run/chat", "far") == 200

    own_loop.run(check())
