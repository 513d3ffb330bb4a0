"""Calls of events by programs: whether one names an event, and that "busy" is answered as such.

Gradio takes a number that is no event's for a fault of its own, and answers every error with 500.
What an error says is `bot.web.gradio_patches.safe_blocks`'.
"""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.requests.refusals import refusal
from bot.web.requests.request_bodies import read_body
from bot.web.requests.served_routes import READ, own_path
from bot.web.view.texts import text

BUSY = "tastebot.busy"
"""Where a request's ASGI scope holds a list; what is put into it says that it met a full house."""
AGAIN = 5
"""Seconds after which a busy server may have a place."""


@dataclass
class Calls:
    """ASGI middleware around one of Gradio's applications; `events` are the numbers it knows."""

    app: ASGIApp
    events: Container[Any]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what calls an event that there is."""
        if scope["type"] != "http" or scope["method"] in READ:
            await self.app(scope, receive, send)
            return
        if own_path(scope).endswith("/upload"):  # a file is taken elsewhere
            await self.app(scope, receive, send)
            return
        body = await read_body(receive)
        number = _number(body.content)
        if number is not None and number not in self.events:
            words = text("no_event", found=number)
            await refusal(scope, 404, words)(scope, body.receive, send)
            return
        met: list[bool] = []

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start" and met and message["status"] == 500:
                message = {**message, "status": 503, "headers": list(message["headers"])}
                MutableHeaders(scope=message)["retry-after"] = str(AGAIN)
            await send(message)

        await self.app({**scope, BUSY: met}, body.receive, answering)


def _number(content: bytes) -> int | None:
    try:
        document = json.loads(content) if content.strip() else None
        found = document.get("fn_index") if isinstance(document, dict) else None
        return None if found is None or isinstance(found, bool) else int(found)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None  # whoever wants a number will say so
