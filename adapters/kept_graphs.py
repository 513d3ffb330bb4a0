"""A base model in eight bits with an adapter folded in: made once, kept beside the base.

Owns the files' life; leaves what is in them to `quantisation`, `llama_graph` and `row_tables`.
Imports nothing that a server does without: making them takes a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from adapters.base_model import sha256_of
from adapters.graph_decoder import GraphDecoder, open_graphs
from adapters.llama_shape import LlamaShape
from adapters.row_tables import RowTables, read_note
from bot.data_folder import private_folder
from bot.errors import ModelError

KEPT_FILES = 3
"""How many models in eight bits are kept in a folder, the newest."""
GRAPHS = ("layers", "output", "step")
"""What graphs' files begin with; the last is of an older layout."""
SIZES = "sizes"
"""What the files' sizes are called in the note that is kept with them."""


def kept_decoder(
    folder: Path, base: Path, base_sha256: str, adapter: Path | None
) -> tuple[GraphDecoder, LlamaShape] | None:
    """A base with an adapter folded in, in eight bits, made once and kept in `folder`.

    None when it cannot be kept there or run here. It is made in a process of its own, so that this
    one never holds the model in single precision. Raises ModelError when making it fails.
    """
    from filelock import FileLock

    note = {"base": base_sha256, "adapter": adapter_sha256(adapter)}
    path = folder / f"int8-{base_sha256[:12]}-{note['adapter'][:12]}.safetensors"
    if not _is_whole(path, note):
        try:
            private_folder(folder)
            with FileLock(folder / ".int8.lock"):
                if not _is_whole(path, note):
                    _make(path, base, adapter, note)
        except OSError:
            return None
    tables = RowTables.load(path)
    decoder = open_graphs(*graph_files(path), tables)
    return None if decoder is None else (decoder, tables.shape)


def _is_whole(path: Path, note: Mapping[str, str]) -> bool:
    """Whether the files are there, of this `note`, and as long as when they were made."""
    found = read_note(path)
    if found is None:
        return False
    sizes = found.pop(SIZES, "")
    return found == note and sizes == sizes_of(path)


def sizes_of(path: Path) -> str:
    """The sizes of the graphs' files beside `path`, in bytes."""
    files = [file for graph in graph_files(path) for file in (graph, data_file(graph))]
    return " ".join(str(file.stat().st_size) if file.is_file() else "none" for file in files)


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
    with tempfile.TemporaryDirectory(prefix=".int8-", dir=path.parent) as scratch:
        made = Path(scratch) / path.name
        order = {
            "base": str(base),
            "adapter": None if adapter is None else str(adapter),
            "out": str(made),
            "note": note,
        }
        done = subprocess.run(
            [sys.executable, "-m", "adapters.quantisation", json.dumps(order)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or not made.is_file():
            lines = done.stderr.strip().splitlines()
            raise ModelError(
                f"The base model {base} could not be turned into eight bits",
                found=lines[-1][-200:] if lines else f"exit code {done.returncode}",
            )
        for file in Path(scratch).iterdir():
            _to_disk(file)
        # The tables come last: they say that all of it is there.
        for graph, place in zip(graph_files(made), graph_files(path), strict=True):
            data_file(graph).replace(data_file(place))
            graph.replace(place)
        made.replace(path)
    _prune(path.parent)


def _to_disk(file: Path) -> None:
    """A power cut after the files were put in place must not leave them empty."""
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def _prune(folder: Path) -> None:
    """Drop all but the newest models, and graphs that belong to none."""
    files = sorted(folder.glob("int8-*.safetensors"), key=lambda file: file.stat().st_mtime)
    for old in files[:-KEPT_FILES]:
        old.unlink(missing_ok=True)
    kept = {graph.stem for file in files[-KEPT_FILES:] for graph in graph_files(file)}
    for kind in GRAPHS:
        for file in (*folder.glob(f"{kind}-*.onnx"), *folder.glob(f"{kind}-*.data")):
            if file.stem not in kept:
                file.unlink(missing_ok=True)
