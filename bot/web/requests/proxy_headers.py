"""What a proxy says of a request, brought into one form before anything reads it.

Owns how the request came (``X-Forwarded-Proto``) and from where (``X-Forwarded-For``): both are
believed from trusted proxies alone, by uvicorn's own middleware. What Gradio would believe from
anybody does not reach it. Under which name the server was called is
`bot.web.requests.origin_check`'.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

PROTOCOL = "x-forwarded-proto"
REFUSED = ("x-gradio-server", "x-original-")
"""Beginnings of headers by which Gradio, or what may stand in it, would take another address."""


@dataclass
class Forwarded:
    """ASGI middleware, the first that a request meets.

    `trusted` are the proxies that are believed, by default those that uvicorn trusts:
    ``FORWARDED_ALLOW_IPS``, else this machine.
    """

    app: ASGIApp
    trusted: str = field(
        default_factory=lambda: os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
    )

    def __post_init__(self) -> None:
        # uvicorn types its applications by itself; they are the same.
        self._believing: ASGIApp = ProxyHeadersMiddleware(self.app, self.trusted)  # type: ignore

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with headers that are checked or harmless."""
        if scope["type"] == "http":
            scope = {**scope, "headers": _plain(scope)}
        await self._believing(scope, receive, send)


def _plain(scope: Scope) -> list[tuple[bytes, bytes]]:
    headers = MutableHeaders(raw=list(scope["headers"]))
    for name in {name for name in headers if name.startswith(REFUSED)}:
        del headers[name]
    said = headers.getlist(PROTOCOL)
    del headers[PROTOCOL]
    # Of a chain the first is what the browser spoke.
    first = said[0].split(",")[0].strip().lower() if said else ""
    if first in ("http", "https"):
        headers[PROTOCOL] = first
    return list(headers.raw)
