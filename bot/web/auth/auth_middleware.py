"""The gate before every request, while there are accounts or an owner's page.

Owns who is let in: it stands before the page, the API, MCP and files alike, and what it does not
know it refuses. Signing in is `bot.web.auth.sign_in`'; what a person may see once inside is guarded
again by `bot.web.auth.identity`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.auth.identity import PERSON
from bot.web.auth.login_throttle import TooManyTriesError
from bot.web.auth.resource_owners import Belongings
from bot.web.requests.refusals import RefusedError, is_no_request, refusal
from bot.web.requests.request_bodies import read_body
from bot.web.view.texts import text

OWNER_FOLDER = "/owner"
OWNER = "tastebot.owner"
"""Where the gate notes in a request's ASGI scope that it is the owner's."""

OPEN = frozenset({"/healthz", "/login", "/signup", "/theme.css", "/favicon.ico"})
# Not JSON: forms about nobody but who asks, and what is refused behind this.
FORMS = frozenset({"/account", "/logout", "/gradio_api/upload"})
OWNER_OPEN = frozenset({"/owner/login"})
# The page's own scripts, the same for everybody.
OPEN_FOLDERS = ("/assets/", "/static/", "/owner/assets/", "/owner/static/")
ANSWERS = "/gradio_api/queue/data"

# Addresses that name a page session or an event of one in their path.
_HANDLE = re.compile(r"/(?:heartbeat|stream|call/v2/[^/]+|call/(?!v2/)[^/]+)/(?P<handle>[^/]+)")
_GIVES_EVENT = re.compile(r"/(?:queue/join|call/.+)/?$")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Recognise = Callable[[HTTPConnection], Awaitable[str | None]]
"""A request → who is signed in with it. May raise TooManyTriesError."""


@dataclass
class Gate:
    """ASGI middleware. `person_of` None: no accounts; `is_owner` None: no owner's page.

    `was_just_here` tells who was signed in until they deleted themselves.
    """

    app: ASGIApp
    person_of: Recognise | None = None
    is_owner: Callable[[HTTPConnection], bool] | None = None
    was_just_here: Callable[[HTTPConnection], str | None] | None = None
    belongings: Belongings = field(default_factory=Belongings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through to the application, or answer it here."""
        if await is_no_request(self.app, scope, receive, send):
            return
        try:
            if _is_under(scope["path"], OWNER_FOLDER):
                await self._to_owner(scope, receive, send)
            elif self.person_of is None or _is_open(scope["path"], OPEN):
                await self.app(scope, receive, send)
            else:
                await self._to_person(self.person_of, scope, receive, send)
        except RefusedError as refused:
            await refusal(scope, refused.status, str(refused))(scope, receive, send)
        except TooManyTriesError as error:
            await too_many(scope, error)(scope, receive, send)

    async def _to_owner(self, scope: Scope, receive: Receive, send: Send) -> None:
        owner = self.is_owner is not None and self.is_owner(HTTPConnection(scope))
        if not owner and not _is_open(scope["path"], OWNER_OPEN):
            if _wants_page(scope) and self.is_owner is not None:
                await _redirect(f"{OWNER_FOLDER}/login")(scope, receive, send)
                return
            raise RefusedError(401, text("owner_not_signed_in"))
        if scope["path"] == OWNER_FOLDER and scope["method"] in _SAFE:
            # The page is at the address with a slash; relative, for a proxy may add a folder.
            await _redirect(f"{OWNER_FOLDER[1:]}/")(scope, receive, send)
            return
        await self.app({**scope, OWNER: owner}, receive, send)

    async def _to_person(
        self, person_of: Recognise, scope: Scope, receive: Receive, send: Send
    ) -> None:
        person = await person_of(HTTPConnection(scope))
        person = person or self._fetching_last_answer(scope)
        if person is None:
            if _wants_page(scope):
                await _redirect("/login")(scope, receive, send)
                return
            raise RefusedError(401, text("not_signed_in"))
        receive = await self._refuse_anothers(person, scope, receive)
        await self.app({**scope, PERSON: person}, receive, self._claiming(person, scope, send))

    def _fetching_last_answer(self, scope: Scope) -> str | None:
        """Who just deleted themselves and asks for what their own page session still holds."""
        if scope["path"] != ANSWERS or self.was_just_here is None:
            return None
        request = HTTPConnection(scope)
        person = self.was_just_here(request)
        session = request.query_params.get("session_hash", "")
        return person if person and self.belongings.has(person, session) else None

    async def _refuse_anothers(self, person: str, scope: Scope, receive: Receive) -> Receive:
        """Refuse what names a page session or an event of another; the body, to read again."""
        path = unquote(scope["path"])
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if "deep_link" in query or path.rstrip("/").endswith("/deep_link"):
            raise RefusedError(403, text("no_deep_links"))
        sessions = [*query.get("session_hash", ()), *query.get("event_id", ())]
        if named := _HANDLE.search(path):
            sessions.append(named["handle"])
        if scope["method"] not in _SAFE and path not in FORMS:
            body = await read_body(receive)
            receive = body.receive
            document = _json(body.content)
            if isinstance(document, dict):
                found = (document.get("session_hash"), document.get("event_id"))
                sessions += [handle for handle in found if isinstance(handle, str)]
        if not self.belongings.claim(person, sessions):
            raise RefusedError(403, text("not_yours"))
        return receive

    def _claiming(self, person: str, scope: Scope, send: Send) -> Send:
        """Notes the owner of a new event when the application answers with its handle."""
        if scope["method"] != "POST" or not _GIVES_EVENT.search(scope["path"]):
            return send
        answer = bytearray()

        async def claiming(message: Message) -> None:
            if message["type"] == "http.response.body":
                answer.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    self._note(person, _json(bytes(answer), strict=False))
            await send(message)

        return claiming

    def _note(self, person: str, document: Any) -> None:
        if isinstance(document, dict) and isinstance(document.get("event_id"), str):
            self.belongings.claim(person, [document["event_id"]])


def too_many(scope: Scope, error: TooManyTriesError) -> Response:
    """The refusal of a try at a password, with when to try again."""
    return refusal(scope, 429, str(error), **{"Retry-After": str(error.seconds)})


def _is_under(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _is_open(path: str, addresses: frozenset[str]) -> bool:
    return path in addresses or (path.startswith(OPEN_FOLDERS) and ".." not in path)


def _wants_page(scope: Scope) -> bool:
    """Whether a person followed a link or typed the address, rather than a program asking."""
    accepted = HTTPConnection(scope).headers.get("accept", "")
    return scope["method"] == "GET" and "text/html" in accepted


def _redirect(address: str) -> Response:
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})


def _json(body: bytes, *, strict: bool = True) -> Any:
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        if strict:
            raise RefusedError(400, text("no_json")) from None
        return None
