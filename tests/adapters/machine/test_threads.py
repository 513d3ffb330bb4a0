"""One thread while the machine is busy, all of them otherwise."""

import os
from collections.abc import Iterator

import pytest
import torch

from adapters.machine.threads import LOOK_EVERY, LOOKS, RUNNABLE, ThreadBudget, machine_load


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_the_load_decides_and_is_looked_at_now_and_then() -> None:
    cores = os.cpu_count() or 1
    load, now = [0.0], [0.0]
    budget = ThreadBudget(load=lambda: load[0], clock=lambda: now[0])
    budget.apply()
    assert torch.get_num_threads() == 2
    load[0] = 4.0 * cores
    budget.apply()
    assert torch.get_num_threads() == 2
    now[0] += LOOK_EVERY
    budget.apply()
    assert torch.get_num_threads() == 1
    load[0] = 0.5
    for _ in range(LOOKS):
        now[0] += LOOK_EVERY
        budget.apply()
    assert torch.get_num_threads() == 2


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core leaves nothing to decide")
def test_one_look_alone_does_not_decide() -> None:
    cores = os.cpu_count() or 1
    load, now = [1.0], [0.0]
    budget = ThreadBudget(load=lambda: load[0], clock=lambda: now[0])
    for seen in (1.0, 1.0, 1.0, 1.0 + cores - 2 + 1.5):
        load[0], now[0] = seen, now[0] + LOOK_EVERY
        budget.apply()
        assert torch.get_num_threads() == 2


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core leaves nothing to decide")
def test_a_core_that_others_keep_busy_is_left_to_them() -> None:
    cores = os.cpu_count() or 1
    load, now = [1.0], [0.0]
    budget = ThreadBudget(load=lambda: load[0], clock=lambda: now[0])
    budget.apply()
    assert torch.get_num_threads() == 2
    load[0] = cores  # ours, and others on all cores but one
    for _ in range(LOOKS):
        now[0] += LOOK_EVERY
        budget.apply()
    assert torch.get_num_threads() == 1


def test_the_load_is_what_runs_now_the_caller_among_it() -> None:
    assert machine_load() >= (1.0 if RUNNABLE.exists() else 0.0)


def test_whoever_is_not_alone_gets_one_thread() -> None:
    budget = ThreadBudget(load=lambda: 0.0)
    budget.apply(alone=False)
    assert torch.get_num_threads() == 1
    budget.apply()
    assert torch.get_num_threads() == 2
