"""What `tastebot setup` wrote down: which files it saw made or used for the settings it had.

Owns that note, which saves a later set-up the putting together, and tells what should be there.
A start does not need it: it makes whatever is missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from bot import __version__
from bot.core import checksums
from bot.core.data_folder import private_folder
from bot.core.settings import Settings

NOTE = "set-up-"
FOLDERS = ("models", "models/*", "prepared")
"""Where manifests lie in the data folder."""


def note_file(settings: Settings, base: Path, base_sha256: str, fingerprint: str) -> Path:
    """The note for these settings, the base model and the catalogue of this `fingerprint`."""
    adapter = None if settings.adapter is None else Path(settings.adapter).expanduser()
    parts = (
        *(base_sha256, fingerprint, settings.adapter, settings.adult, settings.device),
        *(__version__, _own_files(base), None if adapter is None else _own_files(adapter)),
    )
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    return settings.home / "prepared" / f"{NOTE}{digest}"


def write_note(note: Path, home: Path, since: float) -> None:
    """Note the manifests in `home` that were written or found whole `since` then. May OSError."""
    used = [file for file in all_manifests(home) if checksums.last_used(file) >= since]
    private_folder(note.parent)
    with checksums.being_written(note) as out:
        out.write(json.dumps([str(file.relative_to(home)) for file in used]).encode() + b"\n")


def manifests_in(note: Path) -> list[Path] | None:
    """The manifests that a note names, there or not; None when there is no note to read."""
    home = note.parent.parent
    try:
        return [home / name for name in json.loads(note.read_bytes())]
    except (OSError, ValueError, TypeError):
        return None


def is_done(note: Path) -> bool:
    """Whether there is a note, and all manifests that it names are there still."""
    named = manifests_in(note)
    return named is not None and all(manifest.is_file() for manifest in named)


def all_manifests(home: Path) -> Iterator[Path]:
    """Every manifest in the data folder."""
    for folder in FOLDERS:
        yield from sorted(home.glob(f"{folder}/*{checksums.SUFFIX}"))


def _own_files(folder: Path) -> list[tuple[str, int, int]]:
    """Names, sizes and times in a folder that somebody brought; nothing for one made here."""
    if any(folder.glob(f"*{checksums.SUFFIX}")) or not folder.is_dir():
        return []
    of = [(file.name, file.stat()) for file in sorted(folder.iterdir())]
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in of]
