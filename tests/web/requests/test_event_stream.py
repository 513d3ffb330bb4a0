"""No answer is lost between two of a page's streams."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.sync_api import expect
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from bot.web.requests import event_stream
from bot.web.requests.event_stream import LastingStream
from tests import own_loop
from tests.web.conftest import Visitor

CLOSES = b'data: {"msg":"close_stream","event_id":null}\n\n'
DATA = "/gradio_api/queue/data?session_hash=mine"
JOIN = "/gradio_api/queue/join"


class Gradio:
    """Streams that close as soon as nothing is owed, as Gradio's do."""

    def __init__(self) -> None:
        self.owed: deque[bytes] = deque()
        self.opened = 0

    def awaited(self, page: str) -> bool:
        return page == "mine" and bool(self.owed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == JOIN:
            self.owed.append(b"data: answer\n\n")
            await PlainTextResponse("asked")(scope, receive, send)
            return
        self.opened += 1

        async def answers() -> AsyncIterator[bytes]:
            while self.owed:
                yield self.owed.popleft()
            yield CLOSES

        await StreamingResponse(answers())(scope, receive, send)


def test_a_request_between_two_streams_is_answered_over_the_one_that_looks_open() -> None:
    async def check() -> tuple[bytes, int]:
        gradio = Gradio()
        gradio.owed.append(b"data: first\n\n")
        app = LastingStream(gradio, gradio.awaited, stays=0.3)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://here"
        ) as client:
            stream = asyncio.create_task(client.get(DATA))
            await asyncio.sleep(0.1)
            assert (await client.post(JOIN)).text == "asked"
            return (await stream).content, gradio.opened

    assert own_loop.run(check()) == (b"data: first\n\ndata: answer\n\n" + CLOSES, 2)


def test_a_request_right_after_the_end_is_answered_when_the_page_must_know_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_stream, "TOLD_WITHIN", 0.2)

    async def check() -> tuple[float, float]:
        gradio = Gradio()
        app = LastingStream(gradio, gradio.awaited, stays=0.0)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://here"
        ) as client:
            begun = time.monotonic()
            await client.post(JOIN)
            first = time.monotonic() - begun
            await client.get(DATA)
            begun = time.monotonic()
            await client.post(JOIN)
            return first, time.monotonic() - begun

    first, second = own_loop.run(check())
    assert first < 0.15
    assert second >= 0.2


def test_a_page_that_leaves_ends_its_stream() -> None:
    async def check() -> int:
        gradio = Gradio()
        app = LastingStream(gradio, gradio.awaited, stays=60)
        left = asyncio.Event()

        async def receive() -> Message:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            pass

        scope = {
            "type": "http",
            "method": "GET",
            "path": DATA.partition("?")[0],
            "query_string": b"session_hash=mine",
            "headers": [],
        }
        stream = asyncio.create_task(app(scope, receive, send))
        await asyncio.sleep(0.05)
        left.set()
        await asyncio.wait_for(stream, 5)
        return gradio.opened

    assert own_loop.run(check()) == 1


@pytest.mark.browser
def test_what_is_said_the_moment_the_page_is_there_is_answered(visit: Visitor) -> None:
    visiting = visit()
    for _ in range(3):
        visiting.page.reload()
        box = visiting.page.locator("#tb-message textarea")
        expect(box).to_be_enabled()
        visiting.say("A drama")
        visiting.page.get_by_role("button", name="New conversation").click()
        expect(visiting.page.locator(".user-row")).to_have_count(0)
