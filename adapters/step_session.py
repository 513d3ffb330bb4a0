"""Running the graphs of `step_graph`: the next token or a few, over a cache that lies in torch.

Owns the runtime's sessions and lending them the cache's memory; leaves what is cached to
`lean_llama`. A graph works on keys and values in place, so a call copies the tokens' own states
and nothing else.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from adapters.llama_weights import LlamaShape

MOST_TOKENS = 4
"""Up to so many at once cost less here than by the kernels for many rows."""


class Lendable(Protocol):
    """Keys and values in one buffer (layers, 2, key heads, capacity, head), used up to `length`.

    `lent` is whatever a session keeps with the buffer; a new buffer comes with None.
    """

    length: int
    buffer: Tensor
    lent: Any


class StepSession:
    """The layers' graph and the output layer's, loaded.

    Raises whatever the runtime raises for files that it cannot run; `open_steps` does not.
    """

    def __init__(self, step: Path, output: Path, shape: LlamaShape):
        self._shape = shape
        self._step = _session(step)
        self._output = _session(output)

    def extend(self, cache: Lendable, embedded: Tensor) -> Tensor:
        """Append at most `MOST_TOKENS` tokens (n, hidden) to a cache that has room for them.

        Returns their last hidden states, normed, (n, hidden).
        """
        if cache.lent is None:
            cache.lent = self._lend(cache)
        binding, last, length = cache.lent
        count, end = len(embedded), cache.length + len(embedded)
        last[0], length[...] = end - 1, end
        embedded = embedded.contiguous()
        states = torch.empty_like(embedded)
        whole = (1, count, self._shape.hidden)
        binding.bind_input("hidden", "cpu", 0, np.float32, whole, embedded.data_ptr())
        binding.bind_output("state", "cpu", 0, np.float32, whole, states.data_ptr())
        self._step.run_with_iobinding(binding)
        cache.length = end
        return states

    def logits(self, hidden: Tensor) -> Tensor:
        """All logits of `hidden` (n, hidden), (n, vocabulary)."""
        (found,) = self._output.run(None, {"hidden": hidden.contiguous().numpy()})
        return torch.from_numpy(found)

    def _lend(self, cache: Lendable) -> tuple[Any, Any, Any]:
        binding = self._step.io_binding()
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


def open_steps(step: Path, output: Path, shape: LlamaShape) -> StepSession | None:
    """The session over these files; None where they are not, or cannot be run here."""
    if not (step.is_file() and output.is_file()):
        return None
    try:
        return StepSession(step, output, shape)
    except Exception as error:  # the runtime's errors have no class in common
        # Slower, but right: the other kernels can do all of it.
        warnings.warn(f"{step.name} cannot be run here: {error}", RuntimeWarning, stacklevel=2)
        return None


def _session(file: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # A second thread would wait actively between the products; on a machine that does anything
    # else that made a token three times as dear (44 ms of processor time against 14).
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
