"""No answer is lost between two streams: ASGI middleware inside Gradio's application.

A page asks for events with one request each and gets what they come to over one stream, which
Gradio closes when nothing is under way. A request that arrives just then finds, in the browser, a
stream that still looks open: its answer waited for a stream that nobody opened, and the message
looked as if it had never been sent. So a stream stays for a while after its last answer, and a
request that comes right after its end is answered when the page must know of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

STAYS = 3.0
"""Seconds that a stream stays open with nothing under way."""
JUST_ENDED = 2.0
"""Seconds after its end in which a page may not know yet that its stream has ended."""
TOLD_WITHIN = 0.5
"""Seconds in which it gets to know."""
_CLOSES = b'"msg":"close_stream"'


@dataclass
class LastingStream:
    """The middleware. `awaited` tells whether a page, by its session hash, is owed an answer."""

    app: ASGIApp
    awaited: Callable[[str], bool]
    stays: float = STAYS
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: dict[str, float] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is neither a page's stream nor a request for an event."""
        path = scope["path"].rstrip("/") if scope["type"] == "http" else ""
        if path.endswith("/queue/join"):
            await self._ask(scope, receive, send)
        elif path.endswith("/queue/data"):
            await self._stream(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._asked.set()
                self._asked = asyncio.Event()
                if self._meets_an_end():
                    await asyncio.sleep(TOLD_WITHIN)
            await send(message)

        await self.app(scope, receive, answer)

    def _meets_an_end(self) -> bool:
        """Whether a page whose stream has just ended is owed an answer."""
        since = asyncio.get_running_loop().time() - JUST_ENDED
        self._ended = {page: end for page, end in self._ended.items() if end > since}
        return any(self.awaited(page) for page in self._ended)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        self._ended.pop(page, None)
        gone = asyncio.Event()
        watching = asyncio.create_task(_watch(receive, gone))
        try:
            stream = _Joined(send)
            while not gone.is_set():
                await self.app(dict(scope), _until(gone), stream.send)
                if stream.closing is None:
                    return
                if not await self._awaits_more(page, gone):
                    self._ended[page] = asyncio.get_running_loop().time()
                    await stream.close()
                    return
        finally:
            watching.cancel()

    async def _awaits_more(self, page: str, gone: asyncio.Event) -> bool:
        """Wait until something is asked for; whether it was, in time and by a page still there."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.stays
        leaving = asyncio.create_task(gone.wait())
        try:
            while not self.awaited(page) and not gone.is_set():
                asking = asyncio.create_task(self._asked.wait())
                await asyncio.wait(
                    {asking, leaving},
                    timeout=until - loop.time(),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                asking.cancel()
                if loop.time() >= until:
                    break
        finally:
            leaving.cancel()
        return self.awaited(page) and not gone.is_set()


@dataclass
class _Joined:
    """Several answers of Gradio sent as one; what closes each is held back."""

    to: Send
    begun: bool = False
    closing: bytes | None = None

    async def send(self, message: Message) -> None:
        """Pass on what is not there already, and not yet the end."""
        if message["type"] == "http.response.start":
            self.closing = None
            if not self.begun:
                self.begun = True
                await self.to(message)
        elif _CLOSES in message.get("body", b"")[:64]:
            self.closing = message["body"]
        elif self.closing is None:
            await self.to(message)

    async def close(self) -> None:
        """Now the end."""
        await self.to({"type": "http.response.body", "body": self.closing or b""})


async def _watch(receive: Receive, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


def _until(gone: asyncio.Event) -> Receive:
    """What Gradio receives: a request without a body, and its end when the page is gone."""
    first = True

    async def receive() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    return receive
