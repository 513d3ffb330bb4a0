"""Running a Llama in single precision with little between the matrix products: a `Decoder`.

Owns the forward pass over the layout of `llama_weights`, with transformers' own numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from adapters.runtime.decoder import States
from adapters.runtime.kv_buffer import KeyValueBuffer
from adapters.runtime.llama_weights import LlamaWeights, Weight

Product = Callable[[Tensor], Tensor]


class _Layer(NamedTuple):
    """The four products of a layer, and the weights of its two norms."""

    qkv: Product
    out: Product
    gate_up: Product
    down: Product
    before_qkv: Tensor
    before_gate_up: Tensor


class LeanLlama:
    """A `Decoder` over laid-out weights in single precision, on the CPU.

    `product` makes the multiplication by a named matrix; another one may watch or replace it.
    """

    def __init__(
        self,
        weights: LlamaWeights,
        *,
        product: Callable[[str, Weight], Product] | None = None,
    ):
        shape, make = weights.shape, product or _plain
        self.hidden_size = shape.hidden
        self.vocabulary_size = shape.vocabulary
        self._shape = shape
        self._embedding = weights.matrices["embedding"]
        self._output = weights.matrices.get("output", self._embedding)
        self._final = weights.norms["final"]
        self._scale = shape.head**-0.5
        self._layers = [
            _Layer(
                **{
                    name: make(f"{number}.{name}", weights.matrices[f"{number}.{name}"])
                    for name in ("qkv", "out", "gate_up", "down")
                },
                before_qkv=weights.norms[f"{number}.qkv"],
                before_gate_up=weights.norms[f"{number}.gate_up"],
            )
            for number in range(shape.layers)
        ]
        self._head = make("output", self._output)
        self._turns = torch.empty(0, 1, shape.head // 2, dtype=torch.complex64)

    def new_cache(self) -> KeyValueBuffer:
        return KeyValueBuffer(self._shape)

    @torch.inference_mode()
    def extend(
        self,
        cache: KeyValueBuffer,
        tokens: Sequence[int],
        *,
        positions: NDArray[np.int64] | None = None,
        visible: NDArray[np.bool_] | None = None,
    ) -> States:
        shape, n, start = self._shape, len(tokens), cache.length
        end = start + n
        cache.reserve(end)
        if positions is None:
            positions = np.arange(start, end)
        turns = self._rotations(int(positions.max()) + 1)[torch.from_numpy(positions)]
        mask = None
        if visible is None and n > 1:
            visible = np.tri(n, end, start, dtype=np.bool_)
        if visible is not None:
            mask = torch.zeros(n, end).masked_fill_(torch.from_numpy(~visible), float("-inf"))
        rotated = shape.heads + shape.key_heads
        hidden = self._embedding.values[torch.tensor(tokens)]
        norm, size, epsilon = functional.rms_norm, (shape.hidden,), shape.epsilon
        for layer, layer_cache in zip(self._layers, torch.from_numpy(cache.buffer), strict=True):
            heads = layer.qkv(norm(hidden, size, layer.before_qkv, epsilon))
            heads = heads.view(n, -1, shape.head)
            pairs = heads[:, :rotated].reshape(n, rotated, -1, 2)
            turned = torch.view_as_real(torch.view_as_complex(pairs) * turns).flatten(2)
            keys, values = turned[:, shape.heads :], heads[:, rotated:]
            layer_cache[0, :, start:end] = keys.transpose(0, 1)
            layer_cache[1, :, start:end] = values.transpose(0, 1)
            # (key heads, group x tokens, head): the queries of a group share their keys.
            queries = (
                turned[:, : shape.heads].transpose(0, 1).reshape(shape.key_heads, -1, shape.head)
            )
            scores = torch.bmm(queries * self._scale, layer_cache[0, :, :end].transpose(1, 2))
            if mask is not None:
                scores = (scores.view(shape.heads, n, end) + mask).view(shape.key_heads, -1, end)
            mixed = torch.bmm(torch.softmax(scores, dim=-1), layer_cache[1, :, :end])
            mixed = mixed.view(shape.heads, n, shape.head).transpose(0, 1).reshape(n, -1)
            hidden = hidden + layer.out(mixed)
            inner = layer.gate_up(norm(hidden, size, layer.before_gate_up, epsilon))
            gate = functional.silu(inner[:, : shape.inner])
            hidden = hidden + layer.down(gate.mul_(inner[:, shape.inner :]))
        cache.length = end
        return norm(hidden, size, self._final, epsilon).numpy()

    @torch.inference_mode()
    def logits(self, hidden: States, rows: NDArray[np.int64] | None = None) -> States:
        states = torch.from_numpy(np.ascontiguousarray(hidden))
        if rows is None:
            return self._head(states).numpy()
        return functional.linear(states, self._output.values[torch.from_numpy(rows)]).numpy()

    def embeddings(self, rows: NDArray[np.int64] | None = None) -> States:
        values: States = self._embedding.values.numpy()
        return values if rows is None else values[rows]

    def _rotations(self, length: int) -> Tensor:
        """Rotations of each position (positions, 1, head / 2), complex of modulus 1."""
        turns = self._turns  # another thread may replace it by a shorter one
        if len(turns) < length:
            size = max(length, 2 * len(turns), 512)
            steps = torch.arange(0, self._shape.head, 2, dtype=torch.float32) / self._shape.head
            angles = torch.outer(torch.arange(size).float(), 1.0 / self._shape.rope_base**steps)
            self._turns = turns = torch.polar(torch.ones_like(angles), angles)[:, None]
        return turns


def multiplication(weight: Weight) -> Product:
    """x (n, in) → x Wᵀ (n, out)."""
    values = weight.values

    def multiply(x: Tensor) -> Tensor:
        return functional.linear(x, values)

    return multiply


def _plain(name: str, weight: Weight) -> Product:
    return multiplication(weight)
