"""Running the graphs of `llama_graph`: a `Decoder` in eight bits for the CPU.

Owns the runtime's sessions and lending them a cache's memory; leaves what is cached to `kv_cache`.
The graph works on keys and values in place, so a call copies the tokens' own states and nothing
else. Reading a long text and writing one token are the same graph over the same weights.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.kv_buffer import KeyValueBuffer
from adapters.row_tables import RowTables

MOST_THREADS = 8
"""More only wait for one another at matrices of this size."""
ACTIVE_WAIT = "12"
"""Microseconds that a thread waits actively for the next product. Longer makes a token twice as
dear where anything else runs; none makes reading a fifth slower where nothing does."""
BARRED = -1e9
"""Added to a score, it leaves nothing; infinity would leave no number where all is barred."""


class GraphDecoder:
    """A `Decoder` over the layers' graph and the output layer's.

    Raises whatever the runtime raises for files that it cannot run; `open_graphs` does not.
    """

    def __init__(self, layers: Path, output: Path, tables: RowTables):
        self.hidden_size = tables.shape.hidden
        self.vocabulary_size = tables.shape.vocabulary
        self._shape = tables.shape
        self._tables = tables
        self._layers = _session(layers)
        self._output = _session(output)

    def new_cache(self) -> KeyValueBuffer:
        return KeyValueBuffer(self._shape, halved=True)

    def extend(
        self,
        cache: KeyValueBuffer,
        tokens: Sequence[int],
        *,
        positions: NDArray[np.int64] | None = None,
        visible: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float32]:
        count, end = len(tokens), cache.length + len(tokens)
        cache.reserve(end)
        if cache.lent is None:
            cache.lent = self._lend(cache)
        binding, last, length = cache.lent
        last[0], length[...] = end - 1, end
        if positions is None:
            positions = np.arange(cache.length, end)
        # The graph keeps tokens from seeing later ones by itself.
        bias = np.zeros((count, end), np.float32)
        if visible is not None:
            bias[~visible] = BARRED
        embedded = self._tables.embedding.rows(np.asarray(tokens, np.int64))
        states = np.empty_like(embedded)
        whole = (1, count, self._shape.hidden)
        # Alternatives after a full window stand at its end, one as good as the other.
        places = np.minimum(positions, self._shape.window - 1).astype(np.int64)
        _bind(binding.bind_input, "hidden", embedded, whole)
        _bind(binding.bind_input, "places", places, (1, count))
        _bind(binding.bind_input, "bias", bias, (1, 1, count, end))
        _bind(binding.bind_output, "state", states, whole)
        self._layers.run_with_iobinding(binding)
        cache.length = end
        return states

    def logits(
        self, hidden: NDArray[np.float32], rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        if rows is not None:
            smoothed = hidden * self._tables.before_output
            return np.asarray(smoothed @ self._tables.output.rows(rows).T)
        found: NDArray[np.float32]
        (found,) = self._output.run(None, {"hidden": np.ascontiguousarray(hidden)})
        return found

    def embeddings(self, rows: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        return self._tables.embedding.rows(
            np.arange(self.vocabulary_size) if rows is None else rows
        )

    def _lend(self, cache: KeyValueBuffer) -> tuple[Any, Any, Any]:
        binding = self._layers.io_binding()
        last, length = np.zeros(1, np.int32), np.zeros((), np.int32)
        for name, number in (("last", last), ("length", length)):
            _bind(binding.bind_input, name, number, number.shape)
        shape = (1, *cache.buffer.shape[2:])
        for layer, pair in enumerate(cache.buffer):
            for name, kept in zip(("keys", "values"), pair, strict=True):
                _bind(binding.bind_input, f"{layer}.{name}", kept, shape)
                _bind(binding.bind_output, f"{layer}.{name}.next", kept, shape)
        return binding, last, length


def _bind(
    bind: Callable[..., None], name: str, values: NDArray[Any], shape: tuple[int, ...]
) -> None:
    bind(name, "cpu", 0, values.dtype.type, shape, values.ctypes.data)


def open_graphs(layers: Path, output: Path, tables: RowTables) -> GraphDecoder | None:
    """The decoder over these files; None where they cannot be run here."""
    try:
        decoder = GraphDecoder(layers, output, tables)
        states = decoder.extend(decoder.new_cache(), [0, 1, 2])
        logits = decoder.logits(states)
        if np.isfinite(logits).all() and logits.any() and states.any():
            return decoder
        raise ValueError("it gives no numbers")
    except Exception as error:  # the runtime's errors have no class in common
        # Slower, but right: single precision runs everywhere.
        warnings.warn(f"{layers.name} cannot be run here: {error}", RuntimeWarning, stacklevel=2)
        return None


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _session(file: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Every length is a pattern of its own, and all of them would be kept.
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.spin_duration_us", ACTIVE_WAIT)
    options.intra_op_num_threads = min(_cores(), MOST_THREADS)
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
