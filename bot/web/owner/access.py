"""The owner's side of the server: one password, a cookie, and the page behind them.

Owns the addresses under ``/owner``; what the page shows is `bot.web.owner.page`'s, and that
nobody else comes in is also held by `bot.web.auth.auth_middleware`.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection

from bot.web.auth.auth_middleware import OWNER, OWNER_FOLDER, too_many
from bot.web.auth.cookies import OWNER as COOKIE
from bot.web.auth.cookies import cookie, delete_cookie, set_cookie
from bot.web.auth.login_throttle import Attempts, TooManyTriesError, of_owner
from bot.web.auth.sign_in import NO_FRAME, read_form, wants_page
from bot.web.gradio_patches.queue_state import awaited_in
from bot.web.requests.api_calls import Calls
from bot.web.requests.event_stream import LastingStream
from bot.web.requests.file_routes import Files
from bot.web.requests.refusals import refusal
from bot.web.requests.served_routes import OnlyNeeded
from bot.web.view.markup import markup
from bot.web.view.texts import text
from bot.web.view.theme import STYLE, theme

MOST_BROWSERS = 20


class OwnerSide:
    """The owner's password and page; sign-ins end with the server.

    `build` makes the page's blocks.
    """

    def __init__(
        self,
        password: str,
        build: Callable[[], gr.Blocks],
        attempts: Attempts | None = None,
    ):
        self._password = password
        self._build = build
        self._attempts = attempts or Attempts()
        self._tokens: list[str] = []
        self._lock = threading.Lock()

    def is_owner(self, request: HTTPConnection) -> bool:
        """Whether a request comes from a browser that gave the password."""
        token = cookie(request, COOKIE) or ""
        with self._lock:
            return any(
                hmac.compare_digest(token.encode(), known.encode()) for known in self._tokens
            )

    def add_to(self, app: FastAPI) -> None:
        """Add the addresses and the page; before the people's page, which takes all the rest."""
        app.add_api_route(f"{OWNER_FOLDER}/login", self._show, methods=["GET"])
        app.add_api_route(f"{OWNER_FOLDER}/login", self._sign_in, methods=["POST"])
        app.add_api_route(f"{OWNER_FOLDER}/logout", self._sign_out, methods=["POST"])
        blocks = self._build()
        gr.mount_gradio_app(
            app,
            blocks,
            path=OWNER_FOLDER,
            auth_dependency=_owner,
            footer_links=[],
            run_history=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            show_error=False,
            app_kwargs={
                "middleware": [
                    Middleware(Files),
                    Middleware(OnlyNeeded, mcp=False),
                    Middleware(Calls, blocks.fns),
                    Middleware(LastingStream, awaited_in(blocks)),
                ],
            },
            enable_monitoring=False,
            theme=theme(),
            css_paths=[STYLE],
        )

    async def _show(self, request: Request) -> Response:
        return _page()

    async def _sign_in(self, request: Request) -> Response:
        given = (await read_form(request)).get("password", "")
        answer: Response
        try:
            # One password for all: what strangers get wrong counts for where they are alone.
            limit = of_owner(request)
            self._attempts.begin(limit)
            if not hmac.compare_digest(given.encode(), self._password.encode()):
                self._attempts.wrong(limit)
                return _refused(request, 401, text("owner_wrong"))
        except TooManyTriesError as error:
            if not wants_page(request):
                return too_many(request.scope, error)
            answer = _page(429, str(error))
            answer.headers["Retry-After"] = str(error.seconds)
            return answer
        self._attempts.right(limit)
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens = [*self._tokens[1 - MOST_BROWSERS :], token]
        answer = JSONResponse({"success": True})
        if wants_page(request):
            answer = RedirectResponse("./", status_code=303)
        set_cookie(answer, request, COOKIE, token, path=OWNER_FOLDER)
        return answer

    async def _sign_out(self, request: Request) -> Response:
        token = cookie(request, COOKIE) or ""
        with self._lock:
            self._tokens = [known for known in self._tokens if known != token]
        answer = RedirectResponse("login", status_code=303)
        delete_cookie(answer, request, COOKIE, path=OWNER_FOLDER)
        return answer


def _owner(request: Request) -> str | None:
    return "owner" if request.scope.get(OWNER) else None


def _page(status: int = 200, error: str = "") -> Response:
    html = markup("owner_sign_in", error=error, done="", root="../")
    return HTMLResponse(html, status, headers=NO_FRAME)


def _refused(request: Request, status: int, words: str) -> Response:
    if not wants_page(request):
        return refusal(request.scope, status, words)
    return _page(status, words)
