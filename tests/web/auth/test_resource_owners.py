"""Whose a session or an event is."""

from __future__ import annotations

from bot.web.auth.resource_owners import Belongings


def test_the_first_to_use_a_handle_owns_it() -> None:
    belongings = Belongings()
    assert belongings.claim("ana", ["one", "two"])
    assert belongings.claim("ana", ["two", "three"])
    assert not belongings.claim("ben", ["four", "two"])

    assert belongings.has("ana", "two")
    assert not belongings.has("ben", "two")
    assert belongings.claim("ben", ["four"]), "nothing is taken when one is another's"
    assert not belongings.has("ben", "nobody's")


def test_the_longest_unused_is_forgotten_first() -> None:
    belongings = Belongings(remembered=2)
    for handle in ("one", "two", "one", "three"):
        belongings.claim("ana", [handle])

    assert [belongings.has("ana", handle) for handle in ("one", "two", "three")] == [1, 0, 1]
