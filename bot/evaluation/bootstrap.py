"""95% intervals by resampling whole dialogues, for one ranker and for the difference of two.

Efron and Tibshirani 1993, percentile intervals. Queries of one dialogue are not independent, so
a resample draws dialogues and takes all their queries.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.evaluation.metrics import Numbers, Tally

RESAMPLES = 2000
LEVEL = 0.95
_CHUNK = 200  # resamples at once, to bound memory


@dataclass(frozen=True, slots=True)
class Difference:
    """One ranker's metric minus another's on the same queries, with its interval."""

    value: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether the interval leaves out no difference."""
        return self.low > 0 or self.high < 0


def intervals(
    counted: Tally, clusters: Sequence[Hashable], *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Each metric's (low, high); `clusters` names the dialogue of each query."""
    low, high = _bounds(_resample(counted, clusters, resamples, seed))
    return {
        name: (float(low[place]), float(high[place])) for place, name in enumerate(counted.names)
    }


def differences(
    one: Tally,
    other: Tally,
    clusters: Sequence[Hashable],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Mapping[str, Difference]:
    """`one` minus `other`, both on the same queries, resampled together (a paired bootstrap).

    Only metrics that both have are compared.
    """
    names = [name for name in one.names if name in other.names]
    first, second = _only(one, names), _only(other, names)
    # The same seed draws the same dialogues for both.
    gaps = _resample(first, clusters, resamples, seed) - _resample(
        second, clusters, resamples, seed
    )
    low, high = _bounds(gaps)
    ours, theirs = first.means(), second.means()
    return {
        name: Difference(ours[name] - theirs[name], float(low[place]), float(high[place]))
        for place, name in enumerate(names)
    }


def mean_interval(
    values: Sequence[float], *, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """The interval of a plain mean of independent values; (0, 0) for none."""
    if not len(values):
        return 0.0, 0.0
    column = np.asarray(values, dtype=np.float64)[:, None]
    counted = Tally(("mean",), column, np.ones_like(column))
    return intervals(counted, range(len(values)), resamples=resamples, seed=seed)["mean"]


def _resample(
    counted: Tally, clusters: Sequence[Hashable], resamples: int, seed: int
) -> NDArray[np.float64]:
    """The metrics of each resample, (resamples, metrics)."""
    numbers: dict[Hashable, int] = {}
    of_query = np.array([numbers.setdefault(each, len(numbers)) for each in clusters], dtype=int)
    if not numbers:
        return np.zeros((1, len(counted.names)))
    above = _sum_by(counted.numerators, of_query, len(numbers))
    below = _sum_by(counted.denominators, of_query, len(numbers))
    random = np.random.default_rng(seed)
    chances = np.full(len(numbers), 1.0 / len(numbers))
    parts = []
    for start in range(0, resamples, _CHUNK):
        size = min(_CHUNK, resamples - start)
        drawn = random.multinomial(len(numbers), chances, size=size).astype(np.float64)
        bottom = drawn @ below
        parts.append(np.divide(drawn @ above, bottom, out=np.zeros_like(bottom), where=bottom > 0))
    return np.concatenate(parts)


def _sum_by(values: Numbers, group: NDArray[np.int64], groups: int) -> Numbers:
    sums = np.zeros((groups, values.shape[1]))
    np.add.at(sums, group, values)
    return sums


def _bounds(samples: Numbers) -> tuple[Numbers, Numbers]:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(samples, [tail, 1 - tail], axis=0)
    return low, high


def _only(counted: Tally, names: Sequence[str]) -> Tally:
    places = [counted.names.index(name) for name in names]
    return Tally(tuple(names), counted.numerators[:, places], counted.denominators[:, places])
