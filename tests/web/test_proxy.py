"""Behind a reverse proxy: one that passes on the Host it got, and one that writes its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from bot.web.requests.allowed_hosts import Hosts
from tests import own_loop
from tests.fakes import FakeService
from tests.web.conftest import Site, serve

OUTSIDE = "localhost"  # what the proxy is called, which the server is told to answer to
HOPS = {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}


@contextmanager
def proxy(site: Site, *, keeps: bool) -> Iterator[str]:
    """A proxy before the site; it `keeps` the Host, or sends its own and forwards the other."""

    async def passed(request: Request) -> StreamingResponse:
        headers = {name: value for name, value in request.headers.items() if name not in HOPS}
        headers["host"] = request.headers["host"] if keeps else "inside.test"
        if not keeps:
            headers["x-forwarded-host"] = request.headers["host"]
        headers["x-forwarded-proto"] = "http"
        client = httpx.AsyncClient(timeout=60)
        url = f"{site.url}{request.url.path}?{request.url.query}"
        asked = client.build_request(
            request.method, url, headers=headers, content=await request.body()
        )
        answer = await client.send(asked, stream=True)
        kept = {name: value for name, value in answer.headers.items() if name not in HOPS}
        return StreamingResponse(answer.aiter_raw(), answer.status_code, kept)

    methods = ["GET", "HEAD", "POST", "DELETE", "OPTIONS"]
    app = Starlette(routes=[Route("/{path:path}", passed, methods=methods)])
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://{OUTSIDE}:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def inside() -> Iterator[Site]:
    """The server behind, which is not called by a loopback name alone."""
    running, thread = serve(FakeService(), hosts=Hosts.of("inside.test"))
    yield running
    running.server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module", params=[True, False], ids=["keeps the host", "writes its own"])
def outside(inside: Site, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the proxy."""
    with proxy(inside, keeps=request.param) as url:
        yield url


def test_a_program_and_a_tool_work_through_it(outside: str) -> None:
    client = Client(outside, verbose=False)
    turn = client.predict("ana", "crime", "", api_name="/chat")
    client.close()
    assert turn["recommendations"]

    async def tools() -> list[str]:
        async with (
            streamable_http_client(f"{outside}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return [tool.name for tool in (await session.list_tools()).tools]

    found = own_loop.run(tools())
    assert any("chat" in name for name in found)


def test_another_origin_is_refused_through_it_and_its_own_is_not(outside: str) -> None:
    def post(origin: str) -> Any:
        body = {"data": ["ana"]}
        return httpx.post(
            f"{outside}/gradio_api/run/profile", json=body, headers={"origin": origin}
        )

    assert post(outside).status_code in (200, 500), "somebody unknown has no profile"
    assert post("http://evil.test").status_code == 403
    assert post(f"http://{OUTSIDE}:9").status_code == 403


@pytest.mark.browser
def test_the_page_works_through_it(outside: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(outside)
    box = page.locator("#tb-message textarea")
    expect(box).to_be_enabled()
    box.fill("crime")
    page.keyboard.press("Enter")
    expect(page.locator(".tb-card").first).to_be_visible()
    page.close()
