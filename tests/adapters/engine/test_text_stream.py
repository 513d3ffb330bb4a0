"""Streamed text holds whole characters only and stops before stop strings."""

from collections.abc import Sequence

import pytest

from adapters.engine.text_stream import TextStream


def decode(tokens: Sequence[int]) -> str:
    return bytes(tokens).decode("utf-8", errors="replace")


def streamed(text: bytes, stop: Sequence[str] = ()) -> list[str]:
    stream = TextStream(decode, stop)
    pieces = []
    for byte in text:
        pieces.append(stream.push(byte))
        if stream.stopped:
            break
    return [*pieces, stream.finish()]


def test_a_character_of_several_tokens_comes_whole() -> None:
    pieces = streamed("né 電😀!".encode())
    assert "".join(pieces) == "né 電😀!"
    assert all("\N{REPLACEMENT CHARACTER}" not in piece for piece in pieces)


def test_an_unfinished_character_is_dropped_at_the_end() -> None:
    assert "".join(streamed(b"ok\xf0\x9f")) == "ok"


@pytest.mark.parametrize("stop", ["\nUser:", "\n", "r:"])
def test_text_ends_before_a_stop_string_over_several_tokens(stop: str) -> None:
    text = "Fine.\nUser: and more"
    assert "".join(streamed(text.encode(), [stop, "never"])) == text[: text.index(stop)]


def test_what_only_began_like_a_stop_string_comes_out_after_all() -> None:
    pieces = streamed(b"a\nUs then", ["\nUser:"])
    assert "".join(pieces) == "a\nUs then"
    assert pieces[1:4] == ["", "", ""]


def test_the_end_of_text_releases_the_beginning_of_a_stop_string() -> None:
    assert "".join(streamed(b"a\nUse", ["\nUser:"])) == "a\nUse"


def test_the_first_of_several_stop_strings_counts() -> None:
    assert "".join(streamed(b"one two three", ["three", " two"])) == "one"
