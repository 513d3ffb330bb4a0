"""How often a password may be tried, so that guessing is hopeless and the right one never waits.

There is no count by name alone: whoever fails in somebody's name would hold that person up. What
counts is where tries come from: a browser that signed in before has tries of its own, everybody
else those of their network, for one name and in all. The first few wrong ones are free, later ones
are answered with a wait; still each is looked at, and so the right password gets in at once, until
far more were wrong than anybody mistypes.

Kept in memory: a restart forgives everybody, which an attacker cannot bring about.
"""

from __future__ import annotations

import math
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import HTTPConnection

from bot.web.view.texts import text

FREE = 5
"""Wrong tries that are just told so."""
LONGEST = 60.0
"""Seconds that a wrong try is told to wait, at most."""
REMEMBERED = 20_000
"""Keys; the least used are forgotten first."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Wrong tries that are looked at under `key`: so many at once, then so many an hour."""

    key: str
    at_once: int
    an_hour: int


class TooManyTriesError(Exception):
    """A try that was wrong like many before, or was not even looked at.

    `seconds` until another makes sense, for ``Retry-After``; as a text it says so.
    """

    def __init__(self, wait: float, *, looked_at: bool):
        self.seconds = max(1, math.ceil(wait))
        name = "wrong_too_often" if looked_at else "too_many_tries"
        super().__init__(text(name, seconds=self.seconds))


@dataclass(slots=True)
class _Record:
    wrong: float = 0.0
    """Tries that count, fewer as time goes by."""
    at: float = 0.0


class Attempts:
    """Counts wrong tries under each of their limits; thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, *limits: Limit) -> tuple[float, ...]:
        """Let a try be looked at, which counts as wrong for now; how many count under each limit.

        Counting first keeps many tries at once from all being let through. Raises
        TooManyTriesError when there is no room under one of the limits.
        """
        with self._lock:
            records = [self._record(limit) for limit in limits]
            wait = max(
                (record.wrong + 1 - limit.at_once) * 3600 / limit.an_hour
                for record, limit in zip(records, limits, strict=True)
            )
            if wait > 0:
                raise TooManyTriesError(wait, looked_at=False)
            for record in records:
                record.wrong += 1
            return tuple(record.wrong for record in records)

    def wrong(self, *limits: Limit) -> None:
        """The try was wrong. After the first few: TooManyTriesError, with ever longer waits."""
        with self._lock:
            most = max(self._record(limit).wrong for limit in limits)
        if most > FREE:
            raise TooManyTriesError(min(2.0 ** min(most - FREE - 1, 10), LONGEST), looked_at=True)

    def right(self, mine: Limit, *others: Limit) -> None:
        """The try was right: nothing stands against `mine`, and it does not count for the others.

        A network is not forgiven whole, or whoever has an account could clear it to go on
        guessing at another's.
        """
        with self._lock:
            self._records.pop(mine.key, None)
            for limit in others:
                record = self._record(limit)
                record.wrong = max(0.0, record.wrong - 1)

    def _record(self, limit: Limit) -> _Record:
        now = self._clock()
        record = self._records.pop(limit.key, None) or _Record(at=now)
        record.wrong = max(0.0, record.wrong - (now - record.at) * limit.an_hour / 3600)
        record.at = now
        self._records[limit.key] = record
        while len(self._records) > REMEMBERED:
            self._records.popitem(last=False)
        return record


def of_device(token: str, name: str) -> tuple[Limit, ...]:
    """The limits of a browser that the person has signed in with."""
    return (Limit(f"name {_folded(name)} on {token}", at_once=100, an_hour=100),)


def of_stranger(request: HTTPConnection, name: str) -> tuple[Limit, ...]:
    """The limits of anybody else: those of the network for this name, and for all names.

    An accepted password takes a million guesses (`storage.account.passwords`): at these limits,
    more than a year. They are as wide as they are because all who share an address share them.
    """
    return (
        Limit(f"name {_folded(name)} from {network(request, 48)}", at_once=500, an_hour=100),
        Limit(f"any name from {network(request)}", at_once=2000, an_hour=1000),
    )


def of_sign_up(request: HTTPConnection) -> Limit:
    """The limit of a network whose people make accounts, or try invitations that are none."""
    return Limit(f"sign-up from {network(request)}", at_once=100, an_hour=60)


def of_invitation(code: str) -> Limit:
    """The limit of whoever holds an open invitation, which nobody else's tries use up."""
    return Limit(f"invitation {code[:100]}", at_once=20, an_hour=60)


def of_owner(request: HTTPConnection) -> Limit:
    """The limit of a network that tries the owner's password."""
    return Limit(f"owner from {network(request, 48)}", at_once=100, an_hour=100)


def network(request: HTTPConnection, prefix: int = 64) -> str:
    """Where a request comes from: its IPv4 address, or the IPv6 network of `prefix` bits.

    One line has at least a /64 of addresses to itself, and who rents servers often a /48.
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host[:100]
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, prefix), strict=False))


def _folded(name: str) -> str:
    # Further than names are, so that no spelling of a name has tries of its own.
    return unicodedata.normalize("NFKC", name[:200]).strip().casefold()
