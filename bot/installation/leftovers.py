"""Clearing the data folder of what killed processes and earlier versions left there.

Owns knowing what is surely nobody's: whatever is being made is made under a lock, so what lies
there half-made while the lock is free has no maker; and what no manifest names is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from bot.core import checksums
from bot.installation.setup_record import NOTE, is_done

MADE = (".pickle", ".npy", ".npz")
"""What the names of prepared files end in, or did in earlier versions."""


def clear_leftovers(home: Path) -> list[Path]:
    """Remove what nobody needs or is making any more from `home`; gives what was removed.

    What cannot be removed stays. A folder that another process is working in is left alone.
    """
    removed = _remove(path for path in (home / "prepared", home / "models") if path.is_file())
    for clear in (_clear_prepared, _clear_bases, _clear_graphs):
        with suppress(OSError):
            removed += clear(home)
    return removed


def _clear_prepared(home: Path) -> list[Path]:
    folder = home / "prepared"
    if not folder.is_dir():
        return []
    with checksums.locked(folder / checksums.LOCK, wait=False) as alone:
        return _remove(_strays(folder)) if alone else []


def _strays(folder: Path) -> Iterator[Path]:
    kept = {
        name
        for manifest in folder.glob(f"*{checksums.SUFFIX}")
        for name in checksums.names_in(manifest)
    }
    for path in sorted(folder.iterdir()):
        half_made = path.name.endswith(checksums.PARTIAL)
        unnamed = path.name.endswith(MADE) and path.name not in kept
        outdated = path.name.startswith(NOTE) and not is_done(path)
        if half_made or unnamed or outdated:
            yield path


def _clear_bases(home: Path) -> list[Path]:
    from adapters.models.converted_models import PARTIAL, lock_file

    models = home / "models"
    # A process that is writing one of these for the moment does without.
    removed = _remove(models.glob(f"*/*{checksums.PARTIAL}"))
    for path in sorted(models.glob(f".*{PARTIAL}*")):
        name = path.name[1:].partition(PARTIAL)[0]
        with checksums.locked(lock_file(models / name), wait=False) as alone:
            removed += _remove([path]) if alone else []
    return removed


def _clear_graphs(home: Path) -> list[Path]:
    from adapters.runtime.cached_graphs import LOCK, SCRATCH, remove_strays

    models = home / "models"
    if not models.is_dir():
        return []
    with checksums.locked(models / LOCK, wait=False) as alone:
        if not alone:
            return []
        half_made = [*models.glob(f"{SCRATCH}*"), *models.glob(f"int8-*{checksums.PARTIAL}")]
        return [*_remove(half_made), *remove_strays(models)]


def _remove(paths: Iterable[Path]) -> list[Path]:
    removed = []
    for path in paths:
        with suppress(OSError):
            checksums.remove(path)
            removed.append(path)
    return removed
