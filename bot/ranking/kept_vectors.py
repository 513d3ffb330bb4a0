"""Items' vectors and features on disk, mapped: only what is used comes into memory.

Owns their files; what is in them, `ItemSpace` says.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from time import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.data_folder import private_folder

Matrix = NDArray[np.float32]
Halves = NDArray[np.float16]
KEPT = 3
"""How many adapters' vectors are kept for a catalogue, the newest."""
KINDS = ("vectors", "features")
TYPES = {"vectors": np.float32, "features": np.float16}
ABANDONED = 3600
"""Seconds after which a half-written file is nobody's any more."""


def kept_vectors(
    folder: Path | None,
    start: str,
    digest: str,
    make: Callable[[], tuple[Matrix, Matrix]],
    *,
    rows: int,
    widths: tuple[int, int],
) -> tuple[Matrix, Halves]:
    """(vectors, features) that `make` gives, from files in `folder` if they are there.

    Their shapes are (`rows`, `widths`); files of others are not taken.
    Both are rounded to half precision, kept or not, so that the first ranking is like all others;
    vectors come back in single, being what every ranking multiplies. Files are called `start`,
    `digest` and what they hold. What cannot be read is made anew; where nothing can be written, it
    stays in memory.
    """
    files = [folder / f"{start}{digest}.{kind}.npy" for kind in KINDS] if folder else []
    if files:
        # Not there yet, or damaged: NumPy raises half a dozen errors at a header that is no header.
        with suppress(Exception):
            return _mapped(files, rows, widths)
    vectors, features = make()
    rounded = vectors.astype(np.float16).astype(np.float32)
    halves = features.astype(np.float16)
    del vectors, features
    if folder is None:
        return rounded, halves
    try:
        private_folder(folder)
        _write(files[0], rounded)
        _write(files[1], halves)
        _prune(folder, start, len(digest))
        return _mapped(files, rows, widths)
    except (OSError, ValueError, EOFError):
        return rounded, halves


def _write(file: Path, values: NDArray[Any]) -> None:
    partial = file.with_suffix(f".{os.getpid()}.partial")
    try:
        with partial.open("wb") as written:
            np.save(written, values)
            written.flush()
            os.fsync(written.fileno())  # a power cut must not leave zeros under the name
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _mapped(files: list[Path], rows: int, widths: tuple[int, int]) -> tuple[Matrix, Halves]:
    vectors, features = (np.asarray(np.load(file, mmap_mode="r")) for file in files)
    for values, width, kind in zip((vectors, features), widths, KINDS, strict=True):
        is_right = values.dtype == TYPES[kind] and values.flags.c_contiguous
        if values.shape != (rows, width) or not is_right:
            raise ValueError(f"these are no {kind} of {rows} items")
    return vectors, features


def _prune(folder: Path, start: str, width: int) -> None:
    """Drop all but the newest; another catalogue's name may begin alike, so lengths count."""
    for kind in KINDS:
        length = len(f"{start}.{kind}.npy") + width
        found = [file for file in folder.glob(f"{start}*.{kind}.npy") if len(file.name) == length]
        _remove(sorted(found, key=lambda file: file.stat().st_mtime)[:-KEPT])
    long_ago = time() - ABANDONED
    halves = list(folder.glob(f"{start}*.partial"))
    # Earlier versions kept both in one file.
    _remove([*(file for file in halves if _made(file) < long_ago), *folder.glob(f"{start}*.npz")])


def _made(file: Path) -> float:
    return file.stat().st_mtime if file.exists() else 0.0


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        with suppress(OSError):
            file.unlink()
