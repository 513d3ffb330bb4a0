"""Objects made from a catalogue once and kept in the data folder, so that a start need not wait.

A kept object is used again only if catalogue, inputs, code and libraries are the same and its
checksum is right; in doubt it is made anew. It is a pickle, which can run code when read: so it is
read only from the data folder, and only if it belongs to the user who runs this and nobody else
may write to it. The callers say what to keep, and what it depends on.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any, BinaryIO, TypeVar

from bot.core import checksums
from bot.core.logs import event_logger
from bot.core.protocols import Catalogue
from bot.core.values import Item

logger = event_logger(__name__)

Made = TypeVar("Made")

LIBRARIES = ("numpy", "scipy", "scikit-learn", "rapidfuzz", "bm25s")
WHOLE = -1
"""Stands for the catalogue itself; rows count from 0."""


def cached(
    make: Callable[[], Made],
    *,
    name: str,
    catalogue: Catalogue,
    folder: Path | None,
    packages: Iterable[ModuleType],
    inputs: bytes = b"",
) -> Made:
    """What `make` makes, from a file in `folder` if it was made of the same things before.

    It depends on `catalogue`, on `inputs`, and on every file of `packages`, each a package or a
    module. The catalogue and its
    items are not cached with it: it refers to the ones given here. Without a folder, or one that
    cannot be written to, it is made each time.
    """
    if folder is None:
        return make()
    digest = _digest(catalogue.fingerprint, packages)
    digest.update(_library_versions())
    digest.update(inputs)
    return _read_or_made(make, folder, f"{name}-{catalogue.name}-", digest.hexdigest(), catalogue)


def cached_items(
    name: str,
    fingerprint: str,
    read: Callable[[], tuple[Item, ...]],
    *,
    folder: Path,
    packages: Iterable[ModuleType],
) -> tuple[Item, ...]:
    """All items of the catalogue `name`, from a file in `folder` or else by `read`.

    A database takes four times as long to give them. The file counts only for this `fingerprint`,
    which is of the catalogue as it is stored, and for the code in `packages`, which reads it.
    """
    digest = _digest(fingerprint, packages)
    digest.update(" ".join(field.name for field in fields(Item)).encode())
    return _read_or_made(read, folder, f"items-{name}-", digest.hexdigest(), None)


def _digest(fingerprint: str, packages: Iterable[ModuleType]) -> hashlib._Hash:
    digest = hashlib.sha256(f"{sys.version} {fingerprint} ".encode())
    for package in packages:
        source = Path(str(package.__file__))
        digest.update(_source_digest(source.parent if hasattr(package, "__path__") else source))
    return digest


def _read_or_made(
    make: Callable[[], Made], folder: Path, start: str, digest: str, catalogue: Catalogue | None
) -> Made:
    file = folder / f"{start}{digest[:16]}.pickle"
    manifest = file.with_suffix(checksums.SUFFIX)
    if checksums.is_whole(manifest, f"what is prepared in {file.name}"):
        with suppress(Exception):  # gone in the meantime, or of another make: made anew
            return _read(file, catalogue)  # type: ignore[no-any-return]
    began = perf_counter()
    made = make()
    logger.info("cache_rebuilt", name=start.rstrip("-"), seconds=round(perf_counter() - began, 3))
    with suppress(OSError):
        checksums.keep(manifest, {file: lambda out: _write(made, out, catalogue)})
        for older in folder.glob(f"{start}*{checksums.SUFFIX}"):
            if older != manifest and len(older.name) == len(manifest.name):
                checksums.drop(older)
    return made


def _read(file: Path, catalogue: Catalogue | None) -> Any:
    class Unpickler(pickle.Unpickler):
        def persistent_load(self, pid: Any) -> Any:
            if catalogue is None:
                raise pickle.UnpicklingError("it refers to a catalogue, and there is none")
            return catalogue if pid == WHOLE else catalogue.items[pid]

    with file.open("rb") as cached_file, _no_collection():
        of = os.fstat(cached_file.fileno())
        if hasattr(os, "getuid") and (
            of.st_uid != os.getuid() or of.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        ):
            raise PermissionError(file)
        return Unpickler(cached_file).load()


def _write(made: object, out: BinaryIO, catalogue: Catalogue | None) -> None:
    items = () if catalogue is None else catalogue.items
    rows = {id(item): row for row, item in enumerate(items)}

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj: Any) -> int | None:
            if catalogue is None:
                return None
            return WHOLE if obj is catalogue else rows.get(id(obj))

    with _no_collection():
        Pickler(out, protocol=pickle.HIGHEST_PROTOCOL).dump(made)


@cache
def _library_versions() -> bytes:
    return " ".join(version(library) for library in LIBRARIES).encode()


@cache
def _source_digest(source: Path) -> bytes:
    """The SHA-256 of a file, or of the names and contents of those in a folder, what Python made
    aside."""
    digest = hashlib.sha256()
    folder = source if source.is_dir() else source.parent
    for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(folder)} {path.stat().st_size} ".encode())
            digest.update(path.read_bytes())
    return digest.digest()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Many small objects come at once, none of them garbage: looking for it doubles the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
