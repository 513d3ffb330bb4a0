"""The rows of the largest of many scores, without sorting all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
SAMPLE = 16_384
"""Scores from which the cut for a short list is judged."""


def best_rows(scores: NDArray[np.floating[Any]], k: int) -> Rows:
    """Rows of the `k` largest of `scores` (n,), best first, of equals the earlier first.

    The same as the beginning of a stable sort of all, of which most are looked at only once: a
    sample tells of a cut that somewhat more than `k` of them pass.
    """
    count = len(scores)
    if 0 < k < count:
        sample = scores[:: max(count // SAMPLE, 1)]
        passing = min(int(1.5 * k * len(sample) / count) + 8, len(sample))
        cut = np.partition(sample, len(sample) - passing)[len(sample) - passing]
        found = np.flatnonzero(scores >= cut)
        if len(found) >= k:
            last = np.partition(scores[found], len(found) - k)[len(found) - k]
            found = found[scores[found] >= last]
            return np.asarray(found[np.argsort(-scores[found], kind="stable")[:k]])
    # All of them; or an unlucky sample, or scores that are no numbers.
    return np.argsort(-scores, kind="stable")[: max(k, 0)]
