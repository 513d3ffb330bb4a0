"""Copies of a database while they are made, and removing those whose maker was killed.

A copy is made in a folder beside the place it will have, under a lock that its maker holds: where
the lock is free, nobody makes it any more. A note beside the database says where such a folder is,
so that the next program to open the database finds it on any disk. What is copied is
`storage.backup.backups`'s.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from bot.core import checksums
from bot.core.data_folder import private_file

HALF_MADE = ".tastebot-copy-"
NOTE = ".where"
"""What the name of a note ends in, after the name of the folder that it tells the place of."""
LOCK = "lock"
LONGEST_NOTE = 10_000
ABANDONED = 3600
"""Seconds after which a copy without a lock is nobody's: an earlier version's, or one on a file
system that has no locks."""


@contextmanager
def beside(file: Path, database: Path) -> Iterator[tuple[Path, Path]]:
    """A private folder beside a file, with an empty file in it; gone at the end.

    Those that were left beside the file, or by who copied the database, go first. Raises OSError.
    """
    clear_abandoned(database, file.parent)
    folder = Path(mkdtemp(prefix=HALF_MADE, dir=file.parent))
    note = database.parent / f"{folder.name}{NOTE}"
    try:
        with ExitStack() as held:
            with suppress(OSError):  # there are file systems without locks
                held.enter_context(checksums.locked(folder / LOCK))
            if folder.parent.absolute() != database.parent.absolute():
                with suppress(OSError), checksums.being_written(note) as out:
                    out.write(os.fsencode(folder.absolute()))
            copy = folder / "copy"
            private_file(copy)
            yield folder, copy
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            note.unlink(missing_ok=True)


def abandoned(database: Path, *others: Path) -> list[Path]:
    """Half-made copies of a database, and those in `others`, that nobody makes any more."""
    return [folder for folder in _half_made(database, *others) if _is_abandoned(folder)]


def clear_abandoned(database: Path, *others: Path) -> None:
    """Remove them, as far as that can be done, and the notes of what is no longer there."""
    for folder in abandoned(database, *others):
        shutil.rmtree(folder, ignore_errors=True)
    for note in _in(database.parent, f"{HALF_MADE}*{NOTE}"):
        told = _noted(note)
        # A disk that is not there now may come back with the copy on it.
        if told is None or (told.parent.is_dir() and not told.exists()):
            with suppress(OSError):
                note.unlink(missing_ok=True)


def _half_made(database: Path, *others: Path) -> Iterator[Path]:
    places = dict.fromkeys(each.absolute() for each in (database.parent, *others))
    noted = [_noted(note) for note in _in(database.parent, f"{HALF_MADE}*{NOTE}")]
    found = [folder for place in places for folder in _in(place, f"{HALF_MADE}*")]
    for folder in dict.fromkeys((*found, *filter(None, noted))):
        if folder.is_dir() and not folder.is_symlink():
            yield folder


def _in(place: Path, pattern: str) -> list[Path]:
    try:
        return sorted(place.glob(pattern))
    except OSError:
        return []


def _noted(note: Path) -> Path | None:
    """The folder that a note tells of; None for one that is none."""
    try:
        with note.open("rb") as file:
            folder = Path(os.fsdecode(file.read(LONGEST_NOTE)))
    except (OSError, ValueError):
        return None
    is_one = folder.is_absolute() and f"{folder.name}{NOTE}" == note.name
    return folder if is_one and folder.name.startswith(HALF_MADE) else None


def _is_abandoned(folder: Path) -> bool:
    try:
        if not (folder / LOCK).exists():
            return time.time() - folder.stat().st_mtime > ABANDONED
        with checksums.locked(folder / LOCK, wait=False) as alone:
            return alone
    except OSError:
        return False
