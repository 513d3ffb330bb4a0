"""The data folder and what is kept in it: made for its owner's eyes alone.

Owns where it lies by default and who may read what is made there. People's words are in it, so
folders are made 0700 and files 0600, whatever the umask; on Windows, where a person's data folder
is private anyway, nothing is changed.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import platformdirs

OTHERS = stat.S_IRWXG | stat.S_IRWXO
KEPT = frozenset({"models", "prepared", "training-cache", "uploads"})
DATABASES = "tastebot"
"""What the names of the database, of what SQLite keeps beside it and of its copies begin with."""


def default_home() -> Path:
    """The system's folder for a person's data of this program."""
    return Path(platformdirs.user_data_dir("tastebot", appauthor=False))


def make_home(home: Path) -> str | None:
    """Make the data folder unless it is there; a notice where others can read it.

    The one that is used by default, and one that holds nothing but what is kept here, are closed to
    others if they could read them. A folder that somebody chose and that holds other things is
    theirs to open or close. Raises OSError.
    """
    private_folder(home)
    if home.absolute() == default_home().absolute() or _holds_nothing_else(home):
        return close_to_others(home)
    return None


def _holds_nothing_else(home: Path) -> bool:
    try:
        shared = home.is_mount() or home.stat().st_mode & stat.S_ISVTX
        return not shared and all(
            each.name in KEPT or each.name.removeprefix(".").startswith(DATABASES)
            for each in home.iterdir()
        )
    except OSError:
        return False


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(exist_ok=True)  # raises where something else is in its place


def private_file(file: Path) -> None:
    """Make an empty file for its owner alone, unless there is something already."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        # Not opened: to close it again would end this process's own locks on it.
        return


def close_to_others(path: Path) -> str | None:
    """Take away what others may do with a file or folder; a notice where that cannot be."""
    if not hasattr(os, "getuid"):
        return None
    try:
        found = path.stat()
        if not found.st_mode & OTHERS:
            return None
        if found.st_uid == os.getuid():
            path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
            return None
    except FileNotFoundError:
        return None
    except OSError:
        pass  # such as a file system without permissions
    return (
        f"Notice: others on this machine may be able to read {path}, and this user cannot change "
        f"that; its owner can, with: chmod go= {path}"
    )
