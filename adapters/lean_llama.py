"""Running a Llama with little between the matrix products: a `Decoder` for two cores.

Owns the forward pass over the layout of `llama_weights` and a key-value cache that grows in place.
Weights in int8 go through torch's FBGEMM kernels, which quantise activations on the fly, one scale
for all tokens of a call; float32 weights give transformers' own numbers.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Self

import torch
from torch import Tensor
from torch.nn import functional

from adapters.llama_weights import LlamaShape, LlamaWeights, Weight

GROWTH = 128
"""Caches grow by at least this many tokens at a time."""

Product = Callable[[Tensor], Tensor]


class LeanKeyValues:
    """Keys and values in one buffer (layers, 2, key heads, capacity, head), used up to `length`."""

    def __init__(self, shape: LlamaShape, capacity: int = 0):
        self.length = 0
        self.buffer = torch.empty(shape.layers, 2, shape.key_heads, capacity, shape.head)

    @property
    def nbytes(self) -> int:
        return self.buffer.nbytes

    def reserve(self, length: int) -> None:
        """Make room for `length` tokens."""
        capacity = self.buffer.shape[3]
        if length <= capacity:
            return
        grown = max(length, capacity + max(GROWTH, capacity // 4))
        layers, two, heads, _, head = self.buffer.shape
        buffer = torch.empty(layers, two, heads, grown, head)
        buffer[:, :, :, : self.length] = self.buffer[:, :, :, : self.length]
        self.buffer = buffer

    def crop(self, length: int) -> None:
        self.length = min(self.length, length)

    def copy(self, length: int) -> Self:
        twin = object.__new__(type(self))
        twin.length = length
        layers, two, heads, _, head = self.buffer.shape
        twin.buffer = torch.empty(layers, two, heads, length + GROWTH, head)
        twin.buffer[:, :, :, :length] = self.buffer[:, :, :, :length]
        return twin


class LeanLlama:
    """A `Decoder` over laid-out weights, on the CPU."""

    def __init__(self, weights: LlamaWeights):
        shape = weights.shape
        self.hidden_size = shape.hidden
        self.vocabulary_size = shape.vocabulary
        self._shape = shape
        self._embedding = weights.matrices["embedding"]
        self._output = weights.matrices.get("output", self._embedding)
        self._norm = weights.norm
        self._scale = shape.head**-0.5
        with warnings.catch_warnings():
            # torch means to drop this way of packing int8 weights; the pinned release has it.
            warnings.simplefilter("ignore")
            self._layers = [
                tuple(
                    _product(weights.matrices[f"{number}.{name}"])
                    for name in ("qkv", "out", "gate_up", "down")
                )
                for number in range(shape.layers)
            ]
            self._head = _product(self._output)
        self._turns = torch.empty(0, 1, shape.head // 2, dtype=torch.complex64)

    def new_cache(self) -> LeanKeyValues:
        return LeanKeyValues(self._shape)

    @torch.inference_mode()
    def extend(
        self,
        cache: LeanKeyValues,
        tokens: Sequence[int],
        *,
        positions: Tensor | None = None,
        visible: Tensor | None = None,
    ) -> Tensor:
        shape, n, start = self._shape, len(tokens), cache.length
        end = start + n
        cache.reserve(end)
        if positions is None:
            positions = torch.arange(start, end)
        turns = self._rotations(int(positions.max()) + 1)[positions]
        mask = None
        if visible is None and n > 1:
            visible = torch.ones(n, end, dtype=torch.bool).tril_(start)
        if visible is not None:
            mask = torch.zeros(n, end).masked_fill_(~visible, float("-inf"))
        rotated = shape.heads + shape.key_heads
        hidden = self._embed(torch.tensor(tokens))
        norm, size, epsilon = functional.rms_norm, (shape.hidden,), shape.epsilon
        for (qkv, out, gate_up, down), kept in zip(self._layers, cache.buffer, strict=True):
            heads = qkv(norm(hidden, size, eps=epsilon)).view(n, -1, shape.head)
            pairs = heads[:, :rotated].reshape(n, rotated, -1, 2)
            turned = torch.view_as_real(torch.view_as_complex(pairs) * turns).flatten(2)
            kept[0, :, start:end] = turned[:, shape.heads :].transpose(0, 1)
            kept[1, :, start:end] = heads[:, rotated:].transpose(0, 1)
            # (key heads, group x tokens, head): the queries of a group share their keys.
            queries = (
                turned[:, : shape.heads].transpose(0, 1).reshape(shape.key_heads, -1, shape.head)
            )
            scores = torch.bmm(queries * self._scale, kept[0, :, :end].transpose(1, 2))
            if mask is not None:
                scores = (scores.view(shape.heads, n, end) + mask).view(shape.key_heads, -1, end)
            mixed = torch.bmm(torch.softmax(scores, dim=-1), kept[1, :, :end])
            mixed = mixed.view(shape.heads, n, shape.head).transpose(0, 1).reshape(n, -1)
            hidden = hidden + out(mixed)
            inner = gate_up(norm(hidden, size, eps=epsilon))
            gate = functional.silu(inner[:, : shape.inner])
            hidden = hidden + down(gate.mul_(inner[:, shape.inner :]))
        cache.length = end
        return norm(hidden, size, self._norm, epsilon)

    @torch.inference_mode()
    def logits(self, hidden: Tensor, rows: Tensor | None = None) -> Tensor:
        if rows is None:
            return self._head(hidden)
        chosen = Weight(
            self._output.values[rows],
            None if self._output.scales is None else self._output.scales[rows],
        )
        return functional.linear(hidden, chosen.dense)

    def _embed(self, tokens: Tensor) -> Tensor:
        values, scales = self._embedding.values[tokens], self._embedding.scales
        return values if scales is None else values.float() * scales[tokens][:, None]

    def _rotations(self, length: int) -> Tensor:
        """Rotations of each position (positions, 1, head / 2), complex of modulus 1."""
        if len(self._turns) < length:
            size = max(length, 2 * len(self._turns), 512)
            steps = torch.arange(0, self._shape.head, 2, dtype=torch.float32) / self._shape.head
            angles = torch.outer(torch.arange(size).float(), 1.0 / self._shape.rope_base**steps)
            self._turns = torch.polar(torch.ones_like(angles), angles)[:, None]
        return self._turns


def _product(weight: Weight) -> Product:
    """x (n, in) → x Wᵀ (n, out)."""
    if weight.scales is None:
        dense = weight.values

        def multiply(x: Tensor) -> Tensor:
            return functional.linear(x, dense)

        return multiply
    zeros = torch.zeros(len(weight.scales), dtype=torch.long)
    packed = torch.ops.quantized.linear_prepack(
        torch._make_per_channel_quantized_tensor(weight.values, weight.scales.double(), zeros, 0),
        None,
    )

    def multiply_quantised(x: Tensor) -> Tensor:
        # Seven bits for activations: two products of eight would overflow what AVX2 adds up.
        product: Tensor = torch.ops.quantized.linear_dynamic(x, packed, reduce_range=True)
        return product

    return multiply_quantised
