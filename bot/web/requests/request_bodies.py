"""What a request carries, read whole before anything looks at it: bounded in bytes and in time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import Message, Receive

MOST_BYTES = 1_000_000
"""Of any request but a file: a message is a few thousand characters, a page's state little more."""
WITHIN = 30.0
"""Seconds in which such a request has to have arrived."""


class BodyError(Exception):
    """A body that is not read: `status` says why (413 too large, 408 too slow)."""

    def __init__(self, status: int):
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Body:
    """A body that was read, and a `receive` that gives it once more to whoever is next."""

    content: bytes
    receive: Receive


async def read_body(receive: Receive, most: int = MOST_BYTES, within: float = WITHIN) -> Body:
    """The whole body. Raises BodyError when it is longer or slower; counts what really comes."""
    try:
        async with asyncio.timeout(within):
            content = await _read(receive, most)
    except TimeoutError:
        raise BodyError(408) from None
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": content, "more_body": False}

    return Body(content, again)


async def _read(receive: Receive, most: int) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body.extend(message.get("body", b""))
        more = message.get("more_body", False)
        if len(body) > most:
            raise BodyError(413)
    return bytes(body)
