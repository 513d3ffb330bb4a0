"""What is read of Gradio's queue: it has no public way to tell what has not begun or not ended.

A page is one open page of one browser, by the hash that Gradio gives it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def queued_from(blocks: Any, address: str) -> int:
    """How many of the events that came from an address have not begun."""
    return sum(
        getattr(event.request.client, "host", "") == address
        for waiting in list(blocks._queue.event_queue_per_concurrency_id.values())
        for event in list(waiting.queue)
    )


def awaited_in(blocks: Any) -> Callable[[str], bool]:
    """Tells whether something that a page asked for has no whole answer yet."""
    return lambda page: bool(blocks._queue.pending_event_ids_session.get(page))
