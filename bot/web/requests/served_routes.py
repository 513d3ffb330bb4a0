"""Which of Gradio's addresses are served: those that the page, `gradio_client` and MCP use.

Gradio brings many more (a proxy, files by path, recording, reloading, editing its own code, …).
What is not named here is not there, so an address that a later version adds is not served either.
Stands inside Gradio's application, beside its own middleware; our own addresses are not its
affair.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.requests.refusals import refusal
from bot.web.requests.security_headers import POLICY, page_policy
from bot.web.view.texts import text

API = "/gradio_api"
MCP = f"{API}/mcp"

READ = frozenset({"GET", "HEAD"})
_READ = re.compile(
    rf"""
    /                                       # the page
    | /config/? | /theme\.css | /manifest\.json | /robots\.txt | /favicon\.ico
    | /(?:assets|static)/.+
    | {API}/(?:info/?|app_id/?|startup-events|theme\.css)
    | {API}/(?:heartbeat/[^/]+|queue/data)
    | {API}/call/(?:v2/)?[^/]+/[^/]+        # what an event of an endpoint came to
    """,
    re.VERBOSE,
)
_ASK = re.compile(rf"{API}/(?:queue/join|cancel|reset/?|(?:run|api|call|call/v2)/[^/]+/?)")
_MCP = re.compile(rf"{MCP}(?:/|/http/?|/sse|/schema|/messages/?)?")
_PATHS = re.compile(r"(?:^|/)\.\.?(?:/|$)|[\\\x00]")


def is_served(method: str, path: str, *, mcp: bool = True) -> bool:
    """Whether a path of Gradio's application is one that is needed."""
    if _PATHS.search(path):
        return False
    if mcp and _MCP.fullmatch(path):
        return True
    return bool((_READ if method in READ else _ASK).fullmatch(path))


@dataclass
class OnlyNeeded:
    """ASGI middleware around one of Gradio's applications, without MCP for the owner's page."""

    app: ASGIApp
    mcp: bool = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through what is served; a page gets its policy on the way out."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not is_served(scope["method"], own_path(scope), mcp=self.mcp):
            await refusal(scope, 404, text("no_address"))(scope, receive, send)
            return
        await self.app(scope, receive, _Guarded(send))


def own_path(scope: Scope) -> str:
    """A request's path inside the application that is mounted."""
    root: str = scope.get("root_path", "")
    path: str = scope["path"]
    return path.removeprefix(root) or "/"


class _Guarded:
    """Holds a page back until it is whole, to name the scripts in its policy."""

    def __init__(self, send: Send):
        self._send = send
        self._start: Message | None = None
        self._page = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = MutableHeaders(scope=message).get("content-type", "")
            if kind.startswith("text/html"):
                self._start = message
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._page += message.get("body", b"")
        if message.get("more_body", False):
            return
        headers = MutableHeaders(scope=self._start)
        headers[POLICY] = page_policy(bytes(self._page))
        start, self._start = self._start, None
        await self._send(start)
        await self._send({"type": "http.response.body", "body": bytes(self._page)})
