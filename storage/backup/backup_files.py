"""Backup files: where they may be written, their names, and flushing them to the disk.

Their content is left to `storage.backup.backups`, the place where they are made to
`storage.sql.half_made`.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from bot.core.errors import StorageError, UsageError


def check_target(source: Path, file: Path, force: bool) -> None:
    """Raise UsageError unless a copy of `source` may be written to `file`."""
    parts = [source, *(source.with_name(source.name + end) for end in ("-wal", "-shm", "-journal"))]
    if any(same_file(file, part) for part in parts):
        raise UsageError(
            "expected another file than the database itself",
            found=file.name,
            remedy="Name a new file, on another disk if there is one",
        )
    if file.is_dir() or not file.parent.is_dir():
        raise UsageError(
            "expected the name of a file in a folder that exists",
            found=f"{file}, which is a folder" if file.is_dir() else f"no folder {file.parent}",
            remedy="Name a file, such as tastebot-backup.sqlite3",
        )
    if file.exists() and not stat.S_ISREG(file.stat().st_mode):
        raise UsageError("expected the name of a plain file", found=f"{file}, which is none")
    if not force:
        refuse_there(file)


def refuse_there(file: Path) -> None:
    """Raise UsageError where a file is there already."""
    if file.exists():
        raise UsageError(
            "expected the name of a file that does not exist",
            found=str(file),
            remedy="Name another, or replace it with --force",
        )


def name_kept(target: Path, now: datetime, what: str) -> Path:
    """A name that is free, beside a database, for what was there before a restore."""
    start = f"tastebot-{what}-{now:%Y-%m-%d-%H%M%S}"
    more = ("", *(f"-{number}" for number in range(2, 100)))
    names = [target.with_name(f"{start}{each}.sqlite3") for each in more]
    return next((name for name in names if not name.exists()), names[-1])


def unwritable(file: Path, error: OSError) -> StorageError:
    """The error for a file that cannot be written."""
    return StorageError(
        f"expected to write {file}",
        found=(error.strerror or str(error)).lower(),
        remedy="Check the folder's permissions and that the disk has room",
    )


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths are one file."""
    with suppress(OSError):
        return one.samefile(other)
    return False


def keep_on_disk(path: Path) -> None:
    """See that a file's content, or a folder's names, survive a power cut."""
    if path.is_dir() and os.name == "nt":
        return  # folders cannot be opened there
    # Never a file that SQLite has open here: closing it would end this process's locks on it.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
