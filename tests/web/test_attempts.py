"""How tries at a password are slowed."""

from __future__ import annotations

import pytest

from bot.web.attempts import FORGOTTEN_AFTER, FREE, LONGEST, Attempts


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def attempts(seconds: Seconds) -> Attempts:
    return Attempts(seconds)


def test_a_few_tries_are_free_then_each_waits_longer(attempts: Attempts, seconds: Seconds) -> None:
    assert [attempts.begin("ana", "here") for _ in range(FREE)] == [0.0] * FREE
    waits = []
    for _ in range(10):
        waits.append(attempts.begin("ana", "here"))
        seconds.now += waits[-1]
        assert attempts.begin("ana", "here") == 0.0

    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert max(waits) == LONGEST


def test_a_name_is_slowed_from_wherever_it_is_tried(attempts: Attempts) -> None:
    for number in range(FREE):
        attempts.begin("ana", f"from {number}")

    assert attempts.begin("ana", "from elsewhere") > 0
    assert attempts.begin("ben", "from elsewhere") == 0


def test_an_address_is_slowed_whatever_name_it_tries(attempts: Attempts) -> None:
    for number in range(FREE):
        attempts.begin(f"name {number}", "here")

    assert attempts.begin("ana", "here") > 0


def test_being_right_clears_a_name_but_not_an_address(attempts: Attempts) -> None:
    for _ in range(FREE - 1):
        attempts.begin("ana", "here")
    attempts.begin("me", "here")
    attempts.forgive("me", ["here"])

    assert attempts.begin("ana", "there") == 0
    assert attempts.begin("ben", "here") == 0
    assert attempts.begin("ben", "here") > 0


def test_all_is_forgiven_in_time(attempts: Attempts, seconds: Seconds) -> None:
    for _ in range(FREE):
        attempts.begin("ana")
    assert attempts.begin("ana") > 0
    seconds.now += FORGOTTEN_AFTER + 1

    assert [attempts.begin("ana") for _ in range(FREE)] == [0.0] * FREE
