"""What every answer tells the browser it may do with it: next to nothing.

Owns the headers and the two content security policies; the policy of a Gradio page names the
hashes of the scripts that stand in it, which `bot.web.requests.served_routes` has worked out.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.requests.allowed_hosts import authority

POLICY = "content-security-policy"
FIXED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # With no-referrer a browser would send our own forms with "Origin: null".
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
NOTHING = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""For all answers but Gradio's pages: forms without scripts, documents, files."""

# Gradio makes functions of the scripts in its configuration and of vega's plots: 'unsafe-eval'.
# A script or handler that somebody gets into the page is not run for that.
_PAGE = (
    "default-src 'none'; script-src 'self' 'unsafe-eval' {hashes}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_SCRIPT = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)


def page_policy(html: bytes) -> str:
    """The policy of a page as it is served: its own files, and the scripts that stand in it."""
    hashes = {
        base64.b64encode(hashlib.sha256(script["code"]).digest()).decode()
        for script in _SCRIPT.finditer(html)
        if b"src=" not in script["attributes"]
    }
    return _PAGE.format(hashes=" ".join(f"'sha256-{each}'" for each in sorted(hashes))).strip()


@dataclass
class SafeHeaders:
    """ASGI middleware that adds them all, and takes away leave for other origins to read."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the headers on the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                _head(MutableHeaders(scope=message), scope)
            await send(message)

        await self.app(scope, receive, headed)


def _head(headers: MutableHeaders, scope: Scope) -> None:
    for name in [name for name in headers if name.startswith("access-control-")]:
        del headers[name]  # Gradio answers any origin with its own name
    for name, value in FIXED.items():
        headers[name] = value
    if scope["scheme"] == "https" and not _is_loopback(scope):
        # This name alone, and not localhost, which other servers of this machine share.
        headers["strict-transport-security"] = "max-age=31536000"
    if _is_trustworthy(scope):  # elsewhere browsers only complain about it
        headers["cross-origin-opener-policy"] = "same-origin"
    if not any("default-src" in policy for policy in headers.getlist(POLICY)):
        headers.append(POLICY, NOTHING)


def _is_trustworthy(scope: Scope) -> bool:
    return scope["scheme"] == "https" or _is_loopback(scope)


def _is_loopback(scope: Scope) -> bool:
    named = [
        authority(each)
        for name, value in scope["headers"]
        if name in (b"host", b"x-forwarded-host")
        for each in value.decode("latin-1").split(",")
    ]
    return bool(named) and all(each is not None and each.loopback for each in named)
