"""Single precision to half and back by the runtime, as NumPy does it."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper

from adapters.halves import GRAPHS, to_half, to_single


@pytest.mark.parametrize("shape", [(0,), (1,), (2, 3, 5), (4, 0, 2)])
def test_shapes_and_values_are_those_of_numpy(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).normal(size=shape, scale=100).astype(np.float32)
    np.testing.assert_array_equal(to_half(values), values.astype(np.float16), strict=True)
    halves = values.astype(np.float16)
    np.testing.assert_array_equal(to_single(halves), halves.astype(np.float32), strict=True)


def test_a_part_of_an_array_is_converted_alone() -> None:
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    np.testing.assert_array_equal(to_half(values[:, :, :3]), values[:, :, :3].astype("f2"))


def test_every_half_comes_back_as_it_was() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    halves = halves[~np.isnan(halves)]
    back = to_half(to_single(halves))
    np.testing.assert_array_equal(back.view(np.uint16), halves.view(np.uint16))


@pytest.mark.parametrize(
    ("to", "start", "end"),
    [(np.float16, TensorProto.FLOAT, TensorProto.FLOAT16),
     (np.float32, TensorProto.FLOAT16, TensorProto.FLOAT)],
)  # fmt: skip
def test_the_bytes_are_the_graph_they_are_said_to_be(to: type, start: int, end: int) -> None:
    graph = helper.make_graph(
        [helper.make_node("Cast", ["x"], ["y"], to=end)],
        "cast",
        [helper.make_tensor_value_info("x", start, ["n"])],
        [helper.make_tensor_value_info("y", end, ["n"])],
    )
    opset = [helper.make_opsetid("", 21)]
    expected = helper.make_model(graph, opset_imports=opset, ir_version=10)
    assert ModelProto.FromString(GRAPHS[np.dtype(to)]) == expected
