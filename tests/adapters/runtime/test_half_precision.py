"""Single precision to half and back by the runtime, as NumPy does it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

from adapters.runtime.half_precision import GRAPHS, convert


def converted(values: NDArray[np.floating], to: type[np.floating]) -> NDArray[np.floating]:
    out: NDArray[np.floating] = np.empty(values.shape, to)
    convert(values, out)
    return out


@pytest.mark.parametrize("shape", [(0,), (1,), (2, 3, 5), (4, 0, 2)])
def test_values_are_those_of_numpy(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).normal(size=shape, scale=100).astype(np.float32)
    halves = values.astype(np.float16)
    np.testing.assert_array_equal(converted(values, np.float16), halves, strict=True)
    expected = halves.astype(np.float32)
    np.testing.assert_array_equal(converted(halves, np.float32), expected, strict=True)


def test_it_writes_to_a_part_that_lies_in_one_piece_and_to_nothing_else() -> None:
    values, out = np.arange(6, dtype=np.float32), np.full(10, 7, np.float16)
    convert(values.reshape(2, 3), out[2:8].reshape(2, 3))
    assert out.tolist() == [7, 7, 0, 1, 2, 3, 4, 5, 7, 7]


@pytest.mark.parametrize(
    ("values", "out"),
    [
        (np.zeros(3, np.float32), np.zeros(4, np.float16)),
        (np.zeros(3, np.float32), np.zeros(3, np.float32)),
        (np.zeros(3, np.float64), np.zeros(3, np.float16)),
        (np.zeros((4, 6), np.float32)[:, :3], np.zeros((4, 3), np.float16)),
        (np.zeros((4, 3), np.float32), np.zeros((4, 6), np.float16)[:, :3]),
    ],
)
def test_what_cannot_be_converted_where_it_lies_is_refused(
    values: NDArray[np.floating], out: NDArray[np.floating]
) -> None:
    with pytest.raises(ValueError, match="expected"):
        convert(values, out)


def test_every_half_comes_back_as_it_was() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    halves = halves[~np.isnan(halves)]
    back = converted(converted(halves, np.float32), np.float16)
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
