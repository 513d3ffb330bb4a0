"""A laid-out Llama as graphs for ONNX Runtime: a few tokens at a time, in eight bits by blocks.

Owns building the graphs and their files; leaves running them to `step_session`. Weights get a scale
for every `BLOCK` of a row, and so do activations inside the kernel, which needs no smoothing and
stays closer to single precision than one scale a row does. One graph takes a token through all
layers, so that nothing is left between the products; keys and values are read and written where
they lie. Another is the output layer. Reading a long text is left to other kernels, which are
faster at many rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.llama_weights import LlamaShape, LlamaWeights

BLOCK = 32
"""Weights to a scale; also what the kernels quantise activations by."""
MIDDLE, LARGEST = 128, 127
HEAD_STEP = 16
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


def can_step(shape: LlamaShape) -> bool:
    """Whether the runtime's attention takes heads of this size."""
    return shape.head % HEAD_STEP == 0


class _Graph:
    """Nodes and constants as they are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, kind: str, inputs: Sequence[str], outputs: Sequence[str], **settings: Any) -> str:
        """Add a node; the name of its first output."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, list(inputs), list(outputs), **settings))
        return outputs[0]

    def product(self, x: str, name: str, weights: LlamaWeights) -> str:
        """x Wᵀ by the matrix `name`, which is in single precision."""
        values = weights.matrices[name].values.numpy()
        quantised, scales = blocks(values)
        inputs = (
            x,
            self.constant(f"{name}.blocks", quantised),
            self.constant(f"{name}.scales", scales),
        )
        return self.add(
            "MatMulNBits",
            inputs,
            [f"{name}.product"],
            domain=OWN,
            K=values.shape[1],
            N=values.shape[0],
            bits=8,
            block_size=BLOCK,
            accuracy_level=EIGHT_BIT_SUMS,
        )

    def model(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
        from onnx import helper

        graph = helper.make_graph(self.nodes, "step", inputs, outputs, self.constants)
        versions = [helper.make_opsetid("", OPERATORS), helper.make_opsetid(OWN, OWN_OPERATORS)]
        return helper.make_model(graph, opset_imports=versions, ir_version=FORMAT)


def save_step(weights: LlamaWeights, file: Path) -> None:
    """Write the graph of all layers, its weights in a file beside it that is mapped when loading.

    Inputs: ``hidden`` (1, n, hidden), the embedded tokens; ``last`` (1,), the place of the last of
    them; ``length``, one more; and for each layer ``<layer>.keys`` and ``<layer>.values`` (1, key
    heads, capacity, head). Outputs: ``state`` (1, n, hidden), normed; keys and values again, as
    ``<layer>.keys.next``, which may be the same memory.
    """
    import onnx
    from onnx import TensorProto, helper

    shape, graph = weights.shape, _Graph()
    floats, whole = TensorProto.FLOAT, TensorProto.INT32
    kept: list[str | int | None] = [1, shape.key_heads, "capacity", shape.head]
    states: list[str | int | None] = [1, "n", shape.hidden]
    inputs = [
        helper.make_tensor_value_info("hidden", floats, states),
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
        inputs += [helper.make_tensor_value_info(name, floats, kept) for name in names]
        outputs += [helper.make_tensor_value_info(name, floats, kept) for name in later]
        heads = graph.product(normed, f"{layer}.qkv", weights)
        mixed = graph.add(
            "GroupQueryAttention",
            [heads, "", "", *names, "last", "length", "cosines", "sines"],
            [f"{layer}.mixed", *later],
            domain=OWN,
            num_heads=shape.heads,
            kv_num_heads=shape.key_heads,
            do_rotary=1,
            rotary_interleaved=1,
            scale=shape.head**-0.5,
        )
        attended = graph.product(mixed, f"{layer}.out", weights)
        normed, hidden = _added(graph, weights, hidden, attended, f"{layer}.gate_up")
        inner = graph.product(normed, f"{layer}.gate_up", weights)
        halves = [f"{layer}.gate", f"{layer}.up"]
        graph.add("Split", [inner], halves, axis=-1, num_outputs=2)
        # x sigmoid(x), which is QuickGelu without its factor.
        gate = graph.add("QuickGelu", [halves[0]], [f"{layer}.open"], domain=OWN, alpha=1.0)
        gated = graph.add("Mul", [gate, halves[1]], [f"{layer}.gated"])
        block = graph.product(gated, f"{layer}.down", weights)
        last = layer == shape.layers - 1
        following = "final" if last else f"{layer + 1}.qkv"
        normed, hidden = _added(graph, weights, hidden, block, following)
    graph.add("Identity", [normed], ["state"])
    onnx.save_model(
        graph.model(inputs, outputs),
        str(file),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=data_file(file).name,
        size_threshold=1024,
    )


def save_output(weights: LlamaWeights, file: Path) -> None:
    """Write the graph of the output layer: ``hidden`` (n, hidden) to ``logits`` (n, vocabulary)."""
    import onnx
    from onnx import TensorProto, helper

    shape, graph = weights.shape, _Graph()
    name = "output" if "output" in weights.matrices else "embedding"
    graph.add("Identity", [graph.product("hidden", name, weights)], ["logits"])
    floats = TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info("hidden", floats, ["n", shape.hidden])]
    outputs = [helper.make_tensor_value_info("logits", floats, ["n", shape.vocabulary])]
    onnx.save_model(
        graph.model(inputs, outputs),
        str(file),
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=data_file(file).name,
        size_threshold=1024,
    )


def data_file(graph: Path) -> Path:
    """Where a graph's weights lie."""
    return graph.with_suffix(".data")


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
