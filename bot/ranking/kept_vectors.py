"""Items' vectors and features on disk, mapped: only what is used comes into memory.

Owns their files; what is in them, `ItemSpace` says.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Halves = NDArray[np.float16]
KEPT = 3
"""How many adapters' vectors are kept for a catalogue, the newest."""
KINDS = ("vectors", "features")


def kept_vectors(
    folder: Path | None, start: str, digest: str, make: Callable[[], tuple[Matrix, Matrix]]
) -> tuple[Matrix, Halves]:
    """(vectors, features) that `make` gives, from files in `folder` if they are there.

    Both are rounded to half precision, kept or not, so that the first ranking is like all others;
    vectors come back in single, being what every ranking multiplies. Files are called `start`,
    `digest` and what they hold. What cannot be read is made anew; where nothing can be written, it
    stays in memory.
    """
    files = [folder / f"{start}{digest}.{kind}.npy" for kind in KINDS] if folder else []
    if files:
        with suppress(OSError, ValueError, EOFError):  # not there yet, or cut short
            return _mapped(files)
    vectors, features = make()
    rounded = vectors.astype(np.float16).astype(np.float32)
    halves = features.astype(np.float16)
    del vectors, features
    if folder is None:
        return rounded, halves
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(files[0], rounded)
        _write(files[1], halves)
        _prune(folder, start, len(digest))
        return _mapped(files)
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


def _mapped(files: list[Path]) -> tuple[Matrix, Halves]:
    vectors, features = (np.asarray(np.load(file, mmap_mode="r")) for file in files)
    if len(vectors) != len(features):
        raise ValueError("the two are not of the same items")
    return vectors, features


def _prune(folder: Path, start: str, width: int) -> None:
    """Drop all but the newest; another catalogue's name may begin alike, so lengths count."""
    for kind in KINDS:
        length = len(f"{start}.{kind}.npy") + width
        found = [file for file in folder.glob(f"{start}*.{kind}.npy") if len(file.name) == length]
        for old in sorted(found, key=lambda file: file.stat().st_mtime)[:-KEPT]:
            with suppress(OSError):
                old.unlink()
