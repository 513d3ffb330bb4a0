"""Single precision to half and back, by the runtime: NumPy takes twenty times as long.

Owns the two smallest of graphs, one ``Cast`` each. They stand here as bytes, since the library that
writes graphs takes longer to import than a conversation's keys and values to convert. What they
write to is given, because memory that is fresh costs several times the conversion.
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


def convert(values: NDArray[Any], out: NDArray[Any]) -> None:
    """Write `values` to `out`, of the other precision and the same shape.

    Raises ValueError unless both lie in one piece, one in half precision and one in single.
    """
    if values.shape != out.shape or {values.dtype, out.dtype} != set(GRAPHS):
        raise ValueError(
            f"expected one shape, in half and in single precision; found {values.dtype} "
            f"{values.shape} and {out.dtype} {out.shape}"
        )
    if not (values.flags.c_contiguous and out.flags.c_contiguous):
        raise ValueError("expected arrays that lie in one piece")
    if not values.size:
        return
    session = _session(out.dtype)
    binding = session.io_binding()
    for bind, name, array in ((binding.bind_input, "x", values), (binding.bind_output, "y", out)):
        bind(name, "cpu", 0, array.dtype.type, (array.size,), array.ctypes.data)
    session.run_with_iobinding(binding)


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
