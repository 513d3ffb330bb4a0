"""Intervals hold dialogues together, and cover what they should."""

from __future__ import annotations

import numpy as np
import pytest

from bot.evaluation.bootstrap import differences, intervals, mean_interval
from bot.evaluation.metrics import Tally


def counted(values: np.ndarray) -> Tally:
    column = np.asarray(values, dtype=np.float64)[:, None]
    return Tally(("hit",), column, np.ones_like(column))


def test_the_interval_of_a_share_is_about_as_wide_as_theory_says() -> None:
    hits = counted(np.repeat([1.0, 0.0], [60, 340]))
    low, high = intervals(hits, range(400))["hit"]
    error = np.sqrt(0.15 * 0.85 / 400)
    assert low == pytest.approx(0.15 - 1.96 * error, abs=0.008)
    assert high == pytest.approx(0.15 + 1.96 * error, abs=0.008)


def test_queries_of_one_dialogue_are_drawn_together() -> None:
    hits = counted(np.tile(np.repeat([1.0, 0.0], [50, 50]), 4))
    apart = intervals(hits, range(400))["hit"]
    together = intervals(hits, list(range(100)) * 4)["hit"]
    assert together[1] - together[0] > 1.7 * (apart[1] - apart[0])


def test_a_seed_gives_the_same_interval_again() -> None:
    hits = counted(np.sqrt(np.arange(50)))
    assert intervals(hits, range(50), seed=3) == intervals(hits, range(50), seed=3)
    assert intervals(hits, range(50), seed=3) != intervals(hits, range(50), seed=4)


def test_a_paired_difference_is_surer_than_two_intervals_apart() -> None:
    random = np.random.default_rng(0)
    base = random.random(500) < 0.3
    better = base | (random.random(500) < 0.03)
    gap = differences(counted(better), counted(base), range(500))["hit"]
    assert gap.value == pytest.approx(better.mean() - base.mean())
    assert gap.certain
    assert gap.low > 0
    assert intervals(counted(base), range(500))["hit"][1] > better.mean()


def test_no_difference_is_not_certain() -> None:
    values = np.arange(100) % 4 == 0
    gap = differences(counted(values), counted(values[::-1]), range(100))["hit"]
    assert not gap.certain


def test_only_shared_metrics_are_compared() -> None:
    more = Tally(("hit", "new"), np.ones((3, 2)), np.ones((3, 2)))
    assert set(differences(more, counted(np.zeros(3)), range(3))) == {"hit"}


def test_a_metric_that_nothing_counts_for_is_zero() -> None:
    empty = Tally(("hit",), np.zeros((5, 1)), np.zeros((5, 1)))
    assert intervals(empty, range(5))["hit"] == (0.0, 0.0)


def test_the_mean_of_plain_values_has_an_interval_around_it() -> None:
    low, high = mean_interval([1.0, 2.0, 3.0, 4.0])
    assert low < 2.5 < high
    assert mean_interval([]) == (0.0, 0.0)
