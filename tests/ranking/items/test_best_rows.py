"""The best rows: the beginning of a stable sort."""

from __future__ import annotations

import numpy as np
import pytest

from bot.ranking.items.best_rows import best_rows


@pytest.mark.parametrize("count", [0, 1, 10, 50_000])
@pytest.mark.parametrize("k", [0, 1, 9, 200])
def test_the_best_rows_are_those_of_a_stable_sort(count: int, k: int) -> None:
    # Of few values, so that there are many equals at the end.
    scores = np.random.default_rng(count).integers(0, 40, count).astype(np.float32)
    assert best_rows(scores, k).tolist() == np.argsort(-scores, kind="stable")[:k].tolist()


def test_the_best_rows_hold_though_the_best_stand_together() -> None:
    scores = np.zeros(100_000, dtype=np.float32)
    scores[70_000:70_300] = np.arange(300)
    assert best_rows(scores, 300).tolist() == [*range(70_299, 70_000, -1), 0]


def test_what_is_no_number_comes_last() -> None:
    scores = np.full(50_000, np.nan, dtype=np.float32)
    scores[[5, 40_000]] = [1.0, 2.0]
    assert best_rows(scores, 3).tolist() == [40_000, 5, 0]
