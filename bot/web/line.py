"""The line that turns wait in: who is let in, who is next, who is sent away.

Owns a fair share for each address, and for each person at it; knows nothing of what a turn does.
A few turns compute at once, a step at a time, and the next step is that of whoever had the least
of the model lately. So one who asks now and then comes before all who ask without a break, and
suggestions come before the words of those who have theirs. When all places are taken, room is
made by whoever takes the most of it; with nobody else there, one may have it all.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from bot.errors import BusyError
from bot.web.callers import Caller
from bot.web.texts import text

HALF_LIFE = 30.0
"""Seconds after which half of what somebody had of the model is forgotten."""
REMEMBERED = 4096
"""Callers whose share is remembered; past it, those who had least are forgotten."""


class Shares:
    """Seconds of computing that each had lately."""

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._had: dict[Hashable, tuple[float, float]] = {}

    def __getitem__(self, who: Hashable) -> float:
        """What they had, older seconds counting less."""
        seconds, at = self._had.get(who, (0.0, 0.0))
        return seconds * 0.5 ** ((self._clock() - at) / HALF_LIFE) if seconds else 0.0

    def add(self, who: Hashable, seconds: float) -> None:
        """Count so many more."""
        self._had[who] = (self[who] + seconds, self._clock())
        if len(self._had) > REMEMBERED:
            most = sorted(self._had, key=self.__getitem__)[REMEMBERED // 2 :]
            self._had = {each: self._had[each] for each in most}


@dataclass(eq=False, slots=True)
class Ticket:
    """One turn in the line. `conversation` is answered one turn at a time."""

    caller: Caller
    conversation: str | None
    number: int
    since: float
    begun: bool = False
    waits: bool = False
    sent_away: bool = False
    computes_since: float | None = None
    called: threading.Event = field(default_factory=threading.Event)


class FairLine:
    """At most `places` turns, `own` of them one person's; `at_once` compute.

    Of those that wait for their first step some can always be sent away for others: no more than
    `places` less `spare` are under way.
    """

    def __init__(
        self,
        places: int = 24,
        *,
        at_once: int = 3,
        own: int = 3,
        spare: int = 8,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._places, self._own, self._at_once = places, own, at_once
        self._most_begun = max(places - spare, at_once)
        self._clock = clock
        self._shares = Shares(clock)
        self._inside: list[Ticket] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many turns are in the line or under way."""
        return len(self._inside)

    def enter(self, caller: Caller, conversation: str | None) -> Ticket:
        """Take a place. Raises BusyError when there is none for this caller."""
        with self._lock:
            mine = sum(each.caller == caller for each in self._inside)
            if mine >= self._own:
                raise BusyError(text("busy_with_yours"))
            ticket = Ticket(caller, conversation or None, next(self._numbers), self._clock())
            self._inside.append(ticket)
            if len(self._inside) > self._places:
                away = self._takes_most(ticket)
                self._inside.remove(away)
                if away is ticket:
                    raise BusyError(text("busy"))
                away.sent_away = True
                away.called.set()
            return ticket

    def wait(self, ticket: Ticket, seconds: float) -> bool:
        """Wait until the ticket's next step may be computed; whether it may.

        False when it was woken for another reason. Raises BusyError when it was sent away, or
        waited for so long.
        """
        with self._lock:
            ticket.waits = not ticket.sent_away
            ticket.since = self._clock()
            self._call()
        ticket.called.wait(seconds)
        with self._lock:
            ticket.called.clear()
            ticket.waits = False
            if ticket.sent_away:
                raise BusyError(text("busy"))
            if ticket.computes_since is None and self._clock() - ticket.since >= seconds:
                raise BusyError(text("waited_too_long"))
            return ticket.computes_since is not None

    def rest(self, ticket: Ticket) -> None:
        """The step is computed, or given up: others may go on."""
        with self._lock:
            self._rest(ticket)
            self._call()

    def leave(self, ticket: Ticket) -> None:
        """Give the place back; at any time, and again."""
        with self._lock:
            self._rest(ticket)
            if ticket in self._inside:
                self._inside.remove(ticket)
            self._call()

    def _rest(self, ticket: Ticket) -> None:
        since, ticket.computes_since = ticket.computes_since, None
        if since is not None:
            spent = self._clock() - since
            self._shares.add(ticket.caller.address, spent)
            self._shares.add(ticket.caller, spent)

    def _call(self) -> None:
        """Let those go on who may; the lock is held."""
        while sum(each.computes_since is not None for each in self._inside) < self._at_once:
            ready = [each for each in self._inside if each.waits and self._may(each)]
            if not ready:
                return
            crowded = sum(each.begun for each in self._inside) >= self._most_begun
            chosen = min(ready, key=(lambda each: each.number) if crowded else self._turn_of)
            chosen.begun, chosen.waits = True, False
            chosen.computes_since = self._clock()
            chosen.called.set()

    def _may(self, ticket: Ticket) -> bool:
        if ticket.begun:
            return True
        begun = [each for each in self._inside if each.begun]
        return len(begun) < self._most_begun and not (
            ticket.conversation and any(ticket.conversation == each.conversation for each in begun)
        )

    def _turn_of(self, ticket: Ticket) -> tuple[float, float, int]:
        """What sorts those who wait. At one address nobody waits for ever for new names."""
        waited = self._clock() - ticket.since
        return (
            self._shares[ticket.caller.address],
            self._shares[ticket.caller] - waited,
            ticket.number,
        )

    def _takes_most(self, newcomer: Ticket) -> Ticket:
        """Who of those not under way has had and asks for most; a turn asked for is a second."""

        def takes(ticket: Ticket) -> tuple[float, float, int]:
            near = [each.caller for each in self._inside if self._near(each, ticket)]
            return (
                self._shares[ticket.caller.address] + len(near),
                self._shares[ticket.caller] + near.count(ticket.caller),
                ticket.number,
            )

        return max((each for each in self._inside if not each.begun), key=takes, default=newcomer)

    @staticmethod
    def _near(one: Ticket, other: Ticket) -> bool:
        return one.caller.address == other.caller.address
