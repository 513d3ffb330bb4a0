"""Single precision to half and back, by the runtime: NumPy takes twenty times as long.

Owns the two smallest of graphs, one ``Cast`` each. They stand here as bytes, since the library that
writes graphs takes longer to import than a conversation's keys and values to convert.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

GRAPHS = {
    np.dtype(np.float16): bytes.fromhex(
        "080a3a430a170a01781201792204436173742a090a02746f180aa001021204636173745a100a0178"
        "120b0a09080112050a0312016e62100a0179120b0a09080a12050a0312016e42040a001015"
    ),
    np.dtype(np.float32): bytes.fromhex(
        "080a3a430a170a01781201792204436173742a090a02746f1801a001021204636173745a100a0178"
        "120b0a09080a12050a0312016e62100a0179120b0a09080112050a0312016e42040a001015"
    ),
}
"""What a type is cast to → the graph: ``x`` (n,) of the other type to ``y`` (n,)."""


def to_half(values: NDArray[np.float32]) -> NDArray[np.float16]:
    """`values` rounded to half precision, of any shape."""
    return _cast(values, np.dtype(np.float16))


def to_single(values: NDArray[np.float16]) -> NDArray[np.float32]:
    """`values` in single precision, of any shape."""
    return _cast(values, np.dtype(np.float32))


def _cast(values: NDArray[Any], to: np.dtype[Any]) -> NDArray[Any]:
    if not values.size:
        return values.astype(to)
    found: NDArray[Any]
    (found,) = _session(to).run(None, {"x": np.ascontiguousarray(values).ravel()})
    return found.reshape(values.shape)


@cache
def _session(to: np.dtype[Any]) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Others compute meanwhile; and lengths differ, so that no pattern of memory comes again.
    options.intra_op_num_threads = 1
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(GRAPHS[to], options, providers=["CPUExecutionProvider"])
