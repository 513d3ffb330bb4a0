"""Signing up, in and out, and changing a password: plain forms that work without scripts.

Owns the addresses ``/login``, ``/signup``, ``/logout`` and ``/account`` and the cookie; leaves
passwords and tokens to `storage.accounts` and refusing everybody else to `bot.web.gate`.
``POST /login`` is also what `gradio_client` calls for ``auth=(name, password)``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import secrets
import threading
import time
import unicodedata
from collections import OrderedDict
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.requests import HTTPConnection

from bot.errors import TastebotError
from bot.web.attempts import Attempts
from bot.web.gate import refusal
from bot.web.markup import markup
from bot.web.telling import told
from bot.web.texts import text
from storage.accounts import LASTS, Accounts
from storage.people import person_name

COOKIE = "tastebot"
MOST_BYTES = 10_000
PROGRAMS = 1_000
RECENT = 1_000
LAST_ANSWER = 30.0
"""Seconds in which somebody who deleted themselves may fetch the answer to that."""
NO_FRAME = {"Cache-Control": "no-store", "Content-Security-Policy": "frame-ancestors 'none'"}
"""Of a page with a password: neither kept nor shown inside another site's."""


class Doors:
    """The forms and the cookie of people with accounts."""

    def __init__(self, accounts: Accounts, attempts: Attempts | None = None):
        self._accounts = accounts
        self._attempts = attempts or Attempts()
        # Basic credentials, hashed with a secret of this process → a token they were good for.
        self._programs: OrderedDict[bytes, str] = OrderedDict()
        self._recent: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._secret = secrets.token_bytes(32)
        self._lock = threading.Lock()

    def person_of(self, request: HTTPConnection) -> str | None:
        """Who is signed in with a request: by the cookie, or by HTTP Basic as programs do."""
        token = request.cookies.get(COOKIE)
        if token is not None:
            person = self._accounts.person_of(token)
            if person is not None:
                self._remember(token, person)
            return person
        kind, _, credentials = request.headers.get("authorization", "").partition(" ")
        return self._program(request, credentials) if kind.casefold() == "basic" else None

    def was_just_here(self, request: HTTPConnection) -> str | None:
        """Who was signed in with the request's cookie a moment ago, before they were deleted.

        Whoever deletes themselves still gets the answer to that. Signing out leaves nothing.
        """
        with self._lock:
            person, at = self._recent.get(request.cookies.get(COOKIE, ""), ("", 0.0))
        return person if person and time.monotonic() - at < LAST_ANSWER else None

    def _remember(self, token: str, person: str) -> None:
        with self._lock:
            self._recent[token] = (person, time.monotonic())
            self._recent.move_to_end(token)
            while len(self._recent) > RECENT:
                self._recent.popitem(last=False)

    def add_to(self, app: FastAPI) -> None:
        """Add the addresses; before the page is mounted, which would take them."""
        app.add_api_route("/login", self._show_sign_in, methods=["GET"])
        app.add_api_route("/login", self._sign_in, methods=["POST"])
        app.add_api_route("/signup", self._show_sign_up, methods=["GET"])
        app.add_api_route("/signup", self._sign_up, methods=["POST"])
        app.add_api_route("/logout", self._sign_out, methods=["POST"])
        app.add_api_route("/account", self._show_account, methods=["GET"])
        app.add_api_route("/account", self._change_password, methods=["POST"])

    async def _show_sign_in(self, request: Request) -> Response:
        return _page("sign_in")

    async def _sign_in(self, request: Request) -> Response:
        form = await read_form(request)
        name, password = form.get("username", ""), form.get("password", "")
        right, wait = await run_in_threadpool(self._try, request, name, password)
        if wait:
            return too_many(request, "sign_in", wait, name=name)
        if not right:
            return _refused(request, "sign_in", 401, text("wrong_password"), name=name)
        return await run_in_threadpool(self._let_in, request, person_name(name))

    async def _show_sign_up(self, request: Request) -> Response:
        return _page("sign_up")

    async def _sign_up(self, request: Request) -> Response:
        form = await read_form(request)
        name, password = form.get("username", ""), form.get("password", "")
        if wants_page(request) and password != form.get("again", ""):
            return _refused(request, "sign_up", 400, text("passwords_differ"), name=name)
        # Each try counts, also one that works: a hash is dear, and so is a flood of new people.
        if wait := self._attempts.begin(f"new {_address(request)}"):
            return too_many(request, "sign_up", wait, name=name)
        try:
            name = await run_in_threadpool(self._accounts.sign_up, name, password)
        except TastebotError as error:
            return _refused(request, "sign_up", 400, told(error), name=name)
        return await run_in_threadpool(self._let_in, request, name)

    async def _sign_out(self, request: Request) -> Response:
        token = request.cookies.get(COOKIE)
        if token is not None:
            await run_in_threadpool(self._accounts.end, token)
            with self._lock:
                self._recent.pop(token, None)
        response: Response = JSONResponse({"success": True})
        if wants_page(request):
            response = RedirectResponse("login", status_code=303)
        response.delete_cookie(COOKIE)
        return response

    async def _show_account(self, request: Request) -> Response:
        person = await run_in_threadpool(self.person_of, request)
        return _page("password", name=person or "")

    async def _change_password(self, request: Request) -> Response:
        form = await read_form(request)
        name = await run_in_threadpool(self.person_of, request)
        if name is None:  # ended since the gate let it through
            return refusal(request.scope, 401, text("not_signed_in"))
        new = form.get("new", "")
        if wants_page(request) and new != form.get("again", ""):
            return _refused(request, "password", 400, text("passwords_differ"), name=name)
        right, wait = await run_in_threadpool(self._try, request, name, form.get("password", ""))
        if wait:
            return too_many(request, "password", wait, name=name)
        if not right:
            return _refused(request, "password", 401, text("wrong_password_now"), name=name)
        try:
            await run_in_threadpool(self._accounts.set_password, name, new)
        except TastebotError as error:
            return _refused(request, "password", 400, told(error), name=name)
        token = await run_in_threadpool(self._accounts.start, name)
        answer: Response = JSONResponse({"success": True})
        if wants_page(request):
            answer = _page("password", name=name, done=text("password_changed"))
        return _with_cookie(answer, request, token)

    def _try(self, request: HTTPConnection, name: str, password: str) -> tuple[bool, float]:
        """Whether the password fits, or how many seconds to wait before it is even tried."""
        # Folded further than names are, so that no spelling of a name has tries of its own.
        folded = unicodedata.normalize("NFKC", name[:200]).strip().casefold()
        person, address = f"name {folded}", _address(request)
        if wait := self._attempts.begin(person, address):
            return False, wait
        if not self._accounts.is_password(name, password):
            return False, 0.0
        self._attempts.forgive(person, [address])
        return True, 0.0

    def _let_in(self, request: Request, name: str) -> Response:
        token = self._accounts.start(name)
        answer: Response = JSONResponse({"success": True})
        if wants_page(request):
            answer = RedirectResponse("./", status_code=303)
        return _with_cookie(answer, request, token)

    def _program(self, request: HTTPConnection, credentials: str) -> str | None:
        """Who a program's Basic credentials name; checked once, until they end or change."""
        key = hashlib.blake2b(credentials.encode(), key=self._secret).digest()
        with self._lock:
            token = self._programs.get(key)
        known = self._accounts.person_of(token) if token is not None else None
        if known is not None:
            return known
        try:
            decoded = base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, ValueError):
            return None
        name, _, password = decoded.partition(":")
        right, _ = self._try(request, name, password)
        if not right:
            return None
        name = person_name(name)
        token = self._accounts.start(name)
        with self._lock:
            self._programs[key] = token
            while len(self._programs) > PROGRAMS:
                self._programs.popitem(last=False)
        return name


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, each once; of more than 10,000 bytes, none."""
    body = bytearray()
    async for piece in request.stream():
        body.extend(piece)
        if len(body) > MOST_BYTES:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}


def wants_page(request: HTTPConnection) -> bool:
    """Whether a browser asks, rather than a program."""
    return "text/html" in request.headers.get("accept", "")


def too_many(request: Request, page: str, wait: float, /, **values: Any) -> Response:
    """The answer to whoever has to wait before trying again."""
    seconds = max(1, math.ceil(wait))
    answer = _refused(request, page, 429, text("too_many_tries", seconds=seconds), **values)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def is_secure(request: HTTPConnection) -> bool:
    """Whether the request came over TLS, so that a cookie may be kept to it."""
    return request.url.scheme == "https"


def _address(request: HTTPConnection) -> str:
    return f"from {request.client.host if request.client else 'nowhere'}"


def _with_cookie(answer: Response, request: Request, token: str) -> Response:
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )
    return answer


def _page(page: str, status: int = 200, /, **values: Any) -> Response:
    known = {"name": "", "error": "", "done": "", "root": ""}
    html = markup(page, **(known | values))
    return HTMLResponse(html, status, headers=NO_FRAME)


def _refused(request: Request, page: str, status: int, words: str, /, **values: Any) -> Response:
    if not wants_page(request):
        return refusal(request.scope, status, words)
    return _page(page, status, error=words, **values)
