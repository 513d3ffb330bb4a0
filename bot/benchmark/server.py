"""`tastebot serve` in a process of its own, over a copy of the database: what is measured is real.

Owns starting it, waiting until it can answer a turn, its memory, and ending it. People's data stay
untouched: the copy is deleted with its folder.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bot.core.errors import UsageError
from bot.core.settings import PREFIX, Settings

STARTS_WITHIN = 240.0
"""Seconds."""
ENDS_WITHIN = 20.0


class ServerProcess:
    """A running server: its address, and how long it took to be able to answer a turn."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path):
        self.url = url
        self.healthy_after_s = 0.0
        self._process = process
        self._log = log

    def wait_until_healthy(self, began: float) -> None:
        """Return once ``/healthz`` answers 200. Raises UsageError when it ends or takes forever."""
        while time.monotonic() - began < STARTS_WITHIN:
            if self._process.poll() is not None:
                break
            try:
                with urlopen(f"{self.url}/healthz", timeout=5) as answer:
                    if answer.status == 200 and json.load(answer)["status"] == "ok":
                        self.healthy_after_s = time.monotonic() - began
                        return
            except (URLError, OSError, ValueError):
                pass
            time.sleep(0.05)
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise UsageError(
            "The server to be measured was expected to start",
            found=lines[-1][:200] if lines else "that it ended or did not become healthy",
            remedy="Run tastebot serve by itself to see why",
        )

    def peak_rss_mb(self) -> float:
        """The most memory that it held so far, in MB of 2^20 bytes; 0 where nothing tells."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return 0.0  # not Linux: `ended_peak_rss_mb` tells, once it has ended
        held = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(held[0]) / 1024 if held else 0.0

    def end(self) -> None:
        """Ask it to end, and see to it."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(ENDS_WITHIN)


def ended_peak_rss_mb() -> float:
    """The most memory that any process ended so far held, in MB; 0 where nothing tells."""
    try:
        import resource
    except ImportError:
        return 0.0
    held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return held / (2**20 if sys.platform == "darwin" else 1024)


@contextmanager
def copied_database(settings: Settings, copy: Callable[[Path], None]) -> Iterator[Settings]:
    """The settings over a passing copy of the database, which `copy` writes to a file."""
    with tempfile.TemporaryDirectory(prefix="tastebot-bench-") as folder:
        file = Path(folder) / "bench.sqlite3"
        copy(file)
        yield settings.model_copy(update={"database_url": f"sqlite:///{file}"})


@contextmanager
def running_server(settings: Settings, log: Path) -> Iterator[ServerProcess]:
    """`tastebot serve` on a free port with these settings, ready to answer; ended at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.monotonic()
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve", "--port", str(port)],
            env=_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    server = ServerProcess(process, f"http://127.0.0.1:{port}", log)
    try:
        server.wait_until_healthy(began)
        yield server
    finally:
        server.end()


def _environment(settings: Settings) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    given = settings.model_dump(mode="json", exclude_none=True)
    return {**kept, **{PREFIX + name.upper(): _spelled(value) for name, value in given.items()}}


def _spelled(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
