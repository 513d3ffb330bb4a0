"""Models that were converted, as they lie in the data folder: each with a card and checksums.

Owns where a converted model is kept, what it was made from, and that it is made whole or not at
all: in a temporary folder that is moved into place at the end, so that an interruption leaves
nothing half-made, and under a lock, so that two processes do not meet. What is converted, and
from where it comes, is left to `base_model`.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from adapters.models.base_download import Progress, disk_full
from bot.core import checksums
from bot.core.data_folder import private_folder

CARD = "base.json"
"""Beside a converted model: what it was made from."""
MANIFEST = f"base{checksums.SUFFIX}"
"""Beside it: the checksums of all its files."""
PARTIAL = ".partial-"


@dataclass(frozen=True, slots=True)
class ConversionCard:
    """What a converted model was made from; kept as JSON beside it."""

    name: str
    sha256: str
    license: str | None
    source: str
    source_bytes: int
    source_mtime_ns: int


def lock_file(target: Path) -> Path:
    """What is locked by whoever makes the model at `target`."""
    return target.parent / f".{target.name}.lock"


def keep(folder: Path, card: ConversionCard) -> None:
    """Write the card and the manifest of the converted model in `folder`, all of it to the disk."""
    (folder / CARD).write_text(json.dumps(asdict(card), indent=2) + "\n", encoding="utf-8")
    files = sorted(folder.iterdir())
    for file in files:
        checksums.to_disk(file)
    checksums.seal(folder / MANIFEST, files)


@contextmanager
def building(target: Path, digest: str, needed: int, report: Progress) -> Iterator[Path | None]:
    """A temporary folder whose ``model`` becomes `target` at the end, under a lock.

    Gives None when another process made the target, of this `digest`, in the meantime. What an
    earlier killed process left behind is removed first.
    """
    from filelock import FileLock, Timeout

    private_folder(target.parent)
    lock = FileLock(lock_file(target))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report("Waiting for another process that prepares the base model", 0, None)
        lock.acquire()
    try:
        for leftover in target.parent.glob(f".{target.name}{PARTIAL}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if is_converted(target, digest, quietly=True):
            yield None
            return
        if shutil.disk_usage(target.parent).free < needed:
            raise disk_full(target.parent, needed)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}{PARTIAL}", dir=target.parent))
        try:
            yield folder
            checksums.remove(target)  # what was there was no whole model
            (folder / "model").rename(target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()


def is_converted(target: Path, digest: str, *, quietly: bool = False) -> bool:
    """Whether a model that was made of what has this `digest` lies there, as it was made."""
    card, manifest = read_card(target), target / MANIFEST
    if quietly:
        return card is not None and card.sha256 == digest and not checksums.faults(manifest)
    whole = checksums.is_whole(manifest, f"the base model {target.name}")
    return whole and card is not None and card.sha256 == digest


def converted_from(path: Path, models: Path) -> Path | None:
    """The folder an unchanged file was converted into before, by its path, size and time."""
    stat = path.stat()
    for file in models.glob(f"*/{CARD}"):
        card = read_card(file.parent)
        if card is not None and (card.source, card.source_bytes, card.source_mtime_ns) == (
            str(path.resolve()),
            stat.st_size,
            stat.st_mtime_ns,
        ):
            return file.parent
    return None


def read_card(folder: Path) -> ConversionCard | None:
    """What the model in a folder was made from; None where no card can be read."""
    try:
        content: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        return ConversionCard(**content)
    except (OSError, ValueError, TypeError):
        return None


def made_of(gguf: Path, digest: str, home: Path) -> Path:
    """Where the model is kept that is made of a file with this SHA-256."""
    return home / "models" / f"{gguf.stem}-{digest[:12]}"
