"""One thread while the machine is busy, all of them otherwise."""

import os
from collections.abc import Iterator

import pytest
import torch

from adapters.threads import LOOK_EVERY, ThreadBudget


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
    load[0], now[0] = 0.5, now[0] + LOOK_EVERY
    budget.apply()
    assert torch.get_num_threads() == 2


def test_whoever_is_not_alone_gets_one_thread() -> None:
    budget = ThreadBudget(load=lambda: 0.0)
    budget.apply(alone=False)
    assert torch.get_num_threads() == 1
    budget.apply()
    assert torch.get_num_threads() == 2
