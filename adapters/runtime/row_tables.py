"""A model's embedding and output layer in eight bits, read row by row.

Owns the file they are kept in and reading rows from it. The file is mapped, so only the rows in
use come into memory.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.runtime.llama_shape import LlamaShape

LAYOUT = "8"
"""Raised when what is kept or its making changes, so that older files are made again."""
HEADER = 8
"""Bytes before a safetensors file's header, which say how long it is."""

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RowTable:
    """A matrix (rows, width): int8 `values` times the `scales` (rows,)."""

    values: NDArray[np.int8]
    scales: Vector

    def rows(self, chosen: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some rows, (chosen, width)."""
        return self.values[chosen] * self.scales[chosen][:, None]


@dataclass(frozen=True)
class RowTables:
    """`before_output` (hidden,) multiplies a hidden state before the output layer's rows do."""

    shape: LlamaShape
    embedding: RowTable
    output: RowTable
    before_output: Vector

    def save(self, path: Path, note: dict[str, str]) -> None:
        """Write a safetensors file; `note` is kept with it, see `read_note`."""
        from safetensors.numpy import save_file

        tensors: dict[str, NDArray[Any]] = {"before_output": self.before_output}
        for name, table in (("embedding", self.embedding), ("output", self.output)):
            tensors |= {f"{name}.values": table.values, f"{name}.scales": table.scales}
        described = {"layout": LAYOUT, "shape": json.dumps(asdict(self.shape)), **note}
        whole = {name: np.ascontiguousarray(values) for name, values in tensors.items()}
        save_file(whole, path, metadata=described)

    @classmethod
    def load(cls, path: Path) -> RowTables:
        """Map what `save` wrote."""
        from safetensors import safe_open

        with safe_open(path, framework="np") as file:
            shape = LlamaShape(**json.loads(file.metadata()["shape"]))
            small = {
                name: file.get_tensor(name)
                for name in ("before_output", "embedding.scales", "output.scales")
            }
        embedding, output = (
            RowTable(_mapped(path, f"{name}.values"), small[f"{name}.scales"])
            for name in ("embedding", "output")
        )
        return cls(shape, embedding, output, small["before_output"])


def read_note(path: Path) -> dict[str, str] | None:
    """What a file was made from, or None when it is none of this layout."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            note: dict[str, str] = dict(file.metadata() or {})
    except (OSError, SafetensorError):
        return None
    shape, layout = note.pop("shape", None), note.pop("layout", None)
    return note if shape is not None and layout == LAYOUT else None


def _mapped(path: Path, name: str) -> NDArray[np.int8]:
    """A tensor left in its file: the library's own reading for NumPy copies all of it."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(HEADER), "little")
        entry: dict[str, Any] = json.loads(file.read(size))[name]
    start, _ = entry["data_offsets"]
    shape = tuple(entry["shape"])
    return np.memmap(path, np.int8, "r", offset=HEADER + size + start, shape=shape)
