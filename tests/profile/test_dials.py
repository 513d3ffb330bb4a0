from __future__ import annotations

import pytest

from bot.core.errors import UsageError
from bot.profile.dials import DIALS, FAME, VARIETY, dial_of, diversity_of


def test_each_dial_usually_stands_within_its_range() -> None:
    for name, dial in DIALS.items():
        assert dial.name == name
        assert dial.checked(dial.usual) == dial.usual


@pytest.mark.parametrize("value", [-0.1, 2.1, float("nan"), float("inf")])
def test_beyond_its_range_a_dial_does_not_turn(value: float) -> None:
    with pytest.raises(UsageError, match="between 0 and 2"):
        dial_of(FAME).checked(value)


def test_variety_is_as_strong_as_usual_where_it_usually_stands() -> None:
    usual = DIALS[VARIETY].usual
    assert [diversity_of(at) for at in (0, usual, 1)] == pytest.approx([0, usual, 1])


def test_more_variety_is_never_weaker() -> None:
    strengths = [diversity_of(step / 20) for step in range(21)]
    assert strengths == sorted(set(strengths))
