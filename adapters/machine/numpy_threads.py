"""NumPy's own threads, which a server is better off without.

OpenBLAS spreads a product over all cores, and its threads wait for the next one actively: a tenth
of a second of processor time a turn, which nobody else gets. The model's products have threads of
their own; a ranking's are small.
"""

from __future__ import annotations

import os
import sys

VARIABLE = "OPENBLAS_NUM_THREADS"


def keep_to_one_thread() -> bool:
    """Let NumPy compute in the calling thread; False where it is loaded, and so too late.

    A number that the environment gives already stays.
    """
    if "numpy" in sys.modules:
        return False
    os.environ.setdefault(VARIABLE, "1")
    return True
