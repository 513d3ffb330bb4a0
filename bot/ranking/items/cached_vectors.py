"""Items' vectors and features on disk, mapped: only what is used comes into memory.

Owns their files; what is in them, `ItemSpace` says.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from bot.core import checksums

Matrix = NDArray[np.float32]
Halves = NDArray[np.float16]
CACHED_ADAPTERS = 3
"""How many adapters' vectors are cached for a catalogue, the last used."""
KINDS = ("vectors", "features")
TYPES = {"vectors": np.float32, "features": np.float16}


def cached_vectors(
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
    Both are rounded to half precision, cached or not, so that the first ranking is like all others;
    vectors come back in single, being what every ranking multiplies. Files are called `start`,
    `digest` and what they hold. What is damaged is made anew; where nothing can be written, it
    stays in memory. New files take the places of old ones, which whoever has them mapped keeps.
    """
    files = [folder / f"{start}{digest}.{kind}.npy" for kind in KINDS] if folder else []
    manifest = folder / f"{start}{digest}{checksums.SUFFIX}" if folder else None
    if manifest is not None and checksums.is_whole(manifest, f"the vectors {start}{digest}"):
        # Gone in the meantime, or of another make.
        with suppress(Exception):
            return _mapped(files, rows, widths)
    vectors, features = make()
    rounded = vectors.astype(np.float16).astype(np.float32)
    halves = features.astype(np.float16)
    del vectors, features
    if folder is None or manifest is None:
        return rounded, halves
    try:
        contents: tuple[NDArray[Any], ...] = (rounded, halves)
        writers = {file: partial(_save, each) for file, each in zip(files, contents, strict=True)}
        checksums.keep(manifest, writers)
        _prune(folder, start, len(digest))
        return _mapped(files, rows, widths)
    except (OSError, ValueError, EOFError):
        return rounded, halves


def _save(values: NDArray[Any], out: BinaryIO) -> None:
    np.save(out, values)


def _mapped(files: list[Path], rows: int, widths: tuple[int, int]) -> tuple[Matrix, Halves]:
    vectors, features = (np.asarray(np.load(file, mmap_mode="r")) for file in files)
    for values, width, kind in zip((vectors, features), widths, KINDS, strict=True):
        is_right = values.dtype == TYPES[kind] and values.flags.c_contiguous
        if values.shape != (rows, width) or not is_right:
            raise ValueError(f"these are no {kind} of {rows} items")
    return vectors, features


def _prune(folder: Path, start: str, width: int) -> None:
    """Drop all but the last used; another catalogue's name may begin alike, so lengths count."""
    length = len(f"{start}{checksums.SUFFIX}") + width
    found = [
        manifest
        for manifest in folder.glob(f"{start}*{checksums.SUFFIX}")
        if len(manifest.name) == length
    ]
    for manifest in sorted(found, key=checksums.last_used)[:-CACHED_ADAPTERS]:
        checksums.drop(manifest)
