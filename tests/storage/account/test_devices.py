"""Browsers that somebody has signed in with: known for them, and for nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.account.devices import MOST_DEVICES, REMEMBERED_FOR, Devices
from storage.person.people import People
from storage.sql.database import Database


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def devices(database: Database, time: Time, people: People) -> Devices:
    people.ensure_person("ana")
    people.ensure_person("ben")
    return Devices(database, time)


def test_a_browser_is_known_for_who_signed_in_with_it(devices: Devices) -> None:
    token = devices.remember(None, "ana")

    assert devices.is_known(token, "ana")
    assert not devices.is_known(token, "ben")
    assert not devices.is_known(token, "nobody")
    assert not devices.is_known("made up", "ana")


def test_two_people_of_one_browser_are_both_known_with_it(devices: Devices) -> None:
    token = devices.remember(None, "ana")

    assert devices.remember(token, "ben") == token
    assert devices.is_known(token, "ana")
    assert devices.is_known(token, "ben")


def test_a_token_that_did_not_come_from_here_is_not_taken(devices: Devices) -> None:
    token = devices.remember("planted by a neighbour", "ana")

    assert token != "planted by a neighbour"
    assert not devices.is_known("planted by a neighbour", "ana")


def test_it_is_known_for_a_year_after_the_last_sign_in(devices: Devices, time: Time) -> None:
    token = devices.remember(None, "ana")
    time.now += REMEMBERED_FOR - timedelta(days=1)
    assert devices.remember(token, "ana") == token
    time.now += timedelta(days=2)
    assert devices.is_known(token, "ana")
    time.now += REMEMBERED_FOR

    assert not devices.is_known(token, "ana")


def test_the_one_used_longest_ago_is_forgotten_first(devices: Devices, time: Time) -> None:
    tokens = []
    for _ in range(MOST_DEVICES + 2):
        time.now += timedelta(seconds=1)
        tokens.append(devices.remember(None, "ana"))

    assert [devices.is_known(token, "ana") for token in tokens[:3]] == [False, False, True]
    assert devices.is_known(tokens[-1], "ana")


def test_who_was_deleted_meanwhile_has_no_browser(devices: Devices, people: People) -> None:
    people.delete_person("ana")
    assert not devices.is_known(devices.remember(None, "ana"), "ana")
