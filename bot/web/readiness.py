"""Warming the service up beside the running server, and ``GET /healthz``, which tells of it.

So the page is there at once and says what it is waiting for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from bot.conversation.api import ChatService
from bot.core.errors import TastebotError
from bot.core.logs import event_logger
from bot.web.view.error_sentences import told

logger = event_logger(__name__)


@dataclass(slots=True)
class Readiness:
    """Whether a turn can be answered yet, and what went wrong if it never can."""

    settled: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None

    @property
    def ready(self) -> bool:
        """Whether a turn can be answered."""
        return self.settled.is_set() and self.error is None

    def warm_up(
        self, service: ChatService, on_failure: Callable[[Exception], None] | None = None
    ) -> None:
        """Warm the service up. Raises nothing: `on_failure` gets the error when that fails."""
        try:
            service.warm_up()
        except Exception as error:
            self.error = error
            if not isinstance(error, TastebotError):
                logger.exception("warm_up_failed")
            if on_failure is not None:
                on_failure(error)
        finally:
            self.settled.set()

    def add_to(self, app: FastAPI, service: ChatService) -> None:
        """Answer ``GET /healthz``: 200 with the catalogue's name when ready, else 503."""

        @app.get("/healthz")
        def healthz() -> JSONResponse:
            if self.ready:
                return JSONResponse({"status": "ok", "catalogue": service.catalogue.name})
            if self.error is not None:
                return JSONResponse({"status": "failed", "error": told(self.error)}, 503)
            return JSONResponse({"status": "warming"}, 503)
