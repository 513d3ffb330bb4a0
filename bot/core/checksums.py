"""Files made here: put in place whole, and listed in a manifest with their checksums.

Owns the manifest: it is written after the files, and finds those that have changed since. Making
files again is left to their makers.

A file with the size, times and inode of its last full reading counts as unchanged: that finds
files that were cut short, replaced or written to, and costs nothing at a start. Damage that leaves
the times as they are is found by a full reading (`full`), as `tastebot setup` does and a server
while nobody waits.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from bot.core.data_folder import private_folder
from bot.core.logs import event_logger

SUFFIX = ".sums.json"
"""What the names of manifests end in."""
FORMAT = 1
PARTIAL = ".partial"
"""What the names of files end in that are being written."""
LOCK = ".lock"
"""The file in a folder that is locked by whoever keeps files there or clears it."""
BLOCK = 2**20

logger = event_logger(__name__)
Write = Callable[[BinaryIO], None]
Pause = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that is not what its manifest says, and how."""

    file: Path
    problem: str

    def __str__(self) -> str:
        return f"{self.file} is {self.problem}"


def keep(manifest: Path, files: Mapping[Path, Write]) -> None:
    """Write files that lie beside `manifest`, each whole or not at all, and then the manifest.

    A process that is killed meanwhile leaves no manifest, or one that does not fit. What stands in
    the way of a file, a folder too, goes. Raises OSError.
    """
    private_folder(manifest.parent)
    with locked(manifest.parent / LOCK):
        for file, write in files.items():
            with being_written(file) as out:
                write(out)
        seal(manifest, list(files))


def seal(manifest: Path, files: Sequence[Path]) -> None:
    """Say that `files`, in the manifest's folder, are right as they are. Raises OSError."""
    facts = {}
    for file in files:
        with file.open("rb") as opened:
            mark = _mark(os.fstat(opened.fileno()))
            facts[file.name] = {"sha256": _sha256(opened), "bytes": mark[0], "seen": mark}
    _write_manifest(manifest, facts)


def faults(
    manifest: Path, *, full: bool = False, mark: bool = True, pause: Pause | None = None
) -> tuple[Fault, ...]:
    """What is wrong with the files of a manifest, or with the manifest itself; nothing is right.

    `full` reads every file through, else only those that look touched; those that turn out right
    are then marked as seen, unless `mark` is false. `pause` hears after each block how many seconds
    it took.
    """
    facts = _read_manifest(manifest)
    if facts is None:
        return (Fault(manifest, "unreadable" if os.path.lexists(manifest) else "missing"),)
    found, seen = [], {}
    for name, fact in facts.items():
        file = manifest.parent / name
        try:
            with file.open("rb") as opened:
                now = _mark(os.fstat(opened.fileno()))
                if now[0] != fact["bytes"]:
                    problem = f"{now[0]:,} bytes long where {fact['bytes']:,} were written"
                    found.append(Fault(file, problem))
                elif full or now != fact["seen"]:
                    if _sha256(opened, pause) != fact["sha256"]:
                        found.append(Fault(file, "not what was written (its checksum differs)"))
                    elif now != fact["seen"]:
                        seen[name] = now
        except FileNotFoundError:
            found.append(Fault(file, "missing"))
        except OSError as error:
            found.append(Fault(file, f"unreadable ({error.strerror or error})"))
    if mark and seen and not found and _read_manifest(manifest) == facts:
        marked = {
            name: {**fact, "seen": seen.get(name, fact["seen"])} for name, fact in facts.items()
        }
        with suppress(OSError):  # where nothing can be written, they are read through each time
            _write_manifest(manifest, marked)
    return tuple(found)


def is_whole(manifest: Path, what: str) -> bool:
    """Whether all files of a manifest are as they were written; if there were any, says if not.

    `what` names them in the notice, which says that they will be made again.
    """
    wrong = faults(manifest)
    if not wrong:
        with suppress(OSError):
            os.utime(manifest)  # the last used are kept longest
        return True
    if os.path.lexists(manifest):
        logger.warning("made_again", what=what, fault=str(wrong[0]))
    return False


def forget(manifest: Path) -> None:
    """Have the files of a manifest read through when they are next asked for. Raises OSError."""
    facts = _read_manifest(manifest)
    if facts is not None:
        _write_manifest(manifest, {name: {**fact, "seen": []} for name, fact in facts.items()})


def last_used(manifest: Path) -> float:
    """When its files were last found whole, or made; 0 when it is gone."""
    try:
        return manifest.stat().st_mtime
    except OSError:
        return 0.0


def names_in(manifest: Path) -> list[str]:
    """The names of the files that a manifest vouches for; none when it cannot be read."""
    return list(_read_manifest(manifest) or {})


def drop(manifest: Path) -> None:
    """Remove a manifest and then its files, as far as that can be done."""
    files = [manifest.parent / name for name in names_in(manifest)]
    for path in (manifest, *files):
        with suppress(OSError):
            remove(path)


def remove(path: Path) -> None:
    """Remove a file or a whole folder; nothing there is well too. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def locked(file: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock `file`; gives False, without it, when another has it and `wait` is not.

    Raises OSError where there can be no lock.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(file)
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        yield False
        return
    except NotImplementedError as error:  # some network file systems have none
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK)) from error
    try:
        yield True
    finally:
        lock.release()


@contextmanager
def being_written(file: Path) -> Iterator[BinaryIO]:
    """A file, for its owner alone, that takes the place of `file` at the end, on disk for good.

    Whoever has the old one open or mapped keeps it.
    """
    handle, name = tempfile.mkstemp(prefix=f"{file.name}.", suffix=PARTIAL, dir=file.parent)
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())  # a power cut must not leave zeros under the name
        put(partial, file)
    finally:
        partial.unlink(missing_ok=True)


def to_disk(file: Path) -> None:
    """See that a file survives a power cut. Raises OSError."""
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def put(made: Path, place: Path) -> None:
    """Move a file to its place, over whatever is there."""
    if place.is_dir():
        remove(place)
    made.replace(place)


def _write_manifest(manifest: Path, facts: Mapping[str, Any]) -> None:
    document = {"format": FORMAT, "files": facts}
    with being_written(manifest) as out:
        out.write((json.dumps(document, indent=1) + "\n").encode())


def _read_manifest(manifest: Path) -> dict[str, Any] | None:
    """The files that a manifest names, each with what is known of it; None for no manifest."""
    try:
        document = json.loads(manifest.read_bytes())
        files: dict[str, Any] = document["files"]
        is_right = document["format"] == FORMAT and all(
            Path(name).name == name and {"sha256", "bytes", "seen"} <= fact.keys()
            for name, fact in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return files if is_right and files else None


def _mark(of: os.stat_result) -> list[int]:
    """What changes with a file. A time can be set back; that it was is a change of its own."""
    return [of.st_size, of.st_mtime_ns, of.st_ctime_ns, of.st_ino]


def _sha256(opened: BinaryIO, pause: Pause | None = None) -> str:
    digest = hashlib.sha256()
    while True:
        began = time.monotonic()
        block = opened.read(BLOCK)
        if not block:
            return digest.hexdigest()
        digest.update(block)
        if pause is not None:
            pause(time.monotonic() - began)
