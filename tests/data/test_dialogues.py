"""Dialogue files: both layouts, and what a broken line says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import DataFileError
from bot.core.values import Message
from bot.data.dialogue_files import read_dialogues
from bot.data.dialogues import merge_speakers
from tests.data.files import dialogue, redial, write_jsonl


def test_the_own_layout_is_read_with_items_and_feedback(tmp_path: Path) -> None:
    row = dialogue("a", ("user", " I liked  X ", ["1", "1"]), feedback={"1": "liked"})
    (read,) = read_dialogues(write_jsonl(tmp_path / "d.jsonl", row))
    assert read.id == "a"
    assert read.turns == (Message("user", "I liked X", ("1",)),)
    assert read.feedback == {"1": "liked"}


def test_redial_lines_and_own_lines_may_stand_in_one_file(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "d.jsonl", dialogue("a", ("user", "hi", [])), redial("b"))
    assert [read.id for read in read_dialogues(path)] == ["a", "b"]


def test_redial_mentions_become_titles_and_speakers_merge(tmp_path: Path) -> None:
    (read,) = read_dialogues(write_jsonl(tmp_path / "d.jsonl", redial()))
    assert read.turns == (
        Message("assistant", "Hello!"),
        Message(
            "user",
            "I liked Night Train (1999) a lot and Night Train (1999) again, Harbour too",
            ("10", "11"),
        ),
        Message("assistant", "Then try Quiet Sea (2001)", ("12",)),
    )
    assert read.feedback == {"10": "liked", "11": "seen", "12": "disliked"}


def test_redial_without_answers_has_an_empty_list_and_no_feedback(tmp_path: Path) -> None:
    (read,) = read_dialogues(write_jsonl(tmp_path / "d.jsonl", redial(initiatorQuestions=[])))
    assert read.feedback == {}


def test_a_mention_that_redial_does_not_name_keeps_its_number(tmp_path: Path) -> None:
    messages = [{"senderWorkerId": 2, "text": "what of @99?"}]
    (read,) = read_dialogues(write_jsonl(tmp_path / "d.jsonl", redial(messages=messages)))
    assert read.turns == (Message("user", "what of @99?", ("99",)),)


def test_a_broken_line_17_is_named(tmp_path: Path) -> None:
    path = write_jsonl(
        tmp_path / "d.jsonl", *(dialogue(str(n), ("user", "hi", [])) for n in range(30))
    )
    lines = path.read_text().splitlines()
    lines[16] = lines[16][:-5]
    path.write_text("\n".join(lines))
    with pytest.raises(
        DataFileError, match=r"d\.jsonl, line 17: expected one JSON object"
    ) as error:
        read_dialogues(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "a"}, "expected a dialogue with `id` and `turns`"),
        (["a"], "expected one JSON object"),
        (dialogue("a", ("boss", "hi", [])), 'speaker to be user or assistant; found "boss"'),
        (dialogue("a") | {"turns": "hi"}, "`turns` to be a list"),
        (dialogue("a") | {"id": None}, "`id` to be a text; found nothing"),
        (dialogue("a", feedback={"1": "adored"}), 'liked, disliked or seen; found "adored"'),
        (dialogue("a", targets=["1"]), "found a query"),
        (redial(messages=[{"text": "hi"}]), "message 1's `senderWorkerId`"),
        (redial(messages=[{"senderWorkerId": 1}]), "message 1's `text`"),
    ],
)
def test_a_line_of_neither_layout_is_refused(tmp_path: Path, row: object, message: str) -> None:
    path = write_jsonl(tmp_path / "d.jsonl", dialogue("first", ("user", "hi", [])), row)
    with pytest.raises(DataFileError) as error:
        read_dialogues(path)
    assert "d.jsonl, line 2: " in str(error.value)
    assert message in str(error.value)


def test_an_id_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    row = dialogue("a", ("user", "hi", []))
    with pytest.raises(DataFileError, match=r'line 2: expected every `id` once; found "a".*line 1'):
        read_dialogues(write_jsonl(tmp_path / "d.jsonl", row, row))


def test_missing_empty_and_binary_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="cannot be read"):
        read_dialogues(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(DataFileError, match="an empty file"):
        read_dialogues(tmp_path / "empty.jsonl")
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00\n")
    with pytest.raises(DataFileError, match="line 1: expected UTF-8"):
        read_dialogues(tmp_path / "binary.jsonl")


def test_merging_drops_messages_that_say_nothing() -> None:
    assert merge_speakers(
        [Message("user", "a"), Message("assistant", ""), Message("user", "b", ("1",))]
    ) == (Message("user", "a b", ("1",)),)
