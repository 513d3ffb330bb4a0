"""Accounts: what a password and a token open, and what nobody can read from the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher, Type

from bot.core.errors import UnknownPersonError, UsageError
from storage.account.accounts import LASTS, Accounts, usual_hasher
from storage.person.people import People
from storage.sql.database import FILE_NAME, Database
from storage.sql.models import PersonRow

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
GOOD = "correct horse battery"


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
def accounts(database: Database, time: Time) -> Accounts:
    return Accounts(database, time, QUICK)


def test_only_the_right_password_of_the_right_person_fits(accounts: Accounts) -> None:
    accounts.sign_up("ana", GOOD)
    accounts.sign_up("ben", "another password")

    assert accounts.is_password("ana", GOOD)
    assert not accounts.is_password("ana", "another password")
    assert not accounts.is_password("ana", "")
    assert not accounts.is_password("nobody", GOOD)
    assert not accounts.is_password("", GOOD)
    assert not accounts.is_password("a\nb", GOOD)


class Counting(PasswordHasher):
    """Counts what it verifies, which is what takes time."""

    verified = 0

    def verify(self, *arguments: Any) -> bool:  # type: ignore[override]  # passed on as they are
        type(self).verified += 1
        return super().verify(*arguments)


@pytest.mark.parametrize("name", ["ana", "nobody", "without password", "", "a\nb", "x" * 5000])
def test_a_wrong_password_takes_as_long_for_any_name(
    database: Database, people: People, name: str
) -> None:
    hasher = Counting(time_cost=1, memory_cost=64, parallelism=1)
    accounts = Accounts(database, hasher=hasher)
    accounts.sign_up("ana", GOOD)
    people.ensure_person("without password")
    Counting.verified = 0

    for password in ("a guess", "", "x" * 5000):
        assert not accounts.is_password(name, password)

    assert Counting.verified == 3


def test_the_usual_hash_is_as_costly_as_is_advised() -> None:
    usual = usual_hasher()
    assert usual.type is Type.ID
    assert (usual.memory_cost, usual.time_cost) >= (19 * 1024, 2)


def test_a_name_is_given_away_once(accounts: Accounts) -> None:
    accounts.sign_up(" Zoe\u0308 ", GOOD)

    with pytest.raises(UsageError, match="taken"):
        accounts.sign_up("Zo\u00eb", "something else")
    assert accounts.is_password("Zo\u00eb", GOOD)


@pytest.mark.parametrize("alike", ["ANA", "Ana", "\uff41na", "\u1d43na", "an\u00aa"])
def test_a_name_that_looks_like_an_account_s_is_taken(accounts: Accounts, alike: str) -> None:
    accounts.sign_up("ana", GOOD)

    with pytest.raises(UsageError, match="taken"):
        accounts.sign_up(alike, "something else")
    with pytest.raises(UsageError, match="like another account's"):
        accounts.set_password(alike, "something else")


@pytest.mark.parametrize("name", ["a:b", "an\u200ba", "\u200b", "\u0301", "ana \u0301b"])
def test_no_new_account_has_a_name_that_is_not_seen_or_not_sent(
    accounts: Accounts, name: str
) -> None:
    for make in (accounts.sign_up, accounts.set_password):
        with pytest.raises(UsageError, match=r"without a colon|visible characters"):
            make(name, GOOD)


@pytest.mark.parametrize("name", ["a:b", "an\u200ba", "ANA"])
def test_an_account_that_is_older_than_these_rules_goes_on(
    accounts: Accounts, database: Database, time: Time, name: str
) -> None:
    accounts.sign_up("ana", GOOD)
    with database.writing() as session:
        session.add(PersonRow(name=name, created=time.now))

    assert accounts.set_password(name, "another password") is False
    assert accounts.is_password(name, "another password")
    assert accounts.person_of(accounts.start(name)) == name
    People(database).start_conversation(name, "films")


def test_somebody_without_password_is_claimed_by_the_owner_alone(
    accounts: Accounts, people: People
) -> None:
    people.ensure_person("ana")

    with pytest.raises(UsageError, match="owner of this server"):
        accounts.sign_up("ana", GOOD)
    assert not accounts.has_password("ana")
    assert not accounts.is_password("ana", GOOD)
    assert not accounts.set_password("ana", GOOD), "she was known"

    assert accounts.has_password("ana")
    assert accounts.is_password("ana", GOOD)


def test_the_owner_makes_an_account_for_a_new_name(accounts: Accounts, people: People) -> None:
    assert accounts.set_password(" new ", GOOD)

    assert people.has_person("new")
    assert accounts.is_password("new", GOOD)
    assert not accounts.set_password("new", "another password of theirs")


def test_who_was_deleted_meanwhile_changes_no_password(accounts: Accounts, people: People) -> None:
    with pytest.raises(UnknownPersonError):
        accounts.change_password("nobody", GOOD)
    assert not people.has_person("nobody")


@pytest.mark.parametrize("password", ["short", "password1", "ana12345"])
def test_a_bad_password_makes_and_changes_nothing(accounts: Accounts, password: str) -> None:
    changes: tuple[Callable[[str, str], object], ...] = (accounts.sign_up, accounts.set_password)
    for change in changes:
        with pytest.raises(UsageError, match="password"):
            change("ana", password)
    assert not accounts.has_password("ana")
    accounts.sign_up("ana", GOOD)
    changes = (accounts.change_password, accounts.set_password)
    for change in changes:
        with pytest.raises(UsageError, match="password"):
            change("ana", password)
    assert accounts.is_password("ana", GOOD)


def test_a_password_is_the_same_however_its_letters_are_encoded(accounts: Accounts) -> None:
    accounts.sign_up("ana", "cafe\u0301 au lait")
    assert accounts.is_password("ana", "caf\u00e9 au lait")


def test_a_token_opens_one_person_until_it_ends(accounts: Accounts, time: Time) -> None:
    accounts.sign_up("ana", GOOD)
    accounts.sign_up("ben", GOOD)
    first, second = accounts.start("ana"), accounts.start("ana")
    bens = accounts.start("ben")

    assert accounts.person_of(first) == accounts.person_of(second) == "ana"
    assert accounts.person_of(bens) == "ben"
    assert accounts.person_of("made up") is None
    accounts.end(first)
    assert accounts.person_of(first) is None
    assert accounts.person_of(second) == "ana"
    time.now += LASTS + timedelta(seconds=1)
    assert accounts.person_of(second) is None


@pytest.mark.parametrize(
    "change", [lambda each: each.set_password, lambda each: each.change_password]
)
def test_a_new_password_ends_every_sign_in(accounts: Accounts, change: Any) -> None:
    accounts.sign_up("ana", GOOD)
    token = accounts.start("ana")

    device = accounts.devices.remember(None, "ana")

    change(accounts)("ana", "a new password")

    assert accounts.person_of(token) is None
    assert not accounts.devices.is_known(device, "ana")
    assert not accounts.is_password("ana", GOOD)
    assert accounts.is_password("ana", "a new password")


def test_an_invitation_makes_one_account(accounts: Accounts) -> None:
    code, _ = accounts.invitations.make(timedelta(days=1))

    accounts.sign_up("ana", GOOD, code)

    with pytest.raises(UsageError, match="unknown, used or expired"):
        accounts.sign_up("ben", GOOD, code)
    with pytest.raises(UsageError, match="found none"):
        accounts.sign_up("ben", GOOD, "")
    assert not accounts.has_password("ben")


def test_a_sign_up_that_is_refused_leaves_the_invitation_open(accounts: Accounts) -> None:
    accounts.sign_up("ana", GOOD)
    code, _ = accounts.invitations.make(timedelta(days=1))

    for name, password in (("ana", GOOD), ("ben", "short"), ("", GOOD)):
        with pytest.raises(UsageError):
            accounts.sign_up(name, password, code)

    assert accounts.sign_up("ben", GOOD, code) == "ben"


def test_sign_ins_do_not_pile_up_without_end(
    accounts: Accounts, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.account.accounts.MOST_SIGN_INS", 3)
    accounts.sign_up("ana", GOOD)
    tokens = []
    for _ in range(5):
        time.now += timedelta(seconds=1)
        tokens.append(accounts.start("ana"))

    assert [accounts.person_of(token) for token in tokens] == [None, None, "ana", "ana", "ana"]


def test_the_file_holds_neither_passwords_nor_tokens(accounts: Accounts, tmp_path: Path) -> None:
    accounts.sign_up("ana", GOOD)
    token = accounts.start("ana")
    device = accounts.devices.remember(None, "ana")
    code, _ = accounts.invitations.make(timedelta(days=1))
    secrets = [secret.encode() for secret in (GOOD, token, device, code, code.replace("-", ""))]

    files = [file.read_bytes() for file in (tmp_path / "home").glob(f"{FILE_NAME}*")]

    assert any(b"$argon2id$" in content for content in files)
    assert not any(secret in content for content in files for secret in secrets)


def test_a_hash_from_weaker_settings_is_made_anew(accounts: Accounts, database: Database) -> None:
    accounts.sign_up("ana", GOOD)
    stronger = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)

    assert Accounts(database, hasher=stronger).is_password("ana", GOOD)

    with database.engine.connect() as connection:
        [(kept,)] = connection.exec_driver_sql("SELECT password_hash FROM accounts").all()
    assert not stronger.check_needs_rehash(kept)
    assert stronger.verify(kept, GOOD)


def test_deleting_a_person_deletes_the_account(accounts: Accounts, people: People) -> None:
    accounts.sign_up("ana", GOOD)
    token, device = accounts.start("ana"), accounts.devices.remember(None, "ana")

    people.delete_person("ana")
    people.ensure_person("ana")

    assert accounts.person_of(token) is None
    assert not accounts.devices.is_known(device, "ana")
    people.delete_person("ana")
    assert not accounts.has_password("ana")
    with pytest.raises(UnknownPersonError):
        accounts.start("ana")


def test_an_export_tells_of_the_account_without_opening_it(
    accounts: Accounts, people: People
) -> None:
    accounts.sign_up("ana", GOOD)
    token, device = accounts.start("ana"), accounts.devices.remember(None, "ana")
    people.ensure_person("ben")

    exported = people.export_person("ana")

    assert exported["account"] == {
        "password_set": "2026-01-01T00:00:00+00:00",
        "sign_ins": [{"started": "2026-01-01T00:00:00+00:00", "ends": "2026-01-31T00:00:00+00:00"}],
        "devices": [{"last_signed_in": "2026-01-01T00:00:00+00:00"}],
    }
    assert token not in str(exported)
    assert device not in str(exported)
    assert people.export_person("ben")["account"] is None
