"""Gradio's blocks, whose errors are sentences for whoever asked: on the page, by API and by MCP.

Gradio shows either every error as it is, with whatever the text of an exception tells of this
machine, or none. Here an error for people keeps its sentence and any other is written to the log.
"""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr

from bot.errors import TastebotError
from bot.web.telling import told

logger = logging.getLogger(__name__)


class Blocks(gr.Blocks):
    """To be used in place of `gr.Blocks`."""

    async def process_api(self, *arguments: Any, **more: Any) -> Any:
        """Run one event, or one step of one. Raises gr.Error alone."""
        try:
            return await super().process_api(*arguments, **more)
        except gr.Error:
            raise
        except TastebotError as error:
            raise gr.Error(told(error), print_exception=False) from error
        except Exception as error:
            logger.exception("An event failed")
            raise gr.Error(told(error), print_exception=False) from error
