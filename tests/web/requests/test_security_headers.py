"""What every answer tells the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from bot.web.app import create_app
from bot.web.requests.allowed_hosts import Hosts
from bot.web.requests.security_headers import page_policy
from tests.fakes import FakeService
from tests.web.conftest import HERE


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(FakeService()), base_url=HERE) as opened:
        yield opened


@pytest.mark.parametrize(
    "path",
    ["/", "/healthz", "/config", "/theme.css", "/gradio_api/info", "/gradio_api/mcp/", "/nothing"],
)
def test_every_answer_may_be_framed_and_sniffed_by_nobody(client: TestClient, path: str) -> None:
    headers = client.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    for needed in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        assert needed in headers["content-security-policy"]


def test_the_page_runs_its_own_scripts_and_none_that_is_put_into_it(client: TestClient) -> None:
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    [scripts] = re.findall(r"script-src ([^;]*)", policy)

    assert "'unsafe-inline'" not in scripts
    assert "http" not in policy
    inline = re.findall(r"<script(?![^>]*src=)", answer.text)
    assert scripts.count("'sha256-") == len(inline)
    assert page_policy(answer.content) == policy


def test_an_answer_names_no_origin_that_may_read_it(client: TestClient) -> None:
    for headers in ({"origin": HERE}, {"origin": "http://evil.test"}):
        for method in ("GET", "OPTIONS"):
            asked = {**headers, "access-control-request-method": "POST"}
            answer = client.request(method, "/config", headers=asked)
            assert not [name for name in answer.headers if name.startswith("access-control")]


def test_an_opener_is_told_of_where_browsers_heed_it(client: TestClient) -> None:
    with TestClient(create_app(FakeService()), base_url="http://box.test") as lan:
        assert "cross-origin-opener-policy" not in lan.get("/healthz").headers


def test_who_came_over_tls_is_told_to_stay_with_it() -> None:
    def told(url: str) -> str | None:
        app = create_app(FakeService(), hosts=Hosts.of("box.test"))
        with TestClient(app, base_url=url) as opened:
            return opened.get("/healthz").headers.get("strict-transport-security")

    assert told("https://box.test") == "max-age=31536000"
    assert told("http://box.test") is None
    assert told("https://localhost") is None, "other servers of this machine have that name too"
