"""Running a Llama with little between the matrix products: a `Decoder` for two cores.

Owns the forward pass over the layout of `llama_weights` and a key-value cache that grows in place.
Weights in int8 go through torch's FBGEMM kernels, activations quantised on the fly, each token with
its own scale; float32 weights give transformers' own numbers. Tokens that the model writes itself,
a few at a time, go through a `StepSession` where there is one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor
from torch.nn import functional

from adapters.llama_weights import LlamaShape, LlamaWeights, Weight
from adapters.step_session import MOST_TOKENS, StepSession

GROWTH = 128
"""Caches grow by at least this many tokens at a time."""

ACTIVATION_STEPS, ACTIVATION_ZERO = 63, 64
"""Activations take seven bits, 1 to 127: two products of eight would overflow AVX2's sums."""

Product = Callable[[Tensor], Tensor]


class LeanKeyValues:
    """Keys and values in one buffer (layers, 2, key heads, capacity, head), used up to `length`.

    Those that are `halved` rest in half precision; what was read fits it without a loss.
    """

    def __init__(self, shape: LlamaShape, capacity: int = 0, *, halved: bool = False):
        self.length = 0
        self.halved = halved
        self.buffer = torch.empty(shape.layers, 2, shape.key_heads, capacity, shape.head)
        self.lent: Any = None  # what a `StepSession` keeps with the buffer

    @property
    def nbytes(self) -> int:
        return self.buffer.nbytes

    def reserve(self, length: int) -> None:
        """Make room for `length` tokens."""
        resting = self.buffer.dtype is torch.float16
        capacity = self.length if resting else self.buffer.shape[3]
        if length <= capacity and not resting:
            return
        grown = max(length, capacity + max(GROWTH, capacity // 4))
        layers, two, heads, _, head = self.buffer.shape
        buffer = torch.empty(layers, two, heads, grown, head)
        buffer[:, :, :, : self.length] = self.buffer[:, :, :, : self.length]
        self.buffer, self.lent = buffer, None

    def crop(self, length: int) -> None:
        self.length = min(self.length, length)

    def copy(self, length: int) -> Self:
        twin = object.__new__(type(self))
        twin.length, twin.lent, twin.halved = length, None, self.halved
        layers, two, heads, _, head = self.buffer.shape
        twin.buffer = torch.empty(layers, two, heads, length + GROWTH, head)
        twin.buffer[:, :, :, :length] = self.buffer[:, :, :, :length]
        return twin

    def rest(self) -> None:
        if self.halved and self.buffer.dtype is not torch.float16:
            self.buffer, self.lent = self.buffer[:, :, :, : self.length].half(), None


class _Layer(NamedTuple):
    """The four products of a layer, and the weights of its two norms."""

    qkv: Product
    out: Product
    gate_up: Product
    down: Product
    before_qkv: Tensor
    before_gate_up: Tensor


class LeanLlama:
    """A `Decoder` over laid-out weights, on the CPU.

    `product` makes the multiplication by a named matrix; another one may watch or replace it.
    `steps` runs the same model for tokens being written, and its output layer.
    """

    def __init__(
        self,
        weights: LlamaWeights,
        *,
        product: Callable[[str, Weight], Product] | None = None,
        steps: StepSession | None = None,
    ):
        shape, make = weights.shape, product or multiplication
        self.hidden_size = shape.hidden
        self.vocabulary_size = shape.vocabulary
        self._shape = shape
        self._embedding = weights.matrices["embedding"]
        self._output = weights.matrices.get("output", self._embedding)
        self._final = weights.norms["final"]
        self._before_output = weights.norms.get("output")
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
        self._steps = steps
        # Eight bits lose far more than halving keys and values does.
        self._halved = self._embedding.scales is not None
        # Either takes memory, so there is one of them.
        self._head = make("output", self._output) if steps is None else steps.logits
        self._turns = torch.empty(0, 1, shape.head // 2, dtype=torch.complex64)

    def new_cache(self) -> LeanKeyValues:
        return LeanKeyValues(self._shape, halved=self._halved)

    @torch.inference_mode()
    def extend(
        self,
        cache: LeanKeyValues,
        tokens: Sequence[int],
        *,
        positions: Tensor | None = None,
        visible: Tensor | None = None,
        writing: bool = False,
    ) -> Tensor:
        shape, n, start = self._shape, len(tokens), cache.length
        end = start + n
        cache.reserve(end)
        few = writing and n <= MOST_TOKENS and positions is None and visible is None
        if few and self._steps is not None:
            return self._steps.extend(cache, self._embedding.rows(torch.tensor(tokens)))
        if positions is None:
            positions = torch.arange(start, end)
        turns = self._rotations(int(positions.max()) + 1)[positions]
        mask = None
        if visible is None and n > 1:
            visible = torch.ones(n, end, dtype=torch.bool).tril_(start)
        if visible is not None:
            mask = torch.zeros(n, end).masked_fill_(~visible, float("-inf"))
        rotated = shape.heads + shape.key_heads
        hidden = self._embedding.rows(torch.tensor(tokens))
        norm, size, epsilon = functional.rms_norm, (shape.hidden,), shape.epsilon
        for layer, kept in zip(self._layers, cache.buffer, strict=True):
            heads = layer.qkv(norm(hidden, size, layer.before_qkv, epsilon))
            heads = heads.view(n, -1, shape.head)
            pairs = heads[:, :rotated].reshape(n, rotated, -1, 2)
            turned = torch.view_as_real(torch.view_as_complex(pairs) * turns).flatten(2)
            keys, values = turned[:, shape.heads :], heads[:, rotated:]
            if self._halved:
                keys, values = keys.half(), values.half()
            kept[0, :, start:end] = keys.transpose(0, 1)
            kept[1, :, start:end] = values.transpose(0, 1)
            # (key heads, group x tokens, head): the queries of a group share their keys.
            queries = (
                turned[:, : shape.heads].transpose(0, 1).reshape(shape.key_heads, -1, shape.head)
            )
            scores = torch.bmm(queries * self._scale, kept[0, :, :end].transpose(1, 2))
            if mask is not None:
                scores = (scores.view(shape.heads, n, end) + mask).view(shape.key_heads, -1, end)
            mixed = torch.bmm(torch.softmax(scores, dim=-1), kept[1, :, :end])
            mixed = mixed.view(shape.heads, n, shape.head).transpose(0, 1).reshape(n, -1)
            hidden = hidden + layer.out(mixed)
            inner = layer.gate_up(norm(hidden, size, layer.before_gate_up, epsilon))
            gate = functional.silu(inner[:, : shape.inner])
            hidden = hidden + layer.down(gate.mul_(inner[:, shape.inner :]))
        cache.length = end
        return norm(hidden, size, self._final, epsilon)

    @torch.inference_mode()
    def logits(self, hidden: Tensor, rows: Tensor | None = None) -> Tensor:
        smoothed = hidden if self._before_output is None else hidden * self._before_output
        if rows is None:
            return self._head(smoothed if self._steps is None else hidden)
        return functional.linear(smoothed, self._output.rows(rows))

    def _rotations(self, length: int) -> Tensor:
        """Rotations of each position (positions, 1, head / 2), complex of modulus 1."""
        turns = self._turns  # another thread may replace it by a shorter one
        if len(turns) < length:
            size = max(length, 2 * len(turns), 512)
            steps = torch.arange(0, self._shape.head, 2, dtype=torch.float32) / self._shape.head
            angles = torch.outer(torch.arange(size).float(), 1.0 / self._shape.rope_base**steps)
            self._turns = turns = torch.polar(torch.ones_like(angles), angles)[:, None]
        return turns


def multiplication(name: str, weight: Weight) -> Product:
    """x (n, in) → x Wᵀ (n, out), by the kernels for the weight's kind."""
    if weight.scales is None:
        dense = weight.values

        def multiply(x: Tensor) -> Tensor:
            return functional.linear(x, dense)

        return multiply
    packed = _packed(weight)

    kernel = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32

    def multiply_quantised(x: Tensor) -> Tensor:
        # Rows are made equally large before, so that each has its own scale and comes out the
        # same in whatever company: cached or not, a text gets the same numbers.
        largest = x.abs().amax(dim=1, keepdim=True).clamp_(min=1e-12)
        product: Tensor = kernel(x / largest, 1.0 / ACTIVATION_STEPS, ACTIVATION_ZERO, packed)
        return product.mul_(largest)

    return multiply_quantised


def _packed(weight: Weight) -> Any:
    assert weight.scales is not None
    zeros = torch.zeros(len(weight.scales), dtype=torch.long)
    with warnings.catch_warnings():
        # torch means to drop this way of making int8 tensors; the releases we allow have it.
        warnings.simplefilter("ignore")
        tensor = torch._make_per_channel_quantized_tensor(
            weight.values, weight.scales.double(), zeros, 0
        )
        return torch.ops.quantized.linear_prepack(tensor, None)
