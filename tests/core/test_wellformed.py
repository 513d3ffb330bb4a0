"""What becomes of text that no encoding takes, and where a long one is cut."""

from __future__ import annotations

import random

import pytest

from bot.core.wellformed import LONGEST_CHARACTER, beginning, well_formed


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Amélie 🎬", "Amélie 🎬"),
        ("a\ud800b", "a\ufffdb"),
        ("\ud83c\udfac", "🎬"),
        ("\udfac\ud83c", "\ufffd\ufffd"),
        ("\udcff", "\ufffd"),
        ("a\x00b\x1b[2Jc\x9b", "a b [2Jc "),
        ("two\nlines\tand a tab\r\n", "two\nlines\tand a tab\r\n"),
    ],
)
def test_lone_surrogates_and_control_characters_are_replaced(given: str, expected: str) -> None:
    assert well_formed(given) == expected


def test_whatever_comes_in_can_be_encoded_and_stays_as_it_is_the_second_time() -> None:
    chance = random.Random(7)
    for _ in range(300):
        text = "".join(
            chr(chance.choice((0, 9, 0x61, 0x301, 0xD800, 0xDFFF, 0x1F3AC)) + chance.randrange(3))
            for _ in range(chance.randrange(30))
        )
        clean = well_formed(text)
        assert clean.encode().decode() == clean == well_formed(clean)


@pytest.mark.parametrize("last", ["e\u0301", "👍🏽", "👨\u200d👩\u200d👧", "❤\ufe0f"])
def test_a_cut_goes_between_visible_characters(last: str) -> None:
    text = "ab" + last
    for most in range(2, len(text)):
        assert beginning(text, most) == "ab"
    assert beginning(text, len(text)) == text


def test_what_is_one_endless_character_is_cut_all_the_same() -> None:
    text = "a" + "\u0301" * 10_000
    assert len(beginning(text, 4000)) == 4000
    assert len(beginning("b" + text, LONGEST_CHARACTER // 2)) == 1
