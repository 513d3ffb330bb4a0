"""How guessing is slowed, and nobody's right password with it."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from bot.web.auth import login_throttle as limits
from bot.web.auth.login_throttle import FREE, LONGEST, Attempts, Limit, TooManyTriesError, network

HERE, THERE = Limit("ana from here", 20, 10), Limit("ana from there", 20, 10)
ALL_HERE = Limit("any from here", 40, 100)


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


def fail(attempts: Attempts, *mine: Limit) -> int:
    """A wrong try; the seconds it is told to wait."""
    attempts.begin(*mine)
    try:
        attempts.wrong(*mine)
    except TooManyTriesError as told:
        return told.seconds
    return 0


def test_the_first_wrong_tries_are_free_then_each_is_told_to_wait_longer(
    attempts: Attempts,
) -> None:
    waits = [fail(attempts, HERE) for _ in range(FREE + 9)]

    assert waits[: FREE + 4] == [0] * FREE + [1, 2, 4, 8]
    assert max(waits) == LONGEST


def test_a_right_try_goes_through_whatever_was_told(attempts: Attempts) -> None:
    for _ in range(FREE + 3):
        fail(attempts, HERE, ALL_HERE)

    attempts.begin(HERE, ALL_HERE)
    attempts.right(HERE, ALL_HERE)

    assert fail(attempts, HERE) == 0, "nothing stands against the name any more"
    assert fail(attempts, ALL_HERE) > 0, "but what others may have tried there does"


def test_far_more_tries_than_anybody_mistypes_are_not_looked_at(
    attempts: Attempts, seconds: Seconds
) -> None:
    for _ in range(HERE.at_once):
        fail(attempts, HERE)

    with pytest.raises(TooManyTriesError, match="not looked at") as told:
        attempts.begin(HERE)
    assert told.value.seconds == 3600 / HERE.an_hour
    seconds.now += told.value.seconds
    attempts.begin(HERE)
    with pytest.raises(TooManyTriesError):
        attempts.begin(HERE)


def test_tries_at_once_are_not_all_let_through(attempts: Attempts) -> None:
    for _ in range(HERE.at_once):
        attempts.begin(HERE)
    with pytest.raises(TooManyTriesError):
        attempts.begin(HERE)


def test_a_try_that_is_not_looked_at_counts_nowhere(attempts: Attempts) -> None:
    for _ in range(HERE.at_once):
        attempts.begin(HERE)
    for _ in range(100):
        with pytest.raises(TooManyTriesError):
            attempts.begin(ALL_HERE, HERE)

    assert attempts.begin(ALL_HERE) == (1.0,)


def test_what_fails_elsewhere_is_nothing_to_somebody_here(attempts: Attempts) -> None:
    for _ in range(THERE.at_once):
        fail(attempts, THERE)

    assert attempts.begin(HERE) == (1.0,)


def test_being_right_a_thousand_times_uses_nothing_up(attempts: Attempts) -> None:
    for _ in range(1000):
        attempts.begin(HERE, ALL_HERE)
        attempts.right(HERE, ALL_HERE)


def test_all_is_forgiven_in_time(attempts: Attempts, seconds: Seconds) -> None:
    for _ in range(10):
        fail(attempts, HERE)
    seconds.now += 3600

    assert attempts.begin(HERE) == (1.0,)


def test_what_is_remembered_has_an_end(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 10)
    for number in range(50):
        attempts.begin(Limit(f"{number}", 1, 1))

    attempts.begin(Limit("0", 1, 1))  # forgotten
    with pytest.raises(TooManyTriesError):
        attempts.begin(Limit("49", 1, 1))


def request_from(address: str | None) -> HTTPConnection:
    client = None if address is None else (address, 1234)
    return HTTPConnection({"type": "http", "client": client, "headers": []})


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("x" * 5000, "x" * 100),
        ("", ""),
        (None, ""),
    ],
)
def test_a_network_is_an_address_or_what_one_line_has_of_them(
    address: str | None, expected: str
) -> None:
    assert network(request_from(address)) == expected


def test_no_spelling_of_a_name_has_tries_of_its_own() -> None:
    here = request_from("203.0.113.7")
    spelt = {limits.of_stranger(here, name)[0] for name in ("Ana", " ana ", "ANA", "\uff41na")}
    assert len(spelt) == 1


def test_addresses_of_one_line_count_as_one() -> None:
    ones = {
        limits.of_stranger(request_from(f"2001:db8:1:{number}::1"), "ana")[0]
        for number in range(20)
    }
    assert len(ones) == 1
