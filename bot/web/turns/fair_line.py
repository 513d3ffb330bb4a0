"""The line that turns wait in: who is let in, who is next, who is sent away.

Owns a fair share for each party (an account, else an address) and each person there; knows nothing
of what a turn does. A few turns compute at once, a step at a time. First come light turns: a short
message of a party that asked for nothing in the last seconds, as people do who read an answer, or
the first turn of a party that has used much less of the machine lately than another one there. Then
comes whoever's party used least (`bot.web.turns.recent_usage`); of one party each person's first
turn before any second; and suggestions before the words of those who have theirs. When all places
are taken, room is made by whoever asks for most. With nobody else there, one party may have it all.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from bot.core.errors import BusyError
from bot.web.turns.callers import Caller
from bot.web.turns.recent_usage import Usage
from bot.web.view.texts import text

REST = 2.0
"""Seconds without a turn after which a party's next one comes before those who ask all the time."""
REMEMBERED = 4096
"""Parties of which it is known when they asked last."""
LONG = 20.0
"""Seconds of computing that a long message counts as, from when it comes: more than it takes, so
that fresh addresses with long messages come after somebody who talks all the time."""
MUCH = 3.0
"""How many times as much as another's is much more."""
LITTLE = 3.0
"""Seconds of computing that are no matter: who used only so much more did not use much more."""


@dataclass(eq=False, slots=True)
class Ticket:
    """One turn in the line. `conversation` is answered one turn at a time."""

    caller: Caller
    conversation: str | None
    number: int
    since: float
    short: bool
    rested: bool  # whether it is short, and its party had asked for nothing lately
    light: bool = False  # at its last step; see above
    begun: bool = False
    seen: bool = False  # whether its suggestions are there, and words are what it waits for
    waits: bool = False
    sent_away: bool = False
    computes_since: float | None = None
    called: threading.Event = field(default_factory=threading.Event)


class FairLine:
    """At most `places` turns, `own` of them one person's; `at_once` compute.

    Of those that wait for their first step some can always be sent away for others: no more than
    `places` less `spare` are under way, but for light turns; for them there are `spare` places
    more.
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
        self._spare = spare
        self._clock = clock
        self._last: dict[str, float] = {}
        self._usage = Usage(clock)
        self._inside: list[Ticket] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many turns are in the line or under way."""
        return len(self._inside)

    def enter(self, caller: Caller, conversation: str | None, *, short: bool = True) -> Ticket:
        """Take a place; for a message that is not `short` it may take a while until it is called.

        Raises BusyError when there is none for this caller.
        """
        with self._lock:
            mine = sum(each.caller == caller for each in self._inside)
            if mine >= self._own:
                raise BusyError(text("busy_with_yours"))
            now = self._clock()
            busy = any(each.caller.party == caller.party for each in self._inside)
            rested = short and not busy and now - self._last.get(caller.party, -REST) >= REST
            ticket = Ticket(caller, conversation or None, next(self._numbers), now, short, rested)
            if not short:
                self._usage.add(caller.party, LONG)
            self._inside.append(ticket)
            light = self._light(ticket, self._used())
            if len(self._inside) > self._places + (self._spare if light else 0):
                away = self._asks_most(ticket)
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
                self._last.pop(ticket.caller.party, None)
                self._last[ticket.caller.party] = self._clock()
                if len(self._last) > REMEMBERED:
                    del self._last[next(iter(self._last))]
            self._call()

    def _rest(self, ticket: Ticket) -> None:
        if ticket.computes_since is not None:
            self._usage.add(ticket.caller.party, self._clock() - ticket.computes_since)
        ticket.computes_since = None

    def _call(self) -> None:
        """Let those go on who may; the lock is held."""
        while True:
            used = self._used()
            light = {each for each in self._inside if self._light(each, used)}
            computing = sum(each.computes_since is not None for each in self._inside)
            ready = [
                each
                for each in self._inside
                if each.waits
                and computing < self._room_for(each, light)
                and self._may(each, each in light)
            ]
            if not ready:
                return
            places = self._places_in_line()
            crowded = sum(each.begun for each in self._inside) >= self._most_begun
            chosen = min(
                ready,
                key=lambda each: (
                    each not in light,
                    used[each.caller.party],
                    each.seen and not crowded,
                    places[each],
                    each.number,
                ),
            )
            chosen.begun, chosen.waits, chosen.light = True, False, chosen in light
            chosen.computes_since = self._clock()
            chosen.called.set()

    def _used(self) -> dict[str, float]:
        """Seconds that each party inside has computed lately, with what computes now."""
        used = {each.caller.party: self._usage.of(each.caller.party) for each in self._inside}
        for each in self._inside:
            if each.computes_since is not None:
                used[each.caller.party] += self._clock() - each.computes_since
        return used

    def _light(self, ticket: Ticket, used: dict[str, float]) -> bool:
        if not ticket.short or ticket.rested:
            return ticket.rested
        mine = [each for each in self._inside if each.caller.party == ticket.caller.party]
        most = max(used.values())
        return ticket is mine[0] and most > MUCH * used[ticket.caller.party] + LITTLE

    def _room_for(self, ticket: Ticket, light: Collection[Ticket]) -> int:
        """How many may compute with this one: for who is light, others have made room."""
        if ticket in light:
            return self._at_once + 1
        party = ticket.caller.party
        return 1 if any(each.caller.party != party for each in light) else self._at_once

    def _may(self, ticket: Ticket, light: bool) -> bool:
        if ticket.begun:
            return True
        begun = [each for each in self._inside if each.begun]
        if ticket.conversation and any(ticket.conversation == each.conversation for each in begun):
            return False
        return light or len(begun) < self._most_begun

    def _places_in_line(self) -> dict[Ticket, int]:
        """How many turns of its own party stand before each, a person's second after all firsts."""
        persons: Counter[Caller] = Counter()
        nth: dict[Ticket, int] = {}
        for each in self._inside:
            nth[each] = persons[each.caller]
            persons[each.caller] += 1
        parties: Counter[str] = Counter()
        places = {}
        for each in sorted(self._inside, key=lambda each: (nth[each], each.number)):
            places[each] = parties[each.caller.party]
            parties[each.caller.party] += 1
        return places

    def _asks_most(self, newcomer: Ticket) -> Ticket:
        """Who makes room: the last in line of those not under way."""
        places, used = self._places_in_line(), self._used()
        return max(
            (each for each in self._inside if not each.begun),
            key=lambda each: (
                not self._light(each, used),
                places[each],
                used[each.caller.party],
                each.number,
            ),
            default=newcomer,
        )
