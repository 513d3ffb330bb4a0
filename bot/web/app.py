"""The web application: the page mounted on FastAPI, and what every request passes before it.

Gradio should have been changed first (`bot.web.gradio_patches.patches.patch_gradio`). Which service
is behind it, and which port, is the command's affair.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, nullcontext
from functools import partial
from pathlib import Path

import gradio as gr
from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from bot.conversation.api import ChatService
from bot.core.settings import SignUp
from bot.web.auth.auth_middleware import Gate
from bot.web.auth.identity import PERSON, only_own_data
from bot.web.auth.sign_in import Doors
from bot.web.gradio_patches.queue_state import awaited_in, queued_from
from bot.web.owner.access import OwnerSide
from bot.web.pages.catalogue_library import Shelf
from bot.web.pages.page import build_page
from bot.web.readiness import Readiness
from bot.web.requests.address_shares import Crowd
from bot.web.requests.allowed_hosts import Hosts
from bot.web.requests.api_calls import Calls
from bot.web.requests.event_stream import LastingStream
from bot.web.requests.file_routes import UPLOAD, Files
from bot.web.requests.origin_check import OwnOrigin
from bot.web.requests.proxy_headers import Forwarded
from bot.web.requests.security_headers import SafeHeaders
from bot.web.requests.served_routes import OnlyNeeded
from bot.web.requests.uploads import LARGEST, Uploads, remove_leftovers
from bot.web.turns.turn_desk import TurnDesk
from bot.web.view.theme import STYLE, theme
from storage.account.accounts import Accounts

SWEPT_EVERY = 60.0
"""Seconds between two looks for files that were brought too long ago."""

THREADS = 96
"""Requests that may wait in a thread each: all that the turn desk takes, and others beside."""


def create_app(
    service: ChatService,
    *,
    accounts: Accounts | None = None,
    sign_up: SignUp = "open",
    owner: OwnerSide | None = None,
    shelf: Shelf | None = None,
    hosts: Hosts | None = None,
    uploads: Path | None = None,
    on_failure: Callable[[Exception], None] | None = None,
) -> FastAPI:
    """The application around `service`, which is warmed up once the server runs.

    With `accounts` everybody signs in and sees what is their own, and `sign_up` says who may make
    an account; `owner` adds the owner's page.
    With a `shelf` the page shows the other catalogues too and takes new ones by file, which lie in
    the folder `uploads` (by default the system's for temporary files) until they are imported.
    `hosts` are the names that are answered beside the loopback ones.
    `on_failure` gets the error when warming up fails; ``/healthz`` then stays 503. The
    application's ``state.readiness`` tells when it is settled.
    """
    # What is added everybody sees, so where there are accounts nobody brings files.
    takes = shelf is not None and shelf.takes_files and accounts is None
    brought = Uploads(uploads) if takes else None
    if brought is None and uploads is not None:
        remove_leftovers(uploads)
    readiness = Readiness()
    warm_up = partial(readiness.warm_up, service, on_failure)
    app = FastAPI(
        lifespan=_lifespan(warm_up, brought), docs_url=None, redoc_url=None, openapi_url=None
    )
    app.state.readiness = readiness
    readiness.add_to(app, service)
    doors = Doors(accounts, sign_up=sign_up) if accounts is not None else None
    if doors is not None:
        doors.add_to(app)
        service = only_own_data(service)
    if owner is not None:
        owner.add_to(app)
    blocks = build_page(service, TurnDesk(service), shelf, brought, accounts=accounts is not None)
    _mount(app, blocks, brought, accounts=accounts is not None)
    if doors is not None or owner is not None:
        app.add_middleware(
            Gate,
            person_of=doors.person_of if doors is not None else None,
            was_just_here=doors.was_just_here if doors is not None else None,
            is_owner=owner.is_owner if owner is not None else None,
        )
    streamed = frozenset({UPLOAD} if brought is not None else ())
    app.add_middleware(OwnOrigin, hosts=hosts or Hosts(), streamed=streamed)
    # The last that is added is the first that a request meets.
    app.add_middleware(Crowd, queued=partial(queued_from, blocks))
    app.add_middleware(SafeHeaders)
    app.add_middleware(Forwarded)
    return app


def _lifespan(
    warm_up: Callable[[], None], brought: Uploads | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What goes on while the server runs: warming up once, and sweeping the files brought."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
        with closing(brought) if brought is not None else nullcontext():
            sweeping = asyncio.create_task(_sweep(brought)) if brought is not None else None
            yield
            if sweeping is not None:
                sweeping.cancel()

    return lifespan


def _mount(app: FastAPI, blocks: gr.Blocks, brought: Uploads | None, *, accounts: bool) -> None:
    """Put the page at ``/``, behind what stands inside Gradio's own application."""
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        auth_dependency=_person if accounts else None,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        pwa=False,
        show_error=False,  # but for those of `bot.web.gradio_patches.safe_blocks`
        max_file_size=LARGEST,
        app_kwargs={
            "middleware": [
                Middleware(Files, brought),
                Middleware(OnlyNeeded),
                Middleware(Calls, blocks.fns),
                Middleware(LastingStream, awaited_in(blocks)),
            ]
        },
        mcp_server=True,
        enable_monitoring=False,
        theme=theme(),
        css_paths=[STYLE],
    )


async def _sweep(uploads: Uploads) -> None:
    while True:
        await asyncio.sleep(SWEPT_EVERY)
        await run_in_threadpool(uploads.sweep)


def _person(request: Request) -> str | None:
    """Whom the gate let in, for Gradio, which hands it to every event."""
    name: str | None = request.scope.get(PERSON)
    return name
