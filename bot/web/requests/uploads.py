"""Files that the page is given, until they are imported: where they lie, how many and how long.

Each lies in a folder of this server alone and is known outside by a token, never by a path. When
there is no more room, the oldest goes of whoever has most, for one who has less. Taking a file off
a request, and what a request may name, is `bot.web.requests.file_routes`'.
"""

from __future__ import annotations

import math
import secrets
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from bot.core import patterns
from bot.core.errors import TastebotError

LARGEST = 200_000_000
"""Bytes of a file that the page takes; a larger one goes in by the command."""
MOST_BYTES = 3 * LARGEST
MOST_FILES = 16
COMING = 2
"""Files that may be on their way from one party at once; they cannot be sent away for others."""
COMING_AGAIN = 10
"""Seconds after which one of these may have arrived."""
LASTS = 15 * 60.0
"""Seconds in which a file that was brought has to be imported."""
TYPES = (".csv", ".json", ".jsonl", ".parquet", ".tsv")

_MINE = "server-"
_LOCK = "running.lock"


class UploadError(TastebotError):
    """A file that is not taken: `status` is the HTTP answer's, `seconds` when to try again."""

    def __init__(self, status: int, message: str, *, seconds: int | None = None, **more: str):
        super().__init__(message, **more)
        self.status = status
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    size: int
    at: float
    party: str


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
        self._of: dict[str, str] = {}  # session hash of a page → token of its last file
        self._coming: list[tuple[str, int]] = []  # party and bytes of each
        self._lock = threading.Lock()

    @contextmanager
    def room_for(self, size: int | None, party: str = "") -> Iterator[None]:
        """Hold a place while a file of `size` bytes (None: unknown) comes in from `party`.

        Raises UploadError when it is too large, or there is no room that is the party's to have.
        """
        self.sweep()
        if size is not None and size > self.largest:
            raise UploadError(
                413,
                f"Expected a file of at most {self.largest:,} bytes",
                found=f"{size:,}",
                remedy="Import a larger one with: tastebot catalogue import",
            )
        coming = (party, self.largest if size is None else size)
        with self._lock:
            if sum(each == party for each, _ in self._coming) >= COMING:
                raise UploadError(
                    503,
                    f"Expected at most {COMING} files on their way at once",
                    found="one more",
                    remedy="Try again when one of them has arrived",
                    seconds=COMING_AGAIN,
                )
            removed = self._make_room(*coming)
            self._coming.append(coming)
        for kept in removed:
            shutil.rmtree(kept.path.parent, ignore_errors=True)
        try:
            yield
        finally:
            with self._lock:
                self._coming.remove(coming)

    def keep(self, name: str, content: IO[bytes], party: str = "") -> str:
        """Store a file of `party`; what it is called outside.

        Its own `name` is kept, without any folder.
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
            self._kept[token] = _Kept(path, path.stat().st_size, time.monotonic(), party)
        return f"{token}/{name}"

    def path(self, called: str) -> Path | None:
        """Where the file lies that is called so outside; None when it is not, or no more, here."""
        token, _, name = called.partition("/")
        with self._lock:
            kept = self._kept.get(token)
        if kept is None or kept.path.name != name or not kept.path.is_file():
            return None
        return kept.path

    def bring(self, page: str, called: str) -> Path | None:
        """The same, for a page that now holds this file and none that it brought before."""
        path = self.path(called)
        if path is not None and self._of.get(page) != called:
            self.drop(page)
            with self._lock:
                self._of[page] = called
        return path

    def drop(self, page: str) -> None:
        """Remove what a page brought: it is imported, or no longer wanted."""
        with self._lock:
            called = self._of.pop(page, "")
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

    def _make_room(self, party: str, size: int) -> list[_Kept]:
        """What goes for one more file of `party`, forgotten already; the lock is held.

        Raises UploadError, and forgets nothing, when nobody who keeps files has more than it would.
        """
        left = dict(self._kept)
        going: list[str] = []
        while True:
            held = [*self._coming, *((kept.party, kept.size) for kept in left.values())]
            full = len(held) >= self._most_files
            if not full and sum(each for _, each in held) + size <= self._most_bytes:
                return [self._forget(token) for token in going]
            shares = self._shares([*held, (party, size)])
            most = max((shares[kept.party] for kept in left.values()), default=0.0)
            if most <= shares[party]:
                raise self._no_room()
            oldest = next(token for token, kept in left.items() if shares[kept.party] == most)
            going.append(oldest)
            del left[oldest]

    def _shares(self, held: list[tuple[str, int]]) -> dict[str, float]:
        """Of all the room there is, how much each party takes: of the files, or of the bytes."""
        files: Counter[str] = Counter()
        sizes: Counter[str] = Counter()
        for party, size in held:
            files[party] += 1
            sizes[party] += size
        return {
            party: max(files[party] / self._most_files, sizes[party] / self._most_bytes)
            for party in files
        }

    def _no_room(self) -> UploadError:
        ages = [time.monotonic() - kept.at for kept in self._kept.values()]
        seconds = max(1, math.ceil(self._lasts - max(ages))) if ages else COMING_AGAIN
        return UploadError(
            503,
            "Expected room for one more file",
            found="as many as are kept at a time",
            remedy=f"Try again in {seconds} seconds",
            seconds=seconds,
        )

    def _forget(self, token: str) -> _Kept:
        self._of = {page: named for page, named in self._of.items() if _token(named) != token}
        return self._kept.pop(token)

    def _remove(self, token: str) -> None:
        with self._lock:
            kept = self._forget(token) if token in self._kept else None
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
