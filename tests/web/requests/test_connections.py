"""Half-open connections, told from whole ones over real sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from bot.web.requests.connections import Patience, PatientProtocol

Serve = Callable[..., int]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads what comes and tells how much it was; `/endless` answers without end."""
    if scope["type"] != "http":
        return
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(2_000 if scope["path"] == "/endless" else 0):
        await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
        await asyncio.sleep(0.001)
    await send({"type": "http.response.body", "body": str(size).encode()})


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(**patience: Any) -> int:
        kind = type("Protocol", (PatientProtocol,), {"patience": Patience(**patience)})
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="error", http=kind, timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        running.append((server, thread))
        return int(listening.getsockname()[1])

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


def opened(port: int, said: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 10, (source, 0))
    if said:
        connection.sendall(said)
    return connection


def all_that_comes(connection: socket.socket) -> bytes:
    """Until the server closes; TimeoutError when it does not within ten seconds."""
    found = b""
    try:
        while piece := connection.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize(
    "half",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nhost: a\r\nx-",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf",
    ],
)
def test_half_a_request_is_closed_after_its_time(serve: Serve, half: bytes) -> None:
    port = serve(head=0.3, body_pause=0.3)
    began = time.monotonic()
    with opened(port, half) as connection:
        answer = all_that_comes(connection)
    assert 0.2 < time.monotonic() - began < 5
    assert answer == b"" if not half else answer.startswith(b"HTTP/1.1 408 ")


def dribbled(connection: socket.socket, drop: bytes) -> float:
    """Seconds until the server has enough of drops, a tenth of a second apart; ten at most."""
    began = time.monotonic()
    try:
        while time.monotonic() - began < 10:
            connection.sendall(drop)
            time.sleep(0.1)
    except OSError:
        pass
    return time.monotonic() - began


def test_one_that_dribbles_its_head_gets_no_longer(serve: Serve) -> None:
    with opened(serve(head=0.5), b"GET / HTTP/1.1\r\n") as connection:
        assert dribbled(connection, b"x-a: b\r\n") < 5


def test_a_second_request_on_a_connection_has_its_time_too(serve: Serve) -> None:
    port = serve(head=0.3)
    with opened(port, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n") as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /")
        assert b"408" in all_that_comes(connection)


def test_a_body_that_goes_on_coming_may_take_its_time(serve: Serve) -> None:
    port = serve(head=0.3, body_pause=0.5)

    def slowly() -> Iterator[bytes]:
        for _ in range(8):
            time.sleep(0.15)
            yield b"x" * 1000

    assert httpx.post(f"http://127.0.0.1:{port}/", content=slowly(), timeout=20).text == "8000"


def test_a_body_has_a_time_for_all_of_it(serve: Serve) -> None:
    head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 900\r\n\r\n"
    with opened(serve(body_pause=0.5, body=0.6), head) as connection:
        assert dribbled(connection, b"x") < 5


def test_an_answer_that_nobody_reads_is_given_up(serve: Serve) -> None:
    port = serve(unread=0.3)
    with opened(port, b"GET /endless HTTP/1.1\r\nhost: a\r\n\r\n") as connection:
        time.sleep(1.5)
        connection.settimeout(5)
        assert all_that_comes(connection)  # ends, where it would go on


def test_two_hundred_half_open_connections_keep_nobody_waiting(serve: Serve) -> None:
    port = serve(most=100)
    half = [opened(port, b"GET / HTTP/1.1\r\nx-half: ", "127.0.0.2") for _ in range(200)]
    began = time.monotonic()
    with opened(port, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n") as mine:
        assert mine.recv(1000).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 2
    for connection in half:
        connection.close()


def test_in_a_crowd_the_connections_of_others_are_left_alone(serve: Serve) -> None:
    port = serve(most=20)
    with opened(port, b"GET / HTTP/1.1\r\n") as mine:
        half = [opened(port, b"GET /", "127.0.0.2") for _ in range(60)]
        mine.sendall(b"host: a\r\n\r\n")
        assert mine.recv(1000).startswith(b"HTTP/1.1 200")
    for connection in half:
        connection.close()
