"""A laid-out Llama as graphs for ONNX Runtime, its layers' matrices and activations in eight bits.

Owns building the graphs and their files; leaves running them to `graph_decoder` and the eight bits
to `quantisation`. One graph takes any number of tokens through all layers, so that nothing is left
between the products; keys and values are read and written where they lie. Each token's activations
have a scale of their own, so that it comes out the same in whatever company. Another graph is the
output layer, whose weights have a scale for every `BLOCK` of a row, and so have activations inside
its kernel: hidden states are handed out as they are, with nothing before to smooth them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.runtime.cached_graphs import data_file
from adapters.runtime.llama_shape import LlamaShape
from adapters.runtime.llama_weights import LlamaWeights, Weight

MIDDLE, LARGEST = 128, 127
"""Eight bits stand for -127 to 127, kept as 1 to 255.

Unsigned, weights too: AVX2's kernel for a signed matrix adds pairs of products in 16 bits, which
two of eight bits overflow; the one for unsigned bytes has room, and is slower by a tenth to a
quarter.
"""
BLOCK = 32
"""Weights to a scale in the output layer; also what its kernel quantises activations by."""
REST = 0.5 / LARGEST
"""The largest rest of quantising 1."""
FINE_SHARE = 0.4
"""Of the layers, from the first on: what the others would win costs more than it brings."""
EIGHT_BIT_SUMS = 4
"""The accuracy level at which activations are quantised too; others compute in single precision."""
OPERATORS, OWN_OPERATORS, FORMAT = 21, 1, 10
OWN = "com.microsoft"


def blocks(values: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A matrix (out, in) as (bytes (out, blocks, BLOCK), scales (out, blocks)).

    The last block of a row is filled up with zeros.
    """
    out, width = values.shape
    padded = np.pad(values, ((0, 0), (0, -width % BLOCK)))
    cut = padded.reshape(out, -1, BLOCK)
    scales = np.maximum(np.abs(cut).max(axis=2) / LARGEST, 1e-12).astype(np.float32)
    whole = np.rint(cut / scales[:, :, None]) + MIDDLE
    return whole.astype(np.uint8), scales


def is_fine(layer: int, layers: int) -> bool:
    """Whether what goes into this layer's down projection has sixteen bits.

    Nothing else is as uneven; early errors go through all layers after, and late ones go out.
    """
    return layer < FINE_SHARE * layers or layer >= layers - 2


class _Graph:
    """Nodes and constants as they are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def constant(self, name: str, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def add(self, kind: str, inputs: Sequence[str], outputs: Sequence[str], **settings: Any) -> str:
        """Add a node; the name of its first output."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, list(inputs), list(outputs), **settings))
        return outputs[0]

    def product(self, x: str, name: str, weight: Weight, *, fine: bool = False) -> str:
        """x Wᵀ by a matrix in int8, each row of x quantised by its own largest value.

        When `fine`, what that leaves of a row is quantised again, and multiplied as a row of its
        own: sixteen bits of activations for twice the products.
        """
        assert weight.scales is not None
        step, zero = self.constant("step", np.array(1 / LARGEST, np.float32)), self._zero()
        rows = self.constant("rows", np.array([-1], np.int64))
        sizes = self.add("Abs", [x], [f"{name}.sizes"])
        top = self.add("ReduceMax", [sizes, rows], [f"{name}.top"], keepdims=1)
        largest = self.add(
            "Max", [top, self.constant("least", np.array(1e-12, np.float32))], [f"{name}.largest"]
        )
        unit = self.add("Div", [x, largest], [f"{name}.unit"])
        whole = self.add("QuantizeLinear", [unit, step, zero], [f"{name}.whole"])
        if fine:
            whole = self._with_rest(unit, whole, name)
        signed = weight.values.numpy().T
        matrix = self.constant(f"{name}.matrix", (signed.astype(np.int16) + MIDDLE).astype("u1"))
        scales = self.constant(f"{name}.scales", weight.scales.numpy().astype(np.float32))
        found = self.add(
            "MatMulIntegerToFloat",
            [whole, matrix, step, scales, zero, zero],
            [f"{name}.found"],
            domain=OWN,
        )
        if fine:
            found = self._with_rest_added(found, name)
        return self.add("Mul", [found, largest], [f"{name}.product"])

    def _zero(self) -> str:
        return self.constant("zero", np.array(MIDDLE, np.uint8))

    def _with_rest(self, unit: str, whole: str, name: str) -> str:
        """The quantised rows, and after them their rests, which are at most half a step."""
        step, zero = "step", self._zero()
        fine_step = self.constant("step.fine", np.array(REST / LARGEST, np.float32))
        coarse = self.add("DequantizeLinear", [whole, step, zero], [f"{name}.coarse"])
        rest = self.add("Sub", [unit, coarse], [f"{name}.rest"])
        small = self.add("QuantizeLinear", [rest, fine_step, zero], [f"{name}.small"])
        return self.add("Concat", [whole, small], [f"{name}.both"], axis=-2)

    def _with_rest_added(self, found: str, name: str) -> str:
        parts = [f"{name}.of_whole", f"{name}.of_rest"]
        self.add("Split", [found], parts, axis=-2, num_outputs=2)
        share = self.constant("rest", np.array(REST, np.float32))
        less = self.add("Mul", [parts[1], share], [f"{name}.less"])
        return self.add("Add", [parts[0], less], [f"{name}.sum"])

    def product_by_blocks(self, x: str, name: str, values: NDArray[np.float32]) -> str:
        """x Wᵀ by a matrix in single precision, made eight bits by blocks."""
        quantised, scales = blocks(values)
        return self.add(
            "MatMulNBits",
            [
                x,
                self.constant(f"{name}.blocks", quantised),
                self.constant(f"{name}.scales", scales),
            ],
            [f"{name}.product"],
            domain=OWN,
            K=values.shape[1],
            N=values.shape[0],
            bits=8,
            block_size=BLOCK,
            accuracy_level=EIGHT_BIT_SUMS,
        )

    def save(self, file: Path, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Write the graph, its weights in a file beside it that is mapped when loading."""
        import onnx
        from onnx import helper

        constants = list(self.constants.values())
        graph = helper.make_graph(self.nodes, file.stem, inputs, outputs, constants)
        versions = [helper.make_opsetid("", OPERATORS), helper.make_opsetid(OWN, OWN_OPERATORS)]
        onnx.save_model(
            helper.make_model(graph, opset_imports=versions, ir_version=FORMAT),
            str(file),
            save_as_external_data=True,
            all_tensors_to_one_file=True,
            location=data_file(file).name,
            size_threshold=1024,
        )


def save_layers(weights: LlamaWeights, file: Path) -> None:
    """Write the graph of all layers of `weights`, which are in int8.

    Inputs: ``hidden`` (1, n, hidden), the embedded tokens; ``places`` (1, n), their positions;
    ``bias`` (1, 1, n, length), added to attention scores; ``length``, the tokens in the caches and
    these, and ``last`` (1,), one less; for each layer ``<layer>.keys`` and ``<layer>.values`` (1,
    key heads, capacity, head). Outputs: ``state`` (1, n, hidden), normed; keys and values again,
    as ``<layer>.keys.next``, which may be the same memory. A token sees those before it only,
    whatever the bias says. New keys and values are rounded to half precision.
    """
    from onnx import TensorProto, helper

    shape, graph = weights.shape, _Graph()
    floats, whole = TensorProto.FLOAT, TensorProto.INT32
    cached: list[str | int | None] = [1, shape.key_heads, "capacity", shape.head]
    states: list[str | int | None] = [1, "n", shape.hidden]
    inputs = [
        helper.make_tensor_value_info("hidden", floats, states),
        helper.make_tensor_value_info("places", TensorProto.INT64, [1, "n"]),
        helper.make_tensor_value_info("bias", floats, [1, 1, "n", "length"]),
        helper.make_tensor_value_info("last", whole, [1]),
        helper.make_tensor_value_info("length", whole, []),
    ]
    outputs = [helper.make_tensor_value_info("state", floats, states)]
    _rotations(graph, shape)
    normed = graph.add(
        "SimplifiedLayerNormalization",
        ["hidden", graph.constant("0.qkv.norm", weights.norms["0.qkv"].numpy())],
        ["0.normed"],
        epsilon=shape.epsilon,
        axis=-1,
    )
    hidden = "hidden"
    for layer in range(shape.layers):
        names = [f"{layer}.keys", f"{layer}.values"]
        later = [f"{name}.next" for name in names]
        inputs += [helper.make_tensor_value_info(name, floats, cached) for name in names]
        outputs += [helper.make_tensor_value_info(name, floats, cached) for name in later]
        normed, hidden = _through_layer(graph, weights, layer, normed, hidden)
    graph.add("Identity", [normed], ["state"])
    graph.save(file, inputs, outputs)


def _through_layer(
    graph: _Graph, weights: LlamaWeights, layer: int, normed: str, hidden: str
) -> tuple[str, str]:
    """(normed, hidden) after a layer; `normed` is the hidden state as the layer takes it."""
    shape = weights.shape
    heads = _heads(graph, shape, layer, normed, weights.matrices[f"{layer}.qkv"])
    mixed = graph.add(
        "GroupQueryAttention",
        [heads, "", "", f"{layer}.keys", f"{layer}.values", "last", "length", "", "", "", "bias"],
        [f"{layer}.mixed", f"{layer}.keys.next", f"{layer}.values.next"],
        domain=OWN,
        num_heads=shape.heads,
        kv_num_heads=shape.key_heads,
        scale=shape.head**-0.5,
    )
    attended = graph.product(mixed, f"{layer}.out", weights.matrices[f"{layer}.out"])
    normed, hidden = _added(graph, weights, hidden, attended, f"{layer}.gate_up")
    inner = graph.product(normed, f"{layer}.gate_up", weights.matrices[f"{layer}.gate_up"])
    halves = [f"{layer}.gate", f"{layer}.up"]
    graph.add("Split", [inner], halves, axis=-1, num_outputs=2)
    # x sigmoid(x), which is QuickGelu without its factor.
    gate = graph.add("QuickGelu", [halves[0]], [f"{layer}.open"], domain=OWN, alpha=1.0)
    gated = graph.add("Mul", [gate, halves[1]], [f"{layer}.gated"])
    block = graph.product(
        gated,
        f"{layer}.down",
        weights.matrices[f"{layer}.down"],
        fine=is_fine(layer, shape.layers),
    )
    last = layer == shape.layers - 1
    following = "final" if last else f"{layer + 1}.qkv"
    return _added(graph, weights, hidden, block, following)


def save_output(weights: LlamaWeights, file: Path) -> None:
    """Write the graph of the output layer: ``hidden`` (n, hidden) to ``logits`` (n, vocabulary).

    These `weights` are in single precision.
    """
    from onnx import TensorProto, helper

    shape, graph = weights.shape, _Graph()
    matrix = weights.matrices.get("output", weights.matrices["embedding"])
    product = graph.product_by_blocks("hidden", "output", matrix.values.numpy())
    graph.add("Identity", [product], ["logits"])
    floats = TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info("hidden", floats, ["n", shape.hidden])]
    outputs = [helper.make_tensor_value_info("logits", floats, ["n", shape.vocabulary])]
    graph.save(file, inputs, outputs)


def _heads(graph: _Graph, shape: LlamaShape, layer: int, normed: str, weight: Weight) -> str:
    """Queries, keys and values side by side, the first two rotated, all rounded to half.

    So the same numbers are seen at once as later, when they have rested in half the memory.
    """
    from onnx import TensorProto

    heads = graph.product(normed, f"{layer}.qkv", weight)
    turning = (shape.heads + shape.key_heads) * shape.head
    sizes = np.array([turning, shape.key_heads * shape.head], np.int64)
    parts = [f"{layer}.turning", f"{layer}.still"]
    graph.add("Split", [heads, graph.constant("parts", sizes)], parts, axis=-1)
    turned = graph.add(
        "RotaryEmbedding",
        [parts[0], "places", "cosines", "sines"],
        [f"{layer}.turned"],
        domain=OWN,
        interleaved=1,
    )
    together = graph.add("Concat", [turned, parts[1]], [f"{layer}.together"], axis=-1)
    half = graph.add("Cast", [together], [f"{layer}.half"], to=TensorProto.FLOAT16)
    return graph.add("Cast", [half], [f"{layer}.heads"], to=TensorProto.FLOAT)


def _added(
    graph: _Graph, weights: LlamaWeights, hidden: str, more: str, norm: str
) -> tuple[str, str]:
    """(normed, hidden) after adding `more` to the hidden state."""
    normed, total = f"{norm}.normed", f"{norm}.hidden"
    graph.add(
        "SkipSimplifiedLayerNormalization",
        [hidden, more, graph.constant(f"{norm}.norm", weights.norms[norm].numpy())],
        [normed, "", "", total],
        domain=OWN,
        epsilon=weights.shape.epsilon,
    )
    return normed, total


def _rotations(graph: _Graph, shape: LlamaShape) -> None:
    steps = np.arange(0, shape.head, 2, dtype=np.float32) / np.float32(shape.head)
    angles = np.outer(np.arange(shape.window, dtype=np.float32), 1 / shape.rope_base**steps)
    graph.constant("cosines", np.cos(angles).astype(np.float32))
    graph.constant("sines", np.sin(angles).astype(np.float32))
