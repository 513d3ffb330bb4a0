"""Requests of one address do not crowd out those of others: ASGI middleware before everything.

Owns how many requests that cost something are worked on at once, and each address's share of them;
what is too much is refused before anything of it is read, and not at once, so that asking again and
again gains nothing. Whose turn is next, once inside, is `bot.web.turns.fair_line`'s affair.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.view.texts import text

REFUSED_AFTER = 1.0
"""Seconds until a refusal is given."""
MOST_REFUSALS = 200
"""Refusals that wait their time; further ones are given at once."""
_JOIN = "/queue/join"


@dataclass
class Share:
    """At most about `most` at once; of what is free, one address may have twice as much as is
    left, so that one alone has two thirds of all, and whoever has none always gets in."""

    most: int
    held: Counter[str] = field(default_factory=Counter)

    def take(self, address: str) -> bool:
        """Take one, if this address may."""
        mine = self.held[address]
        if mine and mine >= 2 * (self.most - self.held.total()):
            return False
        self.held[address] += 1
        return True

    def give_back(self, address: str) -> None:
        """Give one back."""
        self.held[address] -= 1
        if not self.held[address]:
            del self.held[address]


@dataclass
class Crowd:
    """The middleware. `queued` tells how many page events of an address have not begun.

    What only reads costs little, and is bounded by the connections there may be.
    """

    app: ASGIApp
    queued: Callable[[str], int] = lambda address: 0
    most_queued: int = 16
    working: Share = field(default_factory=lambda: Share(60))
    _refusing: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, count it, or refuse it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        address = str(client[0]) if client else ""
        waiting = self.queued(address) if scope["path"].rstrip("/").endswith(_JOIN) else 0
        if waiting >= self.most_queued or not self.working.take(address):
            await self._refuse(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            self.working.give_back(address)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._refusing < MOST_REFUSALS:
            self._refusing += 1
            try:
                await asyncio.sleep(REFUSED_AFTER)
            finally:
                self._refusing -= 1
        words = text("too_many_requests")
        answer = JSONResponse(
            {"error": words, "detail": words},
            status_code=429,
            headers={"retry-after": "2", "connection": "close"},
        )
        await answer(scope, receive, send)
