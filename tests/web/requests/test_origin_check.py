"""Who is let through: our own pages, programs, followed links; nobody's page but ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from bot.web.requests.allowed_hosts import Hosts
from bot.web.requests.origin_check import OwnOrigin
from tests import own_loop

FOREIGN = ("http://evil.test", "http://box.test:9000", "https://box.test:7861", "null", "file://")
EVERY = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


class Reached:
    """The application behind: notes each request that came through, with its body."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here"})


Asked = Callable[..., httpx.Response]


@pytest.fixture
def reached() -> Reached:
    return Reached()


@pytest.fixture
def ask(reached: Reached) -> Asked:
    """Sends a request to the middleware as http://box.test:7860, which is an allowed name."""
    app = OwnOrigin(reached, Hosts.of("box.test"), most_bytes=1000, within=0.2)

    def asked(method: str = "GET", headers: Any = (), path: str = "/", **more: Any) -> Any:
        client = TestClient(app, base_url="http://box.test:7860")
        return client.request(method, path, headers=headers, **more)

    return asked


@pytest.mark.parametrize("method", EVERY)
@pytest.mark.parametrize("origin", FOREIGN)
def test_no_page_of_another_origin_gets_an_answer(
    ask: Asked, reached: Reached, method: str, origin: str
) -> None:
    answer = ask(method, {"origin": origin})

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert reached.bodies == []


def test_our_own_page_and_programs_get_through(ask: Asked) -> None:
    for method in EVERY:
        assert ask(method, {"origin": "http://box.test:7860"}).status_code == 200
        assert ask(method).status_code == 200
    assert ask("POST", {"sec-fetch-site": "same-origin"}).status_code == 200
    assert ask("POST", {"sec-fetch-site": "none"}).status_code == 200


def test_a_preflight_of_another_origin_gets_no_leave(ask: Asked) -> None:
    answer = ask(
        "OPTIONS",
        {"origin": "http://evil.test", "access-control-request-method": "POST"},
        "/gradio_api/mcp/",
    )
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_without_an_origin_what_the_browser_says_of_the_site_counts(ask: Asked, site: str) -> None:
    link = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    for more in ({}, {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}):
        assert ask("GET", {"sec-fetch-site": site, **more}).status_code == 403
    assert ask("GET", {"sec-fetch-site": site, **link, "sec-fetch-dest": "iframe"}).is_error
    assert ask("POST", {"sec-fetch-site": site, **link}).status_code == 403
    assert ask("GET", {"sec-fetch-site": site, **link}).status_code == 200, "a link is followed"


@pytest.mark.parametrize(
    "headers",
    [
        [("host", "evil.test:7860")],
        [("host", "box.test.evil.test")],
        [("host", "")],
        [("host", "box.test"), ("host", "evil.test")],
        [("host", "box.test"), ("x-forwarded-host", "evil.test")],
        [("host", "box.test"), ("x-forwarded-host", "box.test, evil.test")],
        [("host", "box.test"), ("x-forwarded-host", "box.test"), ("x-forwarded-host", "e.test")],
    ],
)
def test_a_name_that_is_not_ours_is_not_answered(
    ask: Asked, reached: Reached, headers: list[tuple[str, str]]
) -> None:
    answer = ask("GET", headers)

    assert answer.status_code == 421
    assert "--allow-host" in answer.json()["error"]
    assert reached.bodies == []


def test_a_person_reads_a_page_that_says_which_name_to_allow(ask: Asked) -> None:
    answer = ask("GET", {"host": "other.test", "accept": "text/html,*/*"})

    assert answer.status_code == 421
    assert "tastebot serve --allow-host other.test" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def test_a_request_without_a_host_is_not_answered(reached: Reached) -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "scheme": "http"}
    assert status(OwnOrigin(reached), scope) == 421


def status(app: OwnOrigin, scope: dict[str, Any], *chunks: bytes) -> int:
    """The status of the answer to a request whose body comes in chunks, and then no further."""
    return own_loop.run(_status(app, scope, *chunks))


async def _status(app: OwnOrigin, scope: dict[str, Any], *chunks: bytes) -> int:
    sent: list[Message] = []
    coming = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]

    async def receive() -> Message:
        if coming:
            return coming.pop(0)
        await asyncio.sleep(10)
        raise AssertionError("it waited too long")

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        # A proxy that keeps the Host, one that writes its own, and one before another.
        ({"host": "box.test"}, "https://box.test"),
        ({"host": "127.0.0.1:7860", "x-forwarded-host": "box.test"}, "https://box.test"),
        ({"host": "localhost", "x-forwarded-host": "box.test, 127.0.0.1"}, "https://box.test"),
    ],
)
def test_a_proxy_may_keep_the_host_or_forward_it(
    ask: Asked, headers: dict[str, str], origin: str
) -> None:
    assert ask("POST", {**headers, "origin": origin}).status_code == 200
    assert ask("POST", {**headers, "origin": "https://box.test:9000"}).status_code == 403


def test_a_websocket_is_refused(reached: Reached) -> None:
    client = TestClient(OwnOrigin(reached), base_url="http://localhost")
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/queue/join"):
        pass


def test_a_body_goes_on_whole_and_a_larger_one_not_at_all(ask: Asked, reached: Reached) -> None:
    assert ask("POST", content=b"x" * 1000).status_code == 200
    assert reached.bodies == [b"x" * 1000]

    assert ask("POST", content=b"x" * 1001).status_code == 413
    assert ask("POST", content=iter([b"x" * 600, b"x" * 600])).status_code == 413
    assert len(reached.bodies) == 1


def test_a_body_that_does_not_come_is_not_waited_for(reached: Reached) -> None:
    app = OwnOrigin(reached, within=0.05)
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "scheme": "http",
        "headers": [(b"host", b"localhost")],
    }
    assert status(app, scope, b"half") == 408
    assert reached.bodies == []
