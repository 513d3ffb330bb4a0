"""Words are evened out alike in messages and in titles."""

from __future__ import annotations

import pytest

from bot.understanding.text import compact, expand, fold, tokenise, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amélie", "amelie"),
        ("Spider-Man", "spiderman"),
        ("Rocky II", "rocky 2"),
        ("Twelve Monkeys", "12 monkeys"),
        ("Se7en", "seven"),
        ("Fast & Furious", "fast and furious"),
        ("Pan’s Labyrinth", "pans labyrinth"),
    ],
)
def test_two_ways_to_write_a_title_have_one_key(one: str, other: str) -> None:
    assert compact(t.key for t in tokenise(one)) == compact(t.key for t in tokenise(other))


def test_tokens_keep_their_place() -> None:
    text = "I loved WALL-E!"
    assert [text[token.start : token.end] for token in tokenise(text)] == [
        "I", "loved", "WALL", "-", "E", "!",
    ]  # fmt: skip


def test_contractions_are_written_out() -> None:
    assert expand("i didnt like it and ill check") == "i did not like it and i will check"


def test_fast_words_are_those_of_the_tokens() -> None:
    for text in ("Rock & Roll", "Schindler's List", "L’Été: 8½"):
        assert words_of(text) == [token.word for token in tokenise(text) if token.word]


def test_folding_keeps_other_scripts() -> None:
    assert fold("Ночь") == "ночь"
