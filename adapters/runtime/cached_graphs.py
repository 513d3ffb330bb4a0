"""A base model in eight bits with an adapter folded in: made once, cached beside the base.

Owns the files' life; leaves what is in them to `quantisation`, `llama_graph` and `row_tables`.
Imports nothing that a server does without: making them takes a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from adapters.models.base_model import sha256_of
from adapters.runtime.graph_decoder import GraphDecoder, open_graphs
from adapters.runtime.llama_shape import LlamaShape
from adapters.runtime.row_tables import RowTables, read_note
from bot.core import checksums
from bot.core.data_folder import private_folder
from bot.core.errors import ModelError

CACHED_MODELS = 3
"""How many models in eight bits are cached in a folder, the last used."""
GRAPHS = ("layers", "output", "step")
"""What graphs' files begin with; the last is of an older layout."""
ENDS = (".onnx", ".data")
LOCK = ".int8.lock"
SCRATCH = ".int8-"
"""What the folders' names begin with in which models are made."""
TRIES = 3


def cached_decoder(
    folder: Path, base: Path, base_sha256: str, adapter: Path | None
) -> tuple[GraphDecoder, LlamaShape] | None:
    """A base with an adapter folded in, in eight bits, made once and cached in `folder`.

    None when it cannot be cached there or run here. It is made in a process of its own, so that
    this one never holds the model in single precision. Files that are damaged, or that another
    process takes away before they are open, are made again. Raises ModelError when making it fails.
    """
    from filelock import FileLock

    note = {"base": base_sha256, "adapter": adapter_sha256(adapter)}
    path = folder / f"int8-{base_sha256[:12]}-{note['adapter'][:12]}.safetensors"
    for _ in range(TRIES):
        if not _is_whole(path, note):
            try:
                private_folder(folder)
                with FileLock(folder / LOCK):
                    if checksums.faults(manifest_of(path)) or read_note(path) != note:
                        _make(path, base, adapter, note)
            except OSError:
                return None
        decoder, shape = _opened(path)
        if decoder is not None and shape is not None:
            return decoder, shape
        if not checksums.faults(manifest_of(path), full=True):
            return None  # they are as they were made
    return None


def _opened(path: Path) -> tuple[GraphDecoder | None, LlamaShape | None]:
    try:
        tables = RowTables.load(path)
    except Exception:  # gone in the meantime, or no such file: whoever asks looks why
        return None, None
    return open_graphs(*graph_files(path), tables), tables.shape


def _is_whole(path: Path, note: Mapping[str, str]) -> bool:
    """Whether the files are there as they were made, and made of what `note` says."""
    return checksums.is_whole(manifest_of(path), f"the model {path.stem}") and (
        read_note(path) == note
    )


def manifest_of(path: Path) -> Path:
    """The checksums of a file of weights and of the graphs beside it."""
    return path.with_suffix(checksums.SUFFIX)


def graph_files(path: Path) -> tuple[Path, Path]:
    """The two graphs that lie beside a file of weights: all layers, and the output layer."""
    name = path.stem.removeprefix("int8-")
    return path.with_name(f"layers-{name}.onnx"), path.with_name(f"output-{name}.onnx")


def data_file(graph: Path) -> Path:
    """Where a graph's weights lie."""
    return graph.with_suffix(".data")


def adapter_sha256(adapter: Path | None) -> str:
    """What names an adapter: the hash of its settings and weights; ``none`` for none."""
    if adapter is None:
        return "none"
    names = ("adapter_config.json", "adapter_model.safetensors")
    hashes = [sha256_of(adapter / name) for name in names]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


def _make(path: Path, base: Path, adapter: Path | None, note: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=path.parent) as scratch:
        made = Path(scratch) / path.name
        order = {
            "base": str(base),
            "adapter": None if adapter is None else str(adapter),
            "out": str(made),
            "note": note,
        }
        done = subprocess.run(
            [sys.executable, "-m", "adapters.runtime.quantisation", json.dumps(order)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or not made.is_file():
            lines = done.stderr.strip().splitlines()
            raise ModelError(
                f"The base model {base} could not be converted to eight bits",
                found=lines[-1][-200:] if lines else f"exit code {done.returncode}",
            )
        for file in Path(scratch).iterdir():
            checksums.to_disk(file)
        files = []
        for graph, place in zip(graph_files(made), graph_files(path), strict=True):
            checksums.put(data_file(graph), data_file(place))
            checksums.put(graph, place)
            files += [data_file(place), place]
        checksums.put(made, path)
        # The manifest comes last: it says that all of it is there.
        checksums.seal(manifest_of(path), [*files, path])
    _prune(path.parent)


def _prune(folder: Path) -> None:
    """Drop all but the models used last, and graphs that belong to none."""
    manifests = sorted(folder.glob(f"int8-*{checksums.SUFFIX}"), key=checksums.last_used)
    for old in manifests[:-CACHED_MODELS]:
        checksums.drop(old)
    remove_strays(folder)


def remove_strays(folder: Path) -> list[Path]:
    """Remove weights and graphs that no manifest names.

    Whoever calls has the lock. Gives what was there.
    """
    named = {
        name
        for manifest in folder.glob(f"int8-*{checksums.SUFFIX}")
        for name in checksums.names_in(manifest)
    }
    kinds = ("int8-*.safetensors", *(f"{graph}-*{end}" for graph in GRAPHS for end in ENDS))
    found = [file for kind in kinds for file in folder.glob(kind) if file.name not in named]
    for file in found:
        with suppress(OSError):
            checksums.remove(file)
    return found
