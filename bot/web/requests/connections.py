"""Connections that keep nobody waiting: half a request has its time, and so has an answer unread.

Owns how long a connection may go without what is due on it, and which one goes when there are as
many as fit; uvicorn itself has a time for idle connections only. What is said over them is the
application's affair.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_TOO_LATE = (
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 28\r\n\r\n"
    b"The request came too slowly."
)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for a request's head; between bytes of its body, and all of that; for an answer
    that is not read. And how many connections there may be."""

    head: float = 10.0
    body_pause: float = 20.0
    body: float = 900.0
    unread: float = 60.0
    most: int = 0  # 0: half of the files that the process may open

    @property
    def connections(self) -> int:
        """How many connections there may be at once."""
        return self.most or min(1000, _open_files() // 2)


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, with a time for everything that a client may be waited for.

    When there are too many connections, one goes of the address that has most: the oldest without
    a request under way, else the oldest; so whoever has few is served.
    """

    patience = Patience()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._awaited: str | None = None
        self._body_since = 0.0
        self._unread: asyncio.TimerHandle | None = None
        self._made = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the head of a request, for a while."""
        super().connection_made(transport)
        _notice_the_dead(transport, self.patience.unread)
        self._await("head", self.patience.head)
        if len(self.connections) > self.patience.connections:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Take what came; what is due next has its time from now, a head from its first byte."""
        super().data_received(data)
        if self.transport.is_closing():
            self._await(None)
        elif self.conn.their_state is h11.SEND_BODY:
            if self._awaited != "body":
                self._body_since = self.loop.time()
            left = self._body_since + self.patience.body - self.loop.time()
            self._await("body", min(self.patience.body_pause, left))
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            if self._awaited != "head":
                self._await("head", self.patience.head)
        else:
            self._await(None)

    def pause_writing(self) -> None:
        """The client does not read: that has its time too."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.patience.unread, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        self._read_again()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._await(None)
        self._read_again()
        super().connection_lost(exc)

    def _read_again(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _await(self, what: str | None, seconds: float = 0.0) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._awaited = what
        self._timer = None if what is None else self.loop.call_later(seconds, self._too_late)

    def _too_late(self) -> None:
        late = self.loop.time() - self._body_since > self.patience.body
        if self._awaited == "body" and self.flow.read_paused and not late:
            self._await("body", self.patience.body_pause)  # it is we who do not read on
            return
        self._timer = None
        begun = self.conn.trailing_data[0] or self._awaited == "body"
        answered = self._awaited == "body" and self.cycle.response_started
        if begun and not answered:
            self.transport.write(_TOO_LATE)
        self.transport.close()

    @property
    def _busy(self) -> bool:
        """Whether a request is under way that has come whole."""
        return self._awaited is None and self.cycle is not None and not self.cycle.response_complete

    def _make_room(self) -> None:
        """End a connection of the address that has most; this one where none has more."""
        others = [each for each in self.connections if isinstance(each, PatientProtocol)]
        counts = Counter(_address(each) for each in others)
        most = max(counts.values())
        crowd = [each for each in others if counts[_address(each)] == most and each is not self]
        if counts[_address(self)] >= most and all(each._busy for each in crowd):
            self.transport.abort()
            return
        min(crowd, key=lambda each: (each._busy, each._made)).transport.abort()


def _address(connection: H11Protocol) -> str:
    return connection.client[0] if connection.client else ""


def _notice_the_dead(transport: asyncio.Transport, seconds: float) -> None:
    """Let the system tell of a client that is gone without a word, where it can."""
    taken: socket.socket | None = transport.get_extra_info("socket")
    options: list[tuple[int, int, int]] = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, value in (
        ("TCP_KEEPIDLE", seconds),
        ("TCP_KEEPINTVL", seconds / 3),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", 2000 * seconds),
    ):
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), max(int(value), 1)))
    if taken is not None:
        with suppress(OSError):  # a socket of another family
            for option in options:
                taken.setsockopt(*option)


def _open_files() -> int:
    """How many files the process may have open; what Windows has no limit for counts as many."""
    if sys.platform == "win32":
        return 2000
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft > 0 else 2000
