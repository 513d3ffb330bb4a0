"""What proxies and strangers say of how a request came."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from bot.web.app import create_app
from bot.web.requests.proxy_headers import Forwarded
from tests import own_loop
from tests.fakes import FakeService
from tests.web.conftest import HERE


def passed(
    *headers: tuple[str, str], peer: str = "127.0.0.1", trusted: str = "127.0.0.1"
) -> tuple[str, str | None, Headers]:
    """Scheme, client and headers of a request as the application gets it."""
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    scope = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 4000),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    own_loop.run(Forwarded(application, trusted)(scope, None, None))  # type: ignore[arg-type]  # calls neither
    [found] = seen
    return found["scheme"], found["client"][0], Headers(scope=found)


@pytest.mark.parametrize("said", ["https", "HTTPS", " Https ", "https, http", "HTTPS,http"])
def test_a_proxy_s_https_counts_in_every_spelling(said: str) -> None:
    scheme, _, headers = passed(("x-forwarded-proto", said))
    assert scheme == "https"
    assert headers.getlist("x-forwarded-proto") == ["https"]


@pytest.mark.parametrize("said", ["http", "http, https", "javascript", "", ",https", "ws"])
def test_anything_else_is_no_tls(said: str) -> None:
    scheme, _, headers = passed(("x-forwarded-proto", said))
    assert scheme == "http"
    assert headers.get("x-forwarded-proto") in (None, "http")


def test_strangers_are_not_believed() -> None:
    said = (("x-forwarded-proto", "HTTPS"), ("x-forwarded-for", "192.0.2.1"))
    assert passed(*said, peer="203.0.113.7")[:2] == ("http", "203.0.113.7")
    assert passed(*said)[:2] == ("https", "192.0.2.1")
    assert passed(*said, peer="203.0.113.7", trusted="203.0.113.7")[0] == "https"


@pytest.mark.parametrize("name", ["X-Gradio-Server", "X-Original-Host", "X-Original-URL"])
def test_no_header_takes_the_page_elsewhere(name: str) -> None:
    assert name.lower() not in passed((name.lower(), "http://evil.test"))[2]
    with TestClient(create_app(FakeService()), base_url=HERE) as client:
        for path in ("/", "/config", "/gradio_api/info", "/gradio_api/mcp/"):
            answer = client.get(path, headers={name: "http://evil.test"})
            assert answer.status_code < 500
            assert "evil.test" not in answer.text
