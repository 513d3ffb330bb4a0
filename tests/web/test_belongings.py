"""Whose a session, an event or a file is."""

from __future__ import annotations

from bot.web.belongings import Belongings, named_paths


def test_the_first_to_use_a_handle_owns_it() -> None:
    belongings = Belongings()
    assert belongings.claim("ana", ["one", "two"])
    assert belongings.claim("ana", ["two", "three"])
    assert not belongings.claim("ben", ["four", "two"])

    assert belongings.has("ana", "two")
    assert belongings.is_anothers("ben", "two")
    assert belongings.claim("ben", ["four"]), "nothing is taken when one is another's"
    assert not belongings.is_anothers("ben", "nobody's")
    assert not belongings.has("ben", "nobody's")


def test_the_same_file_from_two_belongs_to_both() -> None:
    belongings = Belongings()
    belongings.share("ana", ["/a/file"])
    belongings.share("ben", ["/a/file"])

    assert belongings.has("ana", "/a/file")
    assert belongings.has("ben", "/a/file")
    assert belongings.is_anothers("eve", "/a/file")


def test_the_longest_unused_is_forgotten_first() -> None:
    belongings = Belongings(remembered=2)
    for handle in ("one", "two", "one", "three"):
        belongings.claim("ana", [handle])

    assert [belongings.has("ana", handle) for handle in ("one", "two", "three")] == [1, 0, 1]


def test_paths_are_found_however_deep() -> None:
    document = {"data": [1, {"path": "/a", "meta": {}}, [[{"file": {"path": "/b"}}]], {"path": 3}]}
    assert list(named_paths(document)) == ["/a", "/b"]
