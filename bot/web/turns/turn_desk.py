"""Running turns for the page and the endpoints: who may wait, who is stopped, and for how long.

The model answers few turns at a time; the desk lets a bounded number wait, in a fair line
(`bot.web.turns.fair_line`), and refuses others with `BusyError`. Nobody waits without end: not for
the first step, not for any other, and what nobody asks on with is closed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from adapters.machine.fair_lock import hurrying
from bot.conversation.api import ChatService, TurnRanked, TurnStarted, TurnStep
from bot.core.errors import BusyError
from bot.web.turns.callers import Caller, caller
from bot.web.turns.fair_line import FairLine, Ticket
from bot.web.turns.time_limits import BoundedSteps
from bot.web.view.texts import text

Opened = dict[tuple[int, str], tuple[str, ...]]
"""What is open of a conversation's answers: see `bot.web.view.thread`."""


SHORT = 600
"""Characters of a message that takes the model no longer than most do."""
SENT_WITHIN = 10.0
"""Seconds in which a step is on its way to a page that is still there."""


@dataclass(slots=True)
class Brake:
    """How one page's turn is ended early: `left` when nobody looks at it any more.

    `opened` is what the page opened meanwhile, for the turn to show; once it is `closing`, its
    last view is made. While `sight` is held, a step is on its way to the page.
    """

    pulled: threading.Event = field(default_factory=threading.Event)
    left: bool = False
    opened: Opened | None = None
    closing: bool = False
    ticket: Ticket | None = None
    sight: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def showing(self) -> Iterator[bool]:
        """Whether the page still shows the turn's conversation: it does until the block ends.

        To be held around one step that is yielded: the next is asked for once that has been sent.
        """
        with self.sight:
            yield not self.left

    def pull(self, *, left: bool) -> None:
        """Ask the turn to end; when the page has `left` it, nothing of it is shown after this.

        Then it waits for the step that is on its way, so that whatever the page shows next comes
        after it.
        """
        self.left = self.left or left
        self.pulled.set()
        if self.ticket is not None:
            self.ticket.called.set()  # it need not wait for its turn to hear of it
        if left and self.sight.acquire(timeout=SENT_WITHIN):
            self.sight.release()


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that a turn may take: waiting for a step, computing one, all of it, left alone."""

    waiting: float = 20.0
    step: float = 30.0
    whole: float = 120.0
    alone: float = 60.0


@dataclass(eq=False, slots=True)
class _Running:
    ticket: Ticket
    steps: BoundedSteps
    left_at: float | None = None  # since when nobody asked for the next step


class TurnDesk:
    """Lets at most `places` turns wait or run at once, and one at a time a page.

    `calling` tells who asks for a person's turn.
    """

    def __init__(
        self,
        service: ChatService,
        places: int = 24,
        *,
        limits: Limits | None = None,
        line: FairLine | None = None,
        calling: Callable[[str], Caller] = caller,
    ):
        self._service = service
        self._line = line or FairLine(places)
        self._limits = limits or Limits()
        self._calling = calling
        self._running: dict[str, Brake] = {}
        self._turns: list[_Running] = []
        self._lock = threading.Lock()

    def takes(self, page: str, opened: Opened) -> bool:
        """Whether a turn of this page is under way and will show what was opened."""
        brake = self._running.get(page)
        if brake is None:
            return False
        brake.opened = opened
        return not brake.closing

    def stop(self, page: str, *, left: bool = False) -> None:
        """Ask the page's turn to end; it ends before its next step is shown.

        With `left` the page goes elsewhere, and may once this returns: nothing comes any more.
        """
        brake = self._running.get(page)
        if brake is not None:
            brake.pull(left=left)

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
        suggestions were seen, afterwards what was seen
        (`bot.conversation.api.ChatService.respond`). BusyError when there is no place, and when it
        waits or computes for too long.
        """
        self._close_left()
        steps = BoundedSteps(self._service.respond(user, words, conversation, instead=instead))
        ticket = self._line.enter(self._calling(user), conversation, short=len(words) <= SHORT)
        turn = _Running(ticket, steps)
        if brake is not None:
            brake.ticket = ticket
        with self._lock:
            self._turns.append(turn)
        try:
            yield from self._steps(turn, brake)
        finally:
            turn.steps.close()
            self._end(turn)

    def _steps(self, turn: _Running, brake: Brake | None) -> Iterator[TurnStep]:
        began = monotonic()
        step: TurnStep | None = None
        seen = False
        while True:
            try:
                if seen and monotonic() - began > self._limits.whole:
                    raise BusyError(text("took_too_long"))
                may = self._line.wait(turn.ticket, self._limits.waiting)
            except BusyError:
                if not seen:
                    raise
                self._keep_seen(turn, step)
                return
            if brake is not None and brake.pulled.is_set():
                self._keep_seen(turn, step)
                return
            if not may:
                continue
            try:
                with hurrying(turn.ticket.light):
                    step = turn.steps.next(self._limits.step)
            finally:
                self._line.rest(turn.ticket)
            if step is None or (brake is not None and brake.pulled.is_set()):
                return
            if isinstance(step, TurnStarted):
                turn.ticket.conversation = step.conversation
            turn.ticket.seen = seen = seen or isinstance(step, TurnRanked)
            turn.left_at = monotonic()
            yield step
            turn.left_at = None

    def _keep_seen(self, turn: _Running, last: TurnStep | None) -> None:
        """See to it that suggestions that were seen are kept: asking for the next step tells so."""
        if isinstance(last, TurnRanked):
            turn.steps.next(self._limits.step)

    def _end(self, turn: _Running) -> None:
        self._line.leave(turn.ticket)
        with self._lock:
            if turn in self._turns:
                self._turns.remove(turn)

    def _close_left(self) -> None:
        """Close the turns that nobody has asked on with for long, as of a page that is gone."""
        past = monotonic() - self._limits.alone
        with self._lock:
            left = [each for each in self._turns if (each.left_at or past) < past]
        for turn in left:
            turn.steps.close()
            self._end(turn)
