"""The application around the page: readiness, and silence towards the network."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.core.errors import ModelError
from bot.web.app import create_app
from bot.web.gradio_patches.safe_blocks import LOOK_AFTER
from bot.web.pages.page import build_page
from bot.web.turns.turn_desk import TurnDesk
from tests.fakes import FakeService, finished
from tests.web.conftest import HERE, serve


class SlowToWake(FakeService):
    """A service whose model loads until it is told to be ready."""

    def __init__(self) -> None:
        super().__init__()
        self.awake = threading.Event()
        self.failure: Exception | None = None

    def warm_up(self) -> None:
        self.awake.wait(10)
        if self.failure is not None:
            raise self.failure


def settled(client: TestClient) -> Any:
    client.app.state.readiness.settled.wait(10)  # type: ignore[attr-defined]  # the application is ours
    return client.get("/healthz")


def test_health_is_503_until_a_turn_can_be_answered() -> None:
    service = SlowToWake()
    with TestClient(create_app(service), base_url=HERE) as client:
        warming = client.get("/healthz")
        assert (warming.status_code, warming.json()["status"]) == (503, "warming")
        assert client.get("/").status_code == 200, "the page is there meanwhile"
        service.awake.set()

        healthy = settled(client)
        assert (healthy.status_code, healthy.json()["status"]) == (200, "ok")


def test_a_server_at_rest_does_not_look_for_events_all_the_time() -> None:
    service = FakeService()
    queue = build_page(service, TurnDesk(service))._queue
    assert queue.sleep_when_free == LOOK_AFTER
    assert queue.progress_update_sleep_when_free == 10 * LOOK_AFTER


def test_a_failed_start_is_told_and_never_healthy() -> None:
    service = SlowToWake()
    service.failure = ModelError("the base model is broken")
    service.awake.set()
    told: list[Exception] = []
    with TestClient(create_app(service, on_failure=told.append), base_url=HERE) as client:
        failed = settled(client)

    assert failed.status_code == 503
    assert "the base model is broken" in failed.json()["error"]
    assert told == [service.failure]


def test_the_server_connects_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign: list[Any] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            foreign.append(address)
            raise OSError("no network in this test")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    monkeypatch.setattr(socket.socket, "connect_ex", watched)
    running, thread = serve(FakeService())
    finished(running.service.respond("ana", "crime"))
    running.server.should_exit = True
    thread.join(20)

    assert foreign == []


def test_the_page_names_no_other_host() -> None:
    service = FakeService()
    with TestClient(create_app(service), base_url=HERE) as client:
        page = client.get("/").text
        theme = client.get("/theme.css").text

    for wanted in ("fonts.googleapis", "fonts.gstatic", "cdnjs", "jsdelivr"):
        assert f"//{wanted}" not in theme
        assert f'src="https://{wanted}' not in page
        assert f'href="https://{wanted}' not in page
