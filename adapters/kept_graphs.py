"""A base model in eight bits with an adapter folded in: made once, kept beside the base.

Owns the files' life; leaves what is in them to `quantisation`, `llama_graph` and `row_tables`.
Imports nothing that a server does without: making them takes a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from adapters.base_model import sha256_of
from adapters.graph_decoder import GraphDecoder, open_graphs
from adapters.llama_shape import LlamaShape
from adapters.row_tables import RowTables, read_note
from bot.errors import ModelError

KEPT_FILES = 3
"""How many models in eight bits are kept in a folder, the newest."""


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
    if read_note(path) != note:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / ".int8.lock"):
                if read_note(path) != note:
                    _make(path, base, adapter, note)
        except OSError:
            return None
    tables = RowTables.load(path)
    decoder = open_graphs(*graph_files(path), tables)
    return None if decoder is None else (decoder, tables.shape)


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
        # The weights come last: they say that all of it is there.
        for graph, place in zip(graph_files(made), graph_files(path), strict=True):
            data_file(graph).replace(data_file(place))
            graph.replace(place)
        made.replace(path)
    files = sorted(path.parent.glob("int8-*.safetensors"), key=lambda file: file.stat().st_mtime)
    for old in files[:-KEPT_FILES]:
        old.unlink(missing_ok=True)
        for graph in graph_files(old):
            graph.unlink(missing_ok=True)
            data_file(graph).unlink(missing_ok=True)
