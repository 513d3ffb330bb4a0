"""Gradio's blocks, whose errors are sentences for whoever asked: on the page, by API and by MCP.

Gradio shows either every error as it is, with whatever the text of an exception tells of this
machine, or none. Here an error for people keeps its sentence, and any other goes to the log, which
tells its class and where it was raised.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from bot.core.errors import BusyError, TastebotError
from bot.core.logs import event_logger
from bot.web.requests.api_calls import BUSY
from bot.web.view.error_sentences import told
from bot.web.view.texts import text

logger = event_logger(__name__)


class Blocks(gr.Blocks):
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


def _note_busy(asked: Any) -> None:
    scope = getattr(getattr(asked, "request", None), "scope", {})
    if BUSY in scope:
        scope[BUSY].append(True)
