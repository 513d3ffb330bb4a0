"""Which passwords are good enough, and that looking at one takes no time worth attacking."""

from __future__ import annotations

import random
import time
from threading import Thread

import pytest

from bot.core.errors import UsageError
from storage.account.passwords import is_easily_guessed, usable_password


@pytest.mark.parametrize("password", ["", "1234567", "a" * 201, "abcd\nefghi", "abcdefg\ud800"])
def test_a_password_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(UsageError, match="password of 8 to 200"):
        usable_password(password)


@pytest.mark.parametrize(
    "password",
    [
        *("password", "Password1", "P@ssw0rd", "iloveyou", "trustno1", "letmein123", "12345678"),
        *("qwertyuiop", "zaq12wsx", "aaaaaaaaaaaa", "abcabcabcabc", "abcdefgh", "drowssap"),
        *("schalke04", "liebling", "football1", "1987-10-12", "michelle1"),
        *("tastebot1", "tastebottastebot", "password" * 25),
    ],
)
def test_a_common_password_is_refused_with_what_to_do(password: str) -> None:
    with pytest.raises(
        UsageError, match=r"hard to guess; found a common one.*Several words"
    ) as told:
        usable_password(password)
    assert password == "password" or password not in str(told.value)


@pytest.mark.parametrize("password", ["Zorblax99", "xalbroz77", "z0rbl@x99", "zorblaxquimpf"])
def test_what_is_made_of_ones_own_name_is_refused(password: str) -> None:
    assert is_easily_guessed(password, "Zorblax Quimpf")
    assert not is_easily_guessed(password, "ana")


@pytest.mark.parametrize(
    "password",
    [
        *("correct horse battery", "purple monkey dishwasher", "another password", "Xk3j9d2sw"),
        *("пароль из слов разных", "四つの言葉をならべる", "crème brûlée à midi", "x7#kQ2!mZp"),
        "so very long and still " * 8,
    ],
)
def test_a_password_that_is_hard_to_guess_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert usable_password(password, "ana") == password


def test_nobodys_name_is_held_against_another() -> None:
    weak: list[bool] = []

    def look() -> None:
        weak.extend(is_easily_guessed("xylqzt7w", "xylqzt7w") for _ in range(50))

    other = Thread(target=look)
    other.start()
    strong = [is_easily_guessed("xylqzt7w", "ana") for _ in range(50)]
    other.join()

    assert all(weak)
    assert not any(strong)


def test_the_worst_password_to_look_at_is_soon_looked_at() -> None:
    chance = random.Random(0)
    slowest = 0.0
    for letters in ("4@8({[<3691!|$5+7%02", "1!|7l", "aB1.", "ab"):
        for _ in range(5):
            password = "".join(chance.choice(letters) for _ in range(200))
            start = time.process_time()
            is_easily_guessed(password, "ana")
            slowest = max(slowest, time.process_time() - start)

    assert slowest < 1.0
