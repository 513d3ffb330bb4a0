"""Gradio's blocks, whose errors are sentences for whoever asked: on the page, by API and by MCP.

An error for people keeps its sentence and any other goes to the log, which tells
its class and where it was raised. Their queue looks for
events less often than Gradio's.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from bot.core.errors import BusyError, TastebotError
from bot.core.logs import event_logger
from bot.web.requests.api_calls import BUSY
from bot.web.view.error_sentences import told
from bot.web.view.texts import text

LOOK_AFTER = 0.01
"""Seconds after which the queue looks again for events."""

logger = event_logger(__name__)


class SafeBlocks(gr.Blocks):
    """To be used in place of `gr.Blocks`."""

    async def process_api(self, *arguments: Any, **more: Any) -> Any:
        """Run one event, or one step of one. Raises gr.Error alone."""
        event = arguments[0] if arguments else more.get("block_fn")
        values = arguments[1] if len(arguments) > 1 else more.get("inputs")
        wanted = len(getattr(event, "inputs", ()))
        if isinstance(values, list) and len(values) < wanted:
            words = text("too_few_values", wanted=wanted, found=len(values))
            raise gr.Error(words, print_exception=False)
        try:
            return await super().process_api(*arguments, **more)
        except gr.Error:
            raise
        except TastebotError as error:
            if isinstance(error, BusyError):
                _note_busy(more.get("request"))
            raise gr.Error(told(error), print_exception=False) from error
        except Exception as error:
            logger.exception("event_failed")
            raise gr.Error(told(error), print_exception=False) from error

    def queue(self, *arguments: Any, **more: Any) -> Any:
        """As Gradio's, but the queue looks a hundred times a second, not a thousand.

        On Windows it waits longer than this by itself.
        """
        blocks = super().queue(*arguments, **more)
        queue = self._queue
        queue.sleep_when_free = max(queue.sleep_when_free, LOOK_AFTER)
        queue.progress_update_sleep_when_free = max(
            queue.progress_update_sleep_when_free, 10 * LOOK_AFTER
        )
        return blocks


def _note_busy(asked: Any) -> None:
    scope = getattr(getattr(asked, "request", None), "scope", {})
    if BUSY in scope:
        scope[BUSY].append(True)
