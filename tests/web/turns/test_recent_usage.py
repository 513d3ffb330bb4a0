"""What a party has used of the machine is known, and forgotten again."""

from __future__ import annotations

import pytest

from bot.web.turns.recent_usage import HALF_LIFE, REMEMBERED, Usage


def test_what_was_used_adds_up_and_fades() -> None:
    now = [100.0]
    usage = Usage(lambda: now[0])
    usage.add("home", 3.0)
    usage.add("home", 1.0)
    assert usage.of("home") == pytest.approx(4.0)
    assert usage.of("elsewhere") == 0.0
    now[0] += HALF_LIFE
    assert usage.of("home") == pytest.approx(2.0)


def test_only_so_many_parties_are_remembered() -> None:
    usage = Usage(lambda: 1.0)
    for number in range(REMEMBERED + 5):
        usage.add(f"address {number}", 1.0)
    assert usage.of("address 0") == 0.0
    assert usage.of(f"address {REMEMBERED + 4}") == 1.0
