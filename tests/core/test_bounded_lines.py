from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from bot.core.bounded_lines import LongLineError, bounded_lines, not_to_be_read


def test_lines_keep_their_ends_and_the_last_needs_none() -> None:
    assert list(bounded_lines(io.StringIO("one\n\ntwo\r\nthree"))) == [
        "one\n",
        "\n",
        "two\r\n",
        "three",
    ]
    assert list(bounded_lines(io.BytesIO(b"\xff\nx"))) == [b"\xff\n", b"x"]


def test_a_line_of_the_limit_is_read_and_a_longer_one_refused() -> None:
    assert list(bounded_lines(io.StringIO("12345"), limit=5)) == ["12345"]
    lines = bounded_lines(io.StringIO("ab\n123456"), limit=5)
    assert next(lines) == "ab\n"
    with pytest.raises(LongLineError, match="more than"):
        next(lines)


def test_a_stream_without_end_is_not_read_to_its_end() -> None:
    with Path("/dev/zero").open("rb") as endless, pytest.raises(LongLineError):
        next(bounded_lines(endless))


def test_only_plain_files_are_to_be_read(tmp_path: Path) -> None:
    plain, pipe = tmp_path / "plain", tmp_path / "pipe"
    plain.touch()
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(plain)
    (tmp_path / "ring").symlink_to("ring")
    assert not_to_be_read(plain) is None
    assert not_to_be_read(tmp_path / "link") is None
    assert not_to_be_read(tmp_path) == "a folder"
    assert not_to_be_read(pipe) == "a pipe"
    assert not_to_be_read(pipe, pipes=True) is None
    assert not_to_be_read(Path("/dev/zero"), pipes=True) == "a device"
    assert not_to_be_read(tmp_path / "ring") == "no file there"
    assert not_to_be_read(tmp_path / "no\0name") == "no file there"
