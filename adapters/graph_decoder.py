"""Running the graphs of `llama_graph`: a `Decoder` in eight bits for the CPU.

Owns the runtime's sessions and lending them a cache's memory; leaves what is cached to `kv_cache`.
The graph works on keys and values in place, so a call copies the tokens' own states and nothing
else. Reading a long text and writing one token are the same graph over the same weights.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from adapters.kv_buffer import KeyValueBuffer
from adapters.llama_weights import LlamaWeights

ACTIVE_WAIT = "12"
"""Microseconds that a thread waits actively for the next product. Longer makes a token twice as
dear where anything else runs; none makes reading a fifth slower where nothing does."""
BARRED = -1e9
"""Added to a score, it leaves nothing; infinity would leave no number where all is barred."""


class GraphDecoder:
    """A `Decoder` over the layers' graph and the output layer's.

    Of `weights` it uses the embedding and the output layer's rows. Raises whatever the runtime
    raises for files that it cannot run; `open_graphs` does not.
    """

    def __init__(self, layers: Path, output: Path, weights: LlamaWeights):
        shape = weights.shape
        self.hidden_size = shape.hidden
        self.vocabulary_size = shape.vocabulary
        self._shape = shape
        self._embedding = weights.matrices["embedding"]
        self._output_rows = weights.matrices["output"]
        self._before_output = weights.norms["output"]
        self._layers = _session(layers)
        self._output = _session(output)

    def new_cache(self) -> KeyValueBuffer:
        return KeyValueBuffer(self._shape, halved=True)

    @torch.inference_mode()
    def extend(
        self,
        cache: KeyValueBuffer,
        tokens: Sequence[int],
        *,
        positions: Tensor | None = None,
        visible: Tensor | None = None,
    ) -> Tensor:
        count, end = len(tokens), cache.length + len(tokens)
        cache.reserve(end)
        if cache.lent is None:
            cache.lent = self._lend(cache)
        binding, last, length = cache.lent
        last[0], length[...] = end - 1, end
        if positions is None:
            positions = torch.arange(cache.length, end)
        # The graph keeps tokens from seeing later ones by itself.
        bias = torch.zeros(count, end)
        if visible is not None:
            bias.masked_fill_(~visible, BARRED)
        embedded = self._embedding.rows(torch.tensor(tokens, dtype=torch.long))
        states = torch.empty_like(embedded)
        whole = (1, count, self._shape.hidden)
        binding.bind_input("hidden", "cpu", 0, np.float32, whole, embedded.data_ptr())
        places = positions.to(torch.int64).contiguous()
        binding.bind_input("places", "cpu", 0, np.int64, (1, count), places.data_ptr())
        binding.bind_input("bias", "cpu", 0, np.float32, (1, 1, count, end), bias.data_ptr())
        binding.bind_output("state", "cpu", 0, np.float32, whole, states.data_ptr())
        self._layers.run_with_iobinding(binding)
        cache.length = end
        return states

    @torch.inference_mode()
    def logits(self, hidden: Tensor, rows: Tensor | None = None) -> Tensor:
        if rows is not None:
            return functional.linear(hidden * self._before_output, self._output_rows.rows(rows))
        (found,) = self._output.run(None, {"hidden": hidden.contiguous().numpy()})
        return torch.from_numpy(found)

    def _lend(self, cache: KeyValueBuffer) -> tuple[Any, Any, Any]:
        binding = self._layers.io_binding()
        last, length = np.zeros(1, np.int32), np.zeros((), np.int32)
        for name, number in (("last", last), ("length", length)):
            binding.bind_input(name, "cpu", 0, np.int32, number.shape, number.ctypes.data)
        shape = (1, *cache.buffer.shape[2:])
        for layer, pair in enumerate(cache.buffer):
            for name, kept in zip(("keys", "values"), pair, strict=True):
                place, full = kept.data_ptr(), f"{layer}.{name}"
                binding.bind_input(full, "cpu", 0, np.float32, shape, place)
                binding.bind_output(f"{full}.next", "cpu", 0, np.float32, shape, place)
        return binding, last, length


def open_graphs(layers: Path, output: Path, weights: LlamaWeights) -> GraphDecoder | None:
    """The decoder over these files; None where they cannot be run here."""
    try:
        return GraphDecoder(layers, output, weights)
    except Exception as error:  # the runtime's errors have no class in common
        # Slower, but right: single precision runs everywhere.
        warnings.warn(f"{layers.name} cannot be run here: {error}", RuntimeWarning, stacklevel=2)
        return None


def _session(file: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Every length is a pattern of its own, and all of them would be kept.
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.spin_duration_us", ACTIVE_WAIT)
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
