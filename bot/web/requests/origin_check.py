"""The first thing a request meets: which server it calls for, which page sent it, and its size.

Stands before everything, with accounts and without, for a browser is let in by where it runs:
whatever page somebody has open can make it ask this machine. Which names are the server's is
`bot.web.requests.allowed_hosts`'; who is signed in is the gate's.

A page says where it is from in ``Origin``, on plain HTTP too; ``Sec-Fetch-Site`` says it for the
rest where there is TLS or loopback. What says neither is a program, or a link that was followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.requests.allowed_hosts import Authority, Hosts, authority, is_own_origin
from bot.web.requests.refusals import RefusedError, is_no_request, refusal
from bot.web.requests.request_bodies import MOST_BYTES, WITHIN, BodyError, read_body
from bot.web.view.markup import markup
from bot.web.view.texts import text

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FOREIGN = frozenset({"cross-site", "same-site"})  # same-site is another port, or a sister name


@dataclass
class OwnOrigin:
    """ASGI middleware that lets through what its own pages, programs and followed links ask.

    `hosts` are the names that are answered. Bodies are read here, whole and bounded; `streamed`
    are the paths whose bodies are left to who takes them, for files.
    """

    app: ASGIApp
    hosts: Hosts = field(default_factory=Hosts)
    streamed: frozenset[str] = frozenset()
    most_bytes: int = MOST_BYTES
    within: float = WITHIN

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through to the application, or answer it here."""
        if await is_no_request(self.app, scope, receive, send):
            return
        try:
            headers = Headers(scope=scope)
            named = self._named(headers)
            _refuse_foreign(scope, headers, named)
            if scope["method"] not in SAFE and scope["path"] not in self.streamed:
                receive = await self._bounded(headers, receive)
        except RefusedError as refused:
            await _answer(scope, headers, refused)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _named(self, headers: Headers) -> list[Authority]:
        """What the request calls the server; a proxy in between may say what it was called."""
        written = headers.getlist("host")
        if len(written) != 1:
            found = text("host_missing") if not written else ", ".join(written)
            raise RefusedError(421, text("host_unknown", found=found, host="NAME"))
        for forwarded in headers.getlist("x-forwarded-host"):
            written += forwarded.split(",")
        named = []
        for each in written:
            found_here = authority(each)
            if found_here is None or found_here not in self.hosts:
                host = "NAME" if found_here is None else found_here.host
                raise RefusedError(421, text("host_unknown", found=each.strip()[:200], host=host))
            named.append(found_here)
        return named

    async def _bounded(self, headers: Headers, receive: Receive) -> Receive:
        announced = headers.get("content-length", "0")
        try:
            if announced.isdecimal() and int(announced) > self.most_bytes:
                raise BodyError(413)
            return (await read_body(receive, self.most_bytes, self.within)).receive
        except BodyError as error:
            raise RefusedError(error.status, too_much(error.status, self.most_bytes)) from None


def too_much(status: int, most: int) -> str:
    """What to say to a body that was not read."""
    if status == 408:
        return text("too_slow", seconds=round(WITHIN))
    return text("too_large", most=f"{most:,}")


def _refuse_foreign(scope: Scope, headers: Headers, named: list[Authority]) -> None:
    """Refuse what a page of another origin makes a browser ask, whatever the method.

    Reading with GET changes things here too: an answer that is fetched is gone from the queue.
    """
    origins = headers.getlist("origin")
    if not all(is_own_origin(origin, named, scope["scheme"]) for origin in origins):
        raise RefusedError(403, text("from_elsewhere"))
    if headers.get("sec-fetch-site", "none") in _FOREIGN and not _followed(scope, headers):
        raise RefusedError(403, text("from_elsewhere"))


def _followed(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Whether somebody followed a link here: then the page is opened, and shown to them alone."""
    return (
        scope["method"] in SAFE
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _answer(scope: Scope, headers: Headers, refused: RefusedError) -> Response:
    if "text/html" in headers.get("accept", ""):
        return HTMLResponse(markup("refused", words=str(refused), root=""), refused.status)
    return refusal(scope, refused.status, str(refused))
