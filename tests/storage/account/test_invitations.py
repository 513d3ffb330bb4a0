"""Invitations: good once, for a time, however the code is typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.account.invitations import Invitation, Invitations
from storage.sql.database import Database

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def invitations(database: Database, time: Time) -> Invitations:
    return Invitations(database, time)


def test_a_code_is_open_until_it_ends(invitations: Invitations, time: Time) -> None:
    code, made = invitations.make(DAY)
    assert made == Invitation(made=START, ends=START + DAY)
    assert invitations.is_open(code)

    time.now += DAY

    assert not invitations.is_open(code)
    assert invitations.all_open() == []


def test_a_code_may_be_typed_as_one_likes(invitations: Invitations) -> None:
    code, _ = invitations.make(DAY)

    assert invitations.is_open(f" {code.lower().replace('-', ' ')} ")
    assert invitations.is_open(code.replace("-", ""))


@pytest.mark.parametrize("code", ["", "   ", "-", "AAAA-AAAA-AAAA-AAAA", "x" * 10_000, "é\x00"])
def test_what_was_never_made_is_not_open(invitations: Invitations, code: str) -> None:
    invitations.make(DAY)
    assert not invitations.is_open(code)


def test_all_that_are_open_are_listed_and_can_be_withdrawn(
    invitations: Invitations, time: Time
) -> None:
    first, made = invitations.make(DAY)
    time.now += timedelta(hours=1)
    second, later = invitations.make(DAY)
    assert first != second
    assert invitations.all_open() == [made, later]

    invitations.withdraw_all()

    assert invitations.all_open() == []
    assert not invitations.is_open(first)
