"""What is read of Gradio's queue is there, and says what is under way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr
from fastapi import FastAPI
from fastapi.testclient import TestClient
from gradio.queueing import Event, EventQueue

from bot.web.gradio_patches.queue_state import awaited_in, queued_from
from bot.web.gradio_patches.safe_blocks import SafeBlocks
from tests.web.conftest import HERE


def waiting(address: str) -> Any:
    return SimpleNamespace(request=SimpleNamespace(client=SimpleNamespace(host=address)))


def test_events_that_have_not_begun_are_counted_by_address() -> None:
    blocks = SafeBlocks(analytics_enabled=False)
    queue = EventQueue("all", 1)
    queue.queue += [waiting("10.0.0.1"), waiting("10.0.0.2"), waiting("10.0.0.1")]
    blocks._queue.event_queue_per_concurrency_id["all"] = queue

    assert queued_from(blocks, "10.0.0.1") == 2
    assert queued_from(blocks, "10.0.0.3") == 0
    assert "request" in Event.__init__.__code__.co_varnames


def test_a_page_is_awaited_from_its_request_to_its_whole_answer() -> None:
    seen: list[bool] = []

    def answer(words: str) -> str:
        seen.append(True)
        return words

    with SafeBlocks(analytics_enabled=False) as blocks:
        box = gr.Textbox()
        box.submit(answer, box, box, api_name="answer")
    blocks.queue(api_open=False)
    outer = FastAPI()
    gr.mount_gradio_app(outer, blocks, path="/", mcp_server=False)
    with TestClient(outer, base_url=HERE) as client:
        asked = client.post("/gradio_api/call/answer", json={"data": ["hello"]}).json()
        page = asked["event_id"]  # of a program, which has no page, Gradio makes one of this name
        assert awaited_in(blocks)(page)
        assert "hello" in client.get(f"/gradio_api/call/answer/{page}").text
        assert seen == [True]
        assert not awaited_in(blocks)(page)
        assert not awaited_in(blocks)("another")
