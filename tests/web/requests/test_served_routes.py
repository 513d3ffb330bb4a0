"""Of all that Gradio serves, what is served here: known one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Mount

from bot.web.app import create_app
from bot.web.requests.served_routes import is_served
from tests.fakes import FakeService
from tests.web.auth.test_sign_in import addresses
from tests.web.conftest import HERE


def paths(*lines: str) -> list[str]:
    return [path for line in lines for path in line.split()]


# What the page, gradio_client, plain HTTP and MCP use.
SERVED = paths(
    "/ /config /favicon.ico /manifest.json /robots.txt /theme.css /assets/x /static/x",
    "/gradio_api/info /gradio_api/app_id /gradio_api/startup-events /gradio_api/theme.css",
    "/gradio_api/heartbeat/session_hash /gradio_api/queue/join /gradio_api/queue/data",
    "/gradio_api/cancel /gradio_api/reset /gradio_api/run/api_name /gradio_api/api/api_name",
    "/gradio_api/call/api_name /gradio_api/call/api_name/event_id",
    "/gradio_api/call/v2/api_name /gradio_api/call/v2/api_name/event_id",
    "/gradio_api/mcp /gradio_api/mcp/schema /gradio_api/mcp/sse /gradio_api/mcp/messages",
)
# What would fetch from elsewhere, read or write files, show other people's, or is for developers.
REFUSED = paths(
    "/gradio_api/proxy=x /gradio_api/file=x /gradio_api/file/x /gradio_api/deep_link",
    "/gradio_api/component_server /gradio_api/process_recording /gradio_api/custom_component",
    "/gradio_api/stream/event_id /gradio_api/stream/session_hash /gradio_api/queue/status",
    "/gradio_api/vibe-code /gradio_api/vibe-edit /gradio_api/undo-vibe-edit",
    "/gradio_api/vibe-starter-queries /gradio_api/dev/reload /gradio_api/runs",
    "/gradio_api/openapi.json /openapi.json /gradio_api/login_check /gradio_api/user",
    "/gradio_api/token /login /logout /monitoring /svelte/x /pwa_icon",
)
UPLOADS = {
    "/gradio_api/upload",
    "/gradio_api/upload_progress",
}  # `bot.web.requests.file_routes`' own


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(FakeService()), base_url=HERE, follow_redirects=False) as opened:
        yield opened


def gradios(client: TestClient) -> set[tuple[str, str]]:
    [page] = [route for route in client.app.routes if isinstance(route, Mount)]  # type: ignore[attr-defined]  # the application is ours
    return {
        (method, path.rstrip("/") or "/")
        for method, path in addresses(page.app)
        if method != "HEAD"
    }


def test_every_address_of_gradio_is_known(client: TestClient) -> None:
    ways = gradios(client)
    served = {path for method, path in ways if is_served(method, path)}
    refused = {path for _, path in ways} - served - UPLOADS
    beneath = re.compile("|".join(rf"{re.escape(path)}(?:/.*)?" for path in REFUSED))

    assert served == set(SERVED)
    assert {path for path in refused if not beneath.fullmatch(path)} == set()
    assert {path for path in REFUSED if not any(way.startswith(path) for way in refused)} == set()


def test_what_is_refused_is_not_there(client: TestClient) -> None:
    for method, path in gradios(client):
        if not is_served(method, path):
            assert client.request(method, path).status_code == 404, (method, path)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=https://example.com/x",
        "/gradio_api/proxy=https://a.hf.space/x",
        "/gradio_api/file=/etc/passwd",
        "/assets/..%2f..%2fx",
        "/gradio_api//queue/data",
        "/gradio_api/mcp/other",
        "/GRADIO_API/info",
        "/new-in-a-later-version",
    ],
)
def test_what_is_not_named_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/static/../config", "/static/.", "/assets/a\\b", "/assets/\0"])
def test_no_path_leads_out_of_its_folder(path: str) -> None:
    assert not is_served("GET", path)


def test_the_owner_s_page_has_no_tools() -> None:
    assert is_served("POST", "/gradio_api/mcp/")
    assert not is_served("POST", "/gradio_api/mcp/", mcp=False)
