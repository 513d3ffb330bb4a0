"""What may be a password: long enough, and not among the first that somebody would guess.

Owns the rules, which are those of NIST SP 800-63B (length, no rules of composition, a list of what
is common); leaves hashing and keeping to `storage.account.accounts`. The list and the estimate are
`zxcvbn`'s: 30,000 passwords seen in leaks, names and words in several languages, rows of keys,
dates, and what is put together from those.
"""

from __future__ import annotations

import unicodedata
from threading import Lock

from bot.core.errors import UsageError

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200
FEWEST_GUESSES = 1_000_000
"""A password that falls in fewer is refused. A stranger has about 100 tries an hour, so what is
accepted holds for more than a year from one address."""
LOOKED_AT = 32
"""Characters that are estimated. The time grows steeply with them (32: 0.2 s at worst, 72: 3.5 s),
and 32 that are hard to guess are enough."""
_REMEDY = "Several words in a row are easy to remember and hard to guess"
# zxcvbn keeps the words of whoever is looked at in a table that all threads share.
_estimating = Lock()


def usable_password(text: str, name: str = "") -> str:
    """A password as it is hashed: compatibility-composed (NFKC), otherwise as typed.

    `name` is whose it is. Raises UsageError when it is shorter than 8 or longer than 200
    characters, or easy to guess.
    """
    password = unicodedata.normalize("NFKC", text)
    if not (SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD and password.isprintable()):
        raise UsageError(
            f"Expected a password of {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters",
            found=f"{len(password)} characters" if password.isprintable() else "control characters",
            remedy=_REMEDY,
        )
    if is_easily_guessed(password, name):
        raise UsageError(
            "Expected a password that is hard to guess",
            found="a common one, or little more than a name, a date or a row of keys",
            remedy=_REMEDY,
        )
    return password


def is_easily_guessed(password: str, name: str = "") -> bool:
    """Whether a password falls in fewer than a million guesses, by somebody who knows the name."""
    from zxcvbn import zxcvbn  # its lists take 40 ms to load, which no start needs to wait for

    words = ["tastebot", *({name, *name.split()} - {""})]
    with _estimating:
        estimate = zxcvbn(password[:LOOKED_AT], user_inputs=words)
    return bool(estimate["guesses"] < FEWEST_GUESSES)
