"""What whoever asks is told when an event fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.core.errors import CatalogueError
from bot.web.app import create_app
from tests.fakes import FakeService
from tests.web.conftest import HERE

SECRET = "/srv/secret/tastebot.sqlite3"
MCP = {"accept": "application/json, text/event-stream"}


class Failing(FakeService):
    """Fails with `failure` whenever somebody's profile or data is asked for."""

    failure: Exception = RuntimeError(f"{SECRET} is locked by 0x7f")

    def profile(self, user: str) -> Any:
        raise self.failure

    def export(self, user: str) -> Any:
        raise self.failure


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Failing()), base_url=HERE) as opened:
        yield opened


def told(client: TestClient) -> dict[str, str]:
    """What comes back over each way to call an endpoint."""
    run = client.post("/gradio_api/run/profile", json={"data": ["ana"]})
    event = client.post("/gradio_api/call/profile", json={"data": ["ana"]}).json()["event_id"]
    call = client.get(f"/gradio_api/call/profile/{event}")
    asked = {"name": "profile", "arguments": {"user": "ana"}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked}
    mcp = client.post("/gradio_api/mcp/", json=body, headers=MCP)
    return {"run": run.text, "call": call.text, "mcp": mcp.text}


def test_an_error_that_nobody_foresaw_tells_nothing_of_this_machine(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    for way, answer in told(client).items():
        assert "went wrong on my side" in answer, way
        assert "secret" not in answer
        assert "0x7f" not in answer
    assert "RuntimeError" in caplog.text, "whoever runs the server reads what it was"
    assert "profile" in caplog.text, "and where"
    assert SECRET not in caplog.text, "an error's text may hold what a person said"


def test_an_error_for_people_is_told_without_its_folders(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Failing, "failure", CatalogueError(f"expected {SECRET} to be there"))
    for way, answer in told(client).items():
        assert "expected tastebot.sqlite3 to be there" in json.dumps(answer), way
        assert "secret" not in answer
