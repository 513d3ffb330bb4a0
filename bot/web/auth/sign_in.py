"""Signing up, in and out, and changing a password: plain forms that work without scripts.

Owns the addresses ``/login``, ``/signup``, ``/logout`` and ``/account``; leaves passwords, tokens
and invitations to `storage.account.accounts`, how often one may try to
`bot.web.auth.login_throttle`, and refusing everybody else to `bot.web.auth.auth_middleware`. ``POST
/login`` is also what `gradio_client` calls for ``auth=(name, password)``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.requests import HTTPConnection

from bot.core.errors import TastebotError, UsageError
from bot.core.settings import SignUp
from bot.web.auth import login_throttle as limits
from bot.web.auth.auth_middleware import too_many
from bot.web.auth.cookies import DEVICE, SIGNED_IN, cookie, delete_cookie, set_cookie
from bot.web.auth.hashing_queue import Hashing, Rank
from bot.web.auth.login_throttle import Attempts, Limit, TooManyTriesError
from bot.web.requests.refusals import refusal
from bot.web.view.error_sentences import told
from bot.web.view.markup import markup
from bot.web.view.texts import text
from storage.account.accounts import LASTS, Accounts
from storage.account.devices import REMEMBERED_FOR
from storage.account.invitations import spelt_plainly
from storage.person.people import person_name

MOST_BYTES = 10_000
PROGRAMS = 1_000
RECENT = 1_000
LAST_ANSWER = 30.0
"""Seconds in which somebody who deleted themselves may fetch the answer to that."""
NO_FRAME = {"Cache-Control": "no-store", "Content-Security-Policy": "frame-ancestors 'none'"}
"""Of a page with a password: neither kept nor shown inside another site's."""


class Doors:
    """The forms and the cookies of people with accounts; `sign_up` says who may make one."""

    def __init__(
        self, accounts: Accounts, attempts: Attempts | None = None, sign_up: SignUp = "open"
    ):
        self._accounts = accounts
        self._attempts = attempts or Attempts()
        self._who_signs_up = sign_up
        self._hashing = Hashing()
        # Basic credentials, hashed with a secret of this process → a token they were good for.
        self._programs: OrderedDict[bytes, str] = OrderedDict()
        self._recent: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._secret = secrets.token_bytes(32)
        self._lock = threading.Lock()

    async def person_of(self, request: HTTPConnection) -> str | None:
        """Who is signed in with a request: by the cookie, or by HTTP Basic as programs do.

        Raises TooManyTriesError when a program's password is wrong and was so before.
        """
        token = cookie(request, SIGNED_IN)
        if token is not None:
            person = await run_in_threadpool(self._accounts.person_of, token)
            if person is not None:
                self._remember(token, person)
            return person
        kind, _, credentials = request.headers.get("authorization", "").partition(" ")
        return await self._program(request, credentials) if kind.casefold() == "basic" else None

    def was_just_here(self, request: HTTPConnection) -> str | None:
        """Who was signed in with the request's cookie a moment ago, before they were deleted.

        Whoever deletes themselves still gets the answer to that. Signing out leaves nothing.
        """
        with self._lock:
            person, at = self._recent.get(cookie(request, SIGNED_IN) or "", ("", 0.0))
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
        return self._page("sign_in")

    async def _sign_in(self, request: Request) -> Response:
        form = await read_form(request)
        name, password = form.get("username", ""), form.get("password", "")
        try:
            right = await self._try(request, name, password)
        except TooManyTriesError as error:
            return self._too_many(request, "sign_in", error, name=name)
        if not right:
            return self._refused(request, "sign_in", 401, text("wrong_password"), name=name)
        return await run_in_threadpool(self._let_in, request, person_name(name))

    async def _show_sign_up(self, request: Request) -> Response:
        return self._page("sign_up", invitation=request.query_params.get("invitation", "")[:100])

    async def _sign_up(self, request: Request) -> Response:
        if self._who_signs_up == "closed":
            return self._refused(request, "sign_up", 403, text("sign_up_closed"))
        form = await read_form(request)
        name, password = form.get("username", ""), form.get("password", "")
        code = form.get("invitation", "") if self._who_signs_up == "invited" else None
        typed = {"name": name, "invitation": (code or "")[:100]}
        if wants_page(request) and password != form.get("again", ""):
            return self._refused(request, "sign_up", 400, text("passwords_differ"), **typed)
        invited = await run_in_threadpool(self._accounts.invitations.is_open, code or "")
        # Each try counts, also one that works: a hash is dear, and so is a flood of new people.
        limit = limits.of_sign_up(request)
        if code is not None and invited:
            limit = limits.of_invitation(spelt_plainly(code))
        try:
            rank = self._attempts.begin(limit)
            if code is not None and not invited:
                words = text("wrong_invitation" if code.strip() else "no_invitation")
                return self._refused(request, "sign_up", 403, words, **typed)
            name = await self._hashing.run(
                rank, lambda: self._accounts.sign_up(name, password, code)
            )
        except TooManyTriesError as error:
            return self._too_many(request, "sign_up", error, **typed)
        except TastebotError as error:
            return self._refused(request, "sign_up", 400, told(error), **typed)
        return await run_in_threadpool(self._let_in, request, name)

    async def _sign_out(self, request: Request) -> Response:
        token = cookie(request, SIGNED_IN)
        if token is not None:
            await run_in_threadpool(self._accounts.end, token)
            with self._lock:
                self._recent.pop(token, None)
        response: Response = JSONResponse({"success": True})
        if wants_page(request):
            response = RedirectResponse("login", status_code=303)
        delete_cookie(response, request, SIGNED_IN)
        return response

    async def _show_account(self, request: Request) -> Response:
        return self._page("password", name=await self.person_of(request) or "")

    async def _change_password(self, request: Request) -> Response:
        form = await read_form(request)
        name = await self.person_of(request)
        if name is None:  # ended since the gate let it through
            return refusal(request.scope, 401, text("not_signed_in"))
        new = form.get("new", "")
        if wants_page(request) and new != form.get("again", ""):
            return self._refused(request, "password", 400, text("passwords_differ"), name=name)
        try:
            if not await self._try(request, name, form.get("password", "")):
                words = text("wrong_password_now")
                return self._refused(request, "password", 401, words, name=name)
            await self._hashing.run((), lambda: self._accounts.change_password(name, new))
        except TooManyTriesError as error:
            return self._too_many(request, "password", error, name=name)
        except TastebotError as error:
            return self._refused(request, "password", 400, told(error), name=name)
        answer: Response = JSONResponse({"success": True})
        if wants_page(request):
            answer = self._page("password", name=name, done=text("password_changed"))
        return await run_in_threadpool(self._with_cookies, answer, request, name)

    async def _try(self, request: HTTPConnection, name: str, password: str) -> bool:
        """Whether the password fits. Raises TooManyTriesError after too many that did not."""
        device = await run_in_threadpool(self._known_device, request, name)
        mine, rank = self._begin(request, name, device)
        right = await self._hashing.run(rank, lambda: self._accounts.is_password(name, password))
        if right:
            self._attempts.right(*mine)
        else:
            self._attempts.wrong(*mine)
        return right

    def _begin(
        self, request: HTTPConnection, name: str, device: str | None
    ) -> tuple[tuple[Limit, ...], Rank]:
        """The limits that a try counts for, and its rank among those who wait."""
        if device is not None:
            mine = limits.of_device(device, name)
            with suppress(TooManyTriesError):  # with no tries left it is a browser as any other
                self._attempts.begin(*mine)
                return mine, ()
        mine = limits.of_stranger(request, name)
        return mine, self._attempts.begin(*mine)

    def _known_device(self, request: HTTPConnection, name: str) -> str | None:
        """The token of a browser that the person has signed in with before."""
        token = cookie(request, DEVICE)
        try:
            known = token and self._accounts.devices.is_known(token, person_name(name))
        except UsageError:  # a name that nobody can have
            return None
        return token if known else None

    def _let_in(self, request: Request, name: str) -> Response:
        answer: Response = JSONResponse({"success": True})
        if wants_page(request):
            answer = RedirectResponse("./", status_code=303)
        return self._with_cookies(answer, request, name)

    def _with_cookies(self, answer: Response, request: Request, name: str) -> Response:
        token = self._accounts.start(name)
        if wants_page(request):  # programs keep no cookies from one run to the next
            device = self._accounts.devices.remember(cookie(request, DEVICE), name)
            set_cookie(answer, request, DEVICE, device, lasts=REMEMBERED_FOR)
        # Lax: who follows a link to here from elsewhere is still signed in.
        set_cookie(answer, request, SIGNED_IN, token, lasts=LASTS, samesite="lax")
        return answer

    async def _program(self, request: HTTPConnection, credentials: str) -> str | None:
        """Who a program's Basic credentials name; checked once, until they end or change."""
        try:
            decoded = base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, ValueError):
            return None
        name, _, password = decoded.partition(":")
        # However the name is spelt around, it is one entry.
        key = f"{name.strip()}:{password}".encode()
        key = hashlib.blake2b(key, key=self._secret).digest()
        with self._lock:
            token = self._programs.get(key)
            if token is not None:
                self._programs.move_to_end(key)
        if token is not None:
            known = await run_in_threadpool(self._accounts.person_of, token)
            if known is not None:
                return known
        if not await self._try(request, name, password):
            return None
        name = person_name(name)
        token = await run_in_threadpool(self._accounts.start, name)
        with self._lock:
            self._programs[key] = token
            while len(self._programs) > PROGRAMS:
                self._programs.popitem(last=False)
        return name

    def _page(self, page: str, status: int = 200, /, **values: Any) -> Response:
        known = {"name": "", "error": "", "done": "", "root": "", "invitation": ""}
        html = markup(page, **(known | {"who_signs_up": self._who_signs_up} | values))
        return HTMLResponse(html, status, headers=NO_FRAME)

    def _refused(
        self, request: Request, page: str, status: int, words: str, /, **values: Any
    ) -> Response:
        if not wants_page(request):
            return refusal(request.scope, status, words)
        return self._page(page, status, error=words, **values)

    def _too_many(
        self, request: Request, page: str, error: TooManyTriesError, /, **values: Any
    ) -> Response:
        if not wants_page(request):
            return too_many(request.scope, error)
        answer = self._page(page, 429, error=str(error), **values)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer


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
