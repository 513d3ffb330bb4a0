"""The real server in a process of its own, as `tastebot serve` starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil

from tests.web.audited import HOME, VARIABLE

STARTS_WITHIN = 280.0
"""Seconds to become healthy: generous, since a first start loads a whole catalogue."""


class RealServer:
    """`tastebot serve` on a free port over a database of its own; ended by its process id.

    `flags` go behind the command, `settings` into its environment, `streams` is what a shell is
    told of its standard streams.
    """

    def __init__(
        self, home: Path, database: Path, *flags: str, streams: str = "", **settings: str
    ) -> None:
        self._flags = flags
        self._shell = ("bash", "-c", f'exec "$0" "$@" {streams}') if streams else ()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("TASTEBOT_")},
            "TASTEBOT_HOME": str(home),
            "TASTEBOT_DATABASE_URL": f"sqlite:///{database}",
            **settings,
            VARIABLE: str(database.with_suffix(".connections")),
        }
        self._log = database.with_suffix(".log")
        self._connections = database.with_suffix(".connections")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> RealServer:
        """Start it and wait until it can answer a turn."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(*self._shell, sys.executable, "-m", "tests.web.audited", "serve"),
                    *("--port", str(self.port), *self._flags),
                ],
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise AssertionError(f"the server ended: {self.log()}")
            try:
                if httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200:
                    return self
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        self.end(signal.SIGKILL)
        raise AssertionError(f"the server did not become healthy: {self.log()}")

    def log(self) -> str:
        """What it printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def foreign_connections(self) -> list[str]:
        """Every address outside this machine that it, now or in an earlier life, reached for.

        What its Python code did since it was started, and what any of its code has open now.
        """
        assert self._process is not None
        own = psutil.Process(self._process.pid)
        open_now = [
            f"open {connection.raddr}"
            for process in (own, *own.children(recursive=True))
            for connection in process.net_connections(kind="inet")
            if connection.raddr and connection.raddr[0] not in HOME
        ]
        return [*self._connections.read_text(encoding="utf-8").splitlines(), *open_now]

    def loaded(self, library: str) -> bool:
        """Whether it holds a shared library of this name."""
        assert self._process is not None
        maps = psutil.Process(self._process.pid).memory_maps()
        return any(Path(mapped.path).name.startswith(library) for mapped in maps)

    def command(self, *arguments: str) -> str:
        """What another command prints over the same data."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            env=self._environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and wait; the exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait(30)
