"""Of all that Gradio serves, what is served here: known one by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.routing import Mount

from bot.web.app import create_app
from bot.web.requests.served_routes import is_served
from tests.fakes import FakeService
from tests.web.auth.test_sign_in import addresses
from tests.web.conftest import HERE


def ways(*lines: str) -> set[tuple[str, str]]:
    """Each line: a method, and the paths it is for."""
    return {(line.split()[0], path) for line in lines for path in line.split()[1:]}


# All that Gradio answers, address by address: what it adds later is in neither list, and fails
# until somebody has decided.
# What the page, gradio_client, plain HTTP and MCP use.
SERVED = ways(
    "GET / /config /favicon.ico /manifest.json /robots.txt /theme.css /assets/x /static/x",
    "GET /gradio_api/info /gradio_api/app_id /gradio_api/startup-events /gradio_api/theme.css",
    "GET /gradio_api/heartbeat/session_hash /gradio_api/queue/data",
    "POST /gradio_api/queue/join /gradio_api/cancel /gradio_api/reset",
    "POST /gradio_api/run/api_name /gradio_api/api/api_name",
    "POST /gradio_api/call/api_name /gradio_api/call/v2/api_name",
    "GET /gradio_api/call/api_name/event_id /gradio_api/call/v2/api_name/event_id",
    "GET /gradio_api/mcp /gradio_api/mcp/schema /gradio_api/mcp/sse /gradio_api/mcp/messages",
    "POST /gradio_api/mcp /gradio_api/mcp/messages",
)
# What would fetch from elsewhere, read or write files, show other people's, or is for developers.
REFUSED = ways(
    "GET /gradio_api/proxy=x /gradio_api/file=x /gradio_api/file/x /gradio_api/deep_link",
    "GET /gradio_api/custom_component/id/environment/type/file_name",
    "POST /gradio_api/component_server /gradio_api/process_recording",
    "POST /gradio_api/stream/event_id /gradio_api/stream/event_id/close",
    "GET /gradio_api/stream/session_hash/run/component_id/playlist-file",
    "GET /gradio_api/stream/session_hash/run/component_id/playlist.m3u8",
    "GET /gradio_api/stream/session_hash/run/component_id/segment_id.ext",
    "GET /gradio_api/queue/status /gradio_api/runs /gradio_api/dev/reload",
    "GET /gradio_api/vibe-code",
    "POST /gradio_api/vibe-code /gradio_api/vibe-edit /gradio_api/undo-vibe-edit",
    "POST /gradio_api/vibe-starter-queries",
    "GET /gradio_api/openapi.json /openapi.json /gradio_api/login_check /gradio_api/user",
    "GET /gradio_api/token /logout /svelte/x /pwa_icon /pwa_icon/size",
    "GET /monitoring /monitoring/key /monitoring/summary",
    "POST /login",
)
# `bot.web.requests.file_routes` answers these in Gradio's place.
UPLOADS = ways("POST /gradio_api/upload", "GET /gradio_api/upload_progress")


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
    found = gradios(client)
    known = SERVED | REFUSED | UPLOADS

    assert found - known == set(), "new in Gradio: decide whether it is served"
    assert known - found == set(), "gone from Gradio"
    assert {way for way in found if is_served(*way)} == SERVED


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
