"""Files that the page is given, until they are imported: where they lie, how many and how long.

Each lies in a folder of this server alone and is known outside by a token, never by a path. Taking
one off a request, and what a request may name, is `bot.web.files`'.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from bot import patterns
from bot.errors import TastebotError

LARGEST = 200_000_000
"""Bytes of a file that the page takes; a larger one goes in by the command."""
MOST_BYTES = 3 * LARGEST
MOST_FILES = 16
LASTS = 15 * 60.0
"""Seconds in which a file that was brought has to be imported."""
TYPES = (".csv", ".json", ".jsonl", ".parquet", ".tsv")

_MINE = "server-"
_LOCK = "running.lock"


class UploadError(TastebotError):
    """A file that is not taken: `status` is the HTTP answer's."""

    def __init__(self, status: int, message: str, **more: str):
        super().__init__(message, **more)
        self.status = status


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    size: int
    at: float


class Uploads:
    """The folder, made under `parent` and gone with `close`; thread-safe.

    What a server that was killed left under the same `parent` is removed first.
    """

    def __init__(
        self,
        parent: Path | None = None,
        *,
        largest: int = LARGEST,
        most_bytes: int = MOST_BYTES,
        most_files: int = MOST_FILES,
        lasts: float = LASTS,
    ):
        self.largest = largest
        self._most_bytes = most_bytes
        self._most_files = most_files
        self._lasts = lasts
        if parent is not None:
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            remove_leftovers(parent)
        self.folder = Path(tempfile.mkdtemp(prefix=_MINE, dir=parent))  # 0700
        # Taken in one thread and given back in another.
        self._running = FileLock(self.folder / _LOCK, thread_local=False)
        self._running.acquire()
        self._kept: dict[str, _Kept] = {}
        self._of: dict[str, str] = {}  # page session → token of the file it brought last
        self._coming = 0
        self._lock = threading.Lock()

    @contextmanager
    def room_for(self, size: int | None) -> Iterator[None]:
        """Hold a place while a file of `size` bytes (None: unknown) comes in.

        Raises UploadError when it is too large, or there are too many files already.
        """
        self.sweep()
        if size is not None and size > self.largest:
            raise UploadError(
                413,
                f"Expected a file of at most {self.largest:,} bytes",
                found=f"{size:,}",
                remedy="Import a larger one with: tastebot catalogue import",
            )
        with self._lock:
            stored = sum(kept.size for kept in self._kept.values()) + self._coming * self.largest
            wanted = self.largest if size is None else size
            full = len(self._kept) + self._coming >= self._most_files
            if full or stored + wanted > self._most_bytes:
                raise UploadError(
                    503,
                    "Expected room for one more file",
                    found="as many as are kept at a time",
                    remedy=f"Try again in {round(self._lasts / 60)} minutes",
                )
            self._coming += 1
        try:
            yield
        finally:
            with self._lock:
                self._coming -= 1

    def keep(self, name: str, content: IO[bytes]) -> str:
        """Store a file; what it is called outside. Its own `name` is kept, without any folder.

        Raises UploadError for a kind of file that nothing here reads.
        """
        name = _plain(name)
        if Path(name).suffix.lower() not in TYPES:
            raise UploadError(
                415,
                f"Expected a catalogue file ({', '.join(TYPES)})",
                found=repr(name),
                remedy="Choose another file",
            )
        token = secrets.token_urlsafe(18)
        path = self.folder / token / name
        path.parent.mkdir(mode=0o700)
        try:
            with path.open("wb") as file:
                shutil.copyfileobj(content, file)
        except OSError as error:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise UploadError(
                507,
                "Expected room on the disk for the file",
                found=error.strerror or "none",
                remedy="Import it with: tastebot catalogue import",
            ) from None
        with self._lock:
            self._kept[token] = _Kept(path, path.stat().st_size, time.monotonic())
        return f"{token}/{name}"

    def path(self, called: str) -> Path | None:
        """Where the file lies that is called so outside; None when it is not, or no more, here."""
        token, _, name = called.partition("/")
        with self._lock:
            kept = self._kept.get(token)
        if kept is None or kept.path.name != name or not kept.path.is_file():
            return None
        return kept.path

    def bring(self, session: str, called: str) -> Path | None:
        """The same, for a page that now holds this file and none that it brought before."""
        path = self.path(called)
        if path is not None and self._of.get(session) != called:
            self.drop(session)
            with self._lock:
                self._of[session] = called
        return path

    def drop(self, session: str) -> None:
        """Remove what a page brought: it is imported, or no longer wanted."""
        with self._lock:
            called = self._of.pop(session, "")
        self._remove(_token(called))

    def sweep(self) -> None:
        """Remove what was brought too long ago."""
        now = time.monotonic()
        with self._lock:
            old = [token for token, kept in self._kept.items() if now - kept.at > self._lasts]
        for token in old:
            self._remove(token)

    def close(self) -> None:
        """Remove everything."""
        self._running.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _remove(self, token: str) -> None:
        with self._lock:
            kept = self._kept.pop(token, None)
            self._of = {page: named for page, named in self._of.items() if _token(named) != token}
        if kept is not None:
            shutil.rmtree(kept.path.parent, ignore_errors=True)


def _plain(name: str) -> str:
    """A file's own name in letters that are safe in any file system and in any sentence."""
    own = patterns.split(r"[/\\]", name)[-1]
    return patterns.sub(r"[^\w.() -]+", "-", own)[-100:] or "file"


def _token(called: str) -> str:
    return called.partition("/")[0]


def remove_leftovers(parent: Path) -> None:
    """Remove the folders under `parent` of servers that no longer run."""
    for folder in parent.glob(f"{_MINE}*"):
        lock = FileLock(folder / _LOCK, timeout=0)
        try:
            with lock:
                pass
        except (Timeout, OSError):
            continue  # it runs, or is not ours
        shutil.rmtree(folder, ignore_errors=True)
