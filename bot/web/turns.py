"""Running turns for the page and the endpoints: who may wait, who is stopped.

The model answers one turn at a time; the desk lets a bounded number of people wait for it and
refuses the next with `BusyError`, so that nobody waits for a timeout.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bot.errors import BusyError
from bot.service import ChatService, TurnStep
from bot.web.texts import text

Opened = dict[tuple[int, str], tuple[str, ...]]
"""What is open of a conversation's answers: see `bot.web.thread`."""


@dataclass(slots=True)
class Brake:
    """How one page's turn is ended early: `left` when nobody looks at it any more.

    `opened` is what the page opened meanwhile, for the turn to show; once it is `closing`, its
    last view is made.
    """

    pulled: threading.Event = field(default_factory=threading.Event)
    left: bool = False
    opened: Opened | None = None
    closing: bool = False


class TurnDesk:
    """Lets at most `places` turns wait or run at once, and one at a time a page."""

    def __init__(self, service: ChatService, places: int = 24):
        self._service = service
        self._places = threading.BoundedSemaphore(places)
        self._running: dict[str, Brake] = {}
        self._lock = threading.Lock()

    def takes(self, page: str, opened: Opened) -> bool:
        """Whether a turn of this page is under way and will show what was opened."""
        brake = self._running.get(page)
        if brake is None:
            return False
        brake.opened = opened
        return not brake.closing

    def stop(self, page: str, *, left: bool = False) -> None:
        """Ask the page's turn to end; it ends before its next step is shown."""
        brake = self._running.get(page)
        if brake is not None:
            brake.left = brake.left or left
            brake.pulled.set()

    @contextmanager
    def page(self, page: str) -> Iterator[Brake | None]:
        """The brake of a page's turn for as long as it runs; None when one runs already."""
        brake = Brake()
        with self._lock:
            taken = page in self._running
            if not taken:
                self._running[page] = brake
        if taken:
            yield None
            return
        try:
            yield brake
        finally:
            with self._lock:
                del self._running[page]

    def turn(
        self,
        user: str,
        words: str,
        conversation: str | None,
        brake: Brake | None = None,
        *,
        instead: bool = False,
    ) -> Iterator[TurnStep]:
        """The steps of one turn, up to its end or until the brake is pulled.

        What a turn that ends early leaves behind is the service's word: nothing before its
        suggestions were seen, afterwards what was seen (`bot.service.ChatService.respond`).
        BusyError when all places are taken.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError(text("busy"))
        try:
            steps = self._service.respond(user, words, conversation, instead=instead)
            try:
                for step in steps:
                    if brake is not None and brake.pulled.is_set():
                        return
                    yield step
            finally:
                close = getattr(steps, "close", None)
                if close is not None:
                    with suppress(ValueError):  # another thread is inside the generator
                        close()
        finally:
            self._places.release()
