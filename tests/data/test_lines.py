"""Lines of data files, however long, deep or endless their writer made them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from bot.core.bounded_lines import LONGEST_LINE
from bot.core.errors import DataFileError
from bot.data.interactions import read_interactions
from bot.data.lines import read_records


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"id": "' + b"x" * LONGEST_LINE, "line 1: expected one JSON object; found a line of"),
        (b'{"id": 1}\n\n' + b"x" * (LONGEST_LINE + 1), "line 3: .*a line of more than"),
        (b"[" * 100_000, "line 1: .*deep nesting"),
        (b'{"id": ' + b"9" * 5_000 + b"}", "line 1: .*a number too long"),
        (b'{"id": "\xff"}', "line 1: expected UTF-8"),
        (b"\n\n", "an empty file"),
    ],
)
def test_a_line_that_is_no_record_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=told) as caught:
        list(read_records(path))
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("read", [lambda path: list(read_records(path)), read_interactions])
def test_a_device_or_a_folder_is_no_file(tmp_path: Path, read: object) -> None:
    assert callable(read)
    for path, told in ((Path("/dev/zero"), "a device"), (tmp_path, "a folder")):
        with pytest.raises(DataFileError, match=told):
            read(path)


def test_a_pipe_that_somebody_fills_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    filling = threading.Thread(target=pipe.write_text, args=('{"id": 1}\n',))
    filling.start()
    [record] = read_records(pipe)
    filling.join()
    assert record.text("id") == "1"


def test_interactions_without_line_ends_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user_id,item_id\n" + "x" * (LONGEST_LINE + 1))
    with pytest.raises(DataFileError, match="a line of more than"):
        read_interactions(path)
