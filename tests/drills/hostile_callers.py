"""24 hostile callers, while one more person asks and gets suggestions in time.

The callers flood with long messages of digits, names and conversations without end, huge and broken
bodies; they hold half-open connections and answers that they never read. They come from addresses
of their own (127.0.0.2 and so on), or with --one-address from that of the person. They run in a
process of their own. The person is asked about first with nobody else there, then among them.

    python -m tests.drills.hostile_callers
    python -m tests.drills.hostile_callers --seconds 300 --one-address
    python -m tests.drills.hostile_callers --url http://127.0.0.1:7860
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

CALLERS = 24
WITHIN = 2.0
"""Seconds in which 95 of 100 suggestions have to be there."""
PAUSE = 3.0
"""Seconds that the person reads an answer before asking again."""
CHAT = "/gradio_api/run/chat"
SAYS = (
    "I loved Heat, something like it please",
    "a comedy from the nineties",
    "something with Al Pacino, not too long",
    "a slow science fiction film without horror",
)


@dataclass(frozen=True)
class Asked:
    """What one person met: seconds of each whole answer, and what was refused.

    `ranked` are the seconds until the suggestions: of a whole answer, all but what the server says
    that its words took, so that waiting in line and on the way counts.
    """

    seconds: tuple[float, ...]
    refused: tuple[str, ...]
    ranked: tuple[float, ...] = ()

    @property
    def p95(self) -> float:
        """The 95th percentile of whole answers, nearest rank."""
        return _p95(self.seconds)

    @property
    def ranked_p95(self) -> float:
        """The same of suggestions."""
        return _p95(self.ranked)

    @property
    def median(self) -> float:
        """The middle one."""
        return sorted(self.seconds)[len(self.seconds) // 2] if self.seconds else float("inf")

    def __str__(self) -> str:
        slowest = max(self.seconds, default=float("inf"))
        return (
            f"{len(self.seconds)} answers, median {self.median:.2f} s, p95 {self.p95:.2f} s, "
            f"slowest {slowest:.2f} s, suggestions p95 {self.ranked_p95:.2f} s, "
            f"refused {len(self.refused)}"
        )


def _p95(seconds: Sequence[float]) -> float:
    ordered = sorted(seconds) or [float("inf")]
    return ordered[min(round(0.95 * len(ordered) + 0.5), len(ordered)) - 1]


def ask_for(url: str, seconds: float, pause: float, person: str, source: str) -> Asked:
    """One person asks for so long, a message after the other, in one conversation."""
    times: list[float] = []
    ranked: list[float] = []
    refused: list[str] = []
    conversation = ""
    ends = time.monotonic() + seconds
    number = 0
    while time.monotonic() < ends:
        transport = httpx.HTTPTransport(local_address=source, verify=False)
        with httpx.Client(transport=transport, base_url=url, timeout=60) as client:
            began = time.monotonic()
            try:
                answer = client.post(
                    CHAT, json={"data": [person, SAYS[number % len(SAYS)], conversation]}
                )
                document = answer.json()["data"][0]
                conversation = document["conversation"]
                assert document["recommendations"]
            except Exception as error:
                refused.append(f"{type(error).__name__}: {error}"[:200])
            else:
                times.append(time.monotonic() - began)
                timings = document["timings"]
                words = (timings["total_ms"] - timings["ranked_ms"]) / 1000
                ranked.append(times[-1] - words)
        number += 1
        time.sleep(pause)
    return Asked(tuple(times), tuple(refused), tuple(ranked))


# The callers


class Hostile:
    """One caller at an address of its own, until told to end; counts what it was answered."""

    def __init__(self, url: str, number: int, source: str, ends: float) -> None:
        self.url, self.number, self.source, self.ends = url, number, source, ends
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.chance = random.Random(number)
        self.counts: Counter[str] = Counter()
        self.client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(
                local_address=source, verify=False, limits=httpx.Limits(max_connections=100)
            ),
            base_url=url,
            timeout=60,
        )

    async def run(self, kind: Callable[[Hostile], Awaitable[None]]) -> Counter[str]:
        """The same again and again."""
        while time.monotonic() < self.ends:
            try:
                await asyncio.wait_for(kind(self), max(self.ends - time.monotonic(), 0.1) + 1)
            except (httpx.HTTPError, OSError, TimeoutError) as error:
                self.counts[type(error).__name__] += 1
                await asyncio.sleep(0.05)
        with suppress(Exception):
            await self.client.aclose()
        return self.counts

    async def say(self, name: str, message: str, conversation: str = "") -> str:
        """One message; the conversation that it went into, if it was answered."""
        # By hand: a lone surrogate is what httpx would not write.
        body = json.dumps({"data": [name, message, conversation]}).encode()
        answer = await self.client.post(
            CHAT, content=body, headers={"content-type": "application/json"}
        )
        self.counts[str(answer.status_code)] += 1
        if answer.status_code == 200:
            return str(answer.json()["data"][0]["conversation"])
        return ""

    async def half_open(self, said: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection on which that was sent, and nothing is read."""
        reader, writer = await asyncio.open_connection(
            self.host, self.port, local_addr=(self.source, 0), limit=1024
        )
        writer.write(said)
        await writer.drain()
        self.counts["opened"] += 1
        return reader, writer


async def digits(caller: Hostile) -> None:
    """4,000 digits, three at a time."""
    text = "".join(caller.chance.choice("0123456789") for _ in range(4000))
    await asyncio.gather(*(caller.say(f"digits {caller.number}", text) for _ in range(3)))


async def names(caller: Hostile) -> None:
    """Ever new names, ten at a time."""
    await asyncio.gather(
        *(
            caller.say(f"name {caller.chance.random()}", "I love crime and comedy films " * 100)
            for _ in range(10)
        )
    )


async def conversations(caller: Hostile) -> None:
    """Ever new conversations under one name."""
    await asyncio.gather(
        *(caller.say(f"talker {caller.number}", "!?#" * 1000 + "comedy") for _ in range(10))
    )


async def one_conversation(caller: Hostile) -> None:
    """One conversation, written into ten times at once."""
    name = f"loop {caller.number}"
    conversation = await caller.say(name, "a crime film")
    await asyncio.gather(*(caller.say(name, "more like it", conversation) for _ in range(10)))


async def huge(caller: Hostile) -> None:
    """Megabytes."""
    await caller.say(f"huge {caller.number}", "very long " * 500_000)


async def broken(caller: Hostile) -> None:
    """Lone surrogates, NULs, and JSON that is none."""
    await caller.say(f"odd {caller.number}", "\ud800 comedy \x00 \udfff" * 200, "\udc00")
    await caller.say(f"odd {caller.number}", "\ud800 comedy \x00 \udfff" * 200)
    answer = await caller.client.post(CHAT, content=b'{"data": [' + b"[" * 2000)
    caller.counts[str(answer.status_code)] += 1


async def half(caller: Hostile) -> None:
    """Forty requests that stop midway."""
    beginnings = (b"", b"GET /", b"POST " + CHAT.encode() + b" HTTP/1.1\r\ncontent-length: 99\r\n")
    opened = [await caller.half_open(beginnings[n % 3]) for n in range(40)]
    await asyncio.sleep(min(8.0, max(caller.ends - time.monotonic(), 0)))
    for _, writer in opened:
        writer.close()


async def unread(caller: Hostile) -> None:
    """Twenty streams of page sessions, never read, and events that nobody fetches."""
    opened = []
    for number in range(20):
        session = f"{caller.number}-{number}-{caller.chance.random()}"
        path = ("heartbeat/" + session, "queue/data?session_hash=" + session)[number % 2]
        head = f"GET /gradio_api/{path} HTTP/1.1\r\nhost: {caller.host}:{caller.port}\r\n\r\n"
        opened.append(await caller.half_open(head.encode()))
        event = {"data": [None], "fn_index": 0, "session_hash": session}
        answer = await caller.client.post("/gradio_api/queue/join", json=event)
        caller.counts[str(answer.status_code)] += 1
    await asyncio.sleep(min(5.0, max(caller.ends - time.monotonic(), 0)))
    for _, writer in opened:
        writer.close()


KINDS = (digits, names, conversations, one_conversation, huge, broken, half, unread)


def attack(url: str, seconds: float, one_address: bool, report: object = None) -> None:
    """All callers at once, for so long; in the process that it is called in."""

    async def all_of_them() -> Counter[str]:
        ends = time.monotonic() + seconds
        callers = [
            Hostile(url, n, "127.0.0.1" if one_address else f"127.0.0.{2 + n}", ends)
            for n in range(CALLERS)
        ]
        found = await asyncio.gather(
            *(each.run(KINDS[each.number % len(KINDS)]) for each in callers)
        )
        return sum(found, Counter())

    counts = asyncio.run(all_of_them())
    print("The callers met:", ", ".join(f"{what} {n}" for what, n in sorted(counts.items())))
    sys.stdout.flush()


def drill(
    url: str, *, seconds: float, quiet: float, pause: float = PAUSE, one_address: bool = False
) -> tuple[Asked, Asked]:
    """The person alone, then among the callers."""
    source = "127.0.0.1"
    ask_for(url, 0.1, 0.0, "drill person", source)  # the first turn of all loads what is lazy
    alone = ask_for(url, quiet, pause, "drill person", source)
    context = multiprocessing.get_context("spawn")
    callers = context.Process(target=attack, args=(url, seconds, one_address), daemon=True)
    callers.start()
    try:
        settled = min(10.0, seconds / 4)  # until the flood is there, past everybody's first turn
        time.sleep(settled)
        among = ask_for(url, seconds - settled, pause, "drill person", source)
    finally:
        callers.join(seconds + 30)
        if callers.is_alive():
            callers.kill()
    return alone, among


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it against a server of its own, or a given one; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the callers call")
    parser.add_argument("--quiet", type=float, default=20.0, help="how long the person is alone")
    parser.add_argument("--pause", type=float, default=PAUSE, help="between two messages")
    parser.add_argument("--one-address", action="store_true", help="all from one address")
    parser.add_argument("--url", help="a server that runs; else one is started, data aside")
    parser.add_argument("--home", type=Path, help="whose base model is used")
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        url = given.url
        if url is None:
            import platformdirs

            from tests.web.real_server import RealServer

            home = given.home or Path(
                os.environ.get("TASTEBOT_HOME") or platformdirs.user_data_dir("tastebot", False)
            )
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server = RealServer(home, folder / "drill.sqlite3").start()
            stack.callback(server.end)
            url = server.url
        alone, among = drill(
            url,
            seconds=given.seconds,
            quiet=given.quiet,
            pause=given.pause,
            one_address=given.one_address,
        )
        still = httpx.get(f"{url}/healthz", timeout=10).status_code == 200
    print(f"Alone: {alone}")
    print(f"Among {CALLERS} hostile callers: {among}")
    for sentence in dict.fromkeys(among.refused):
        print(f"  refused: {sentence}")
    held = still and not among.refused and among.ranked_p95 <= WITHIN
    print(f"{'Held' if held else 'NOT held'}: suggestions within {WITHIN:.0f} s at p95")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
