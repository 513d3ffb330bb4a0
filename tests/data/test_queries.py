"""Query files, and queries cut from dialogues."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import DataFileError
from bot.core.values import Message
from bot.data.dialogues import Dialogue
from bot.data.queries import next_item_queries, read_queries
from tests.data.files import dialogue, write_jsonl


def test_a_query_has_turns_and_distinct_targets(tmp_path: Path) -> None:
    row = dialogue("t_5-12", ("user", "hi", ["1"]), targets=["2", "3", "2"])
    (query,) = read_queries(write_jsonl(tmp_path / "q.jsonl", row))
    assert query.targets == ("2", "3")
    assert query.mentioned == {"1"}
    assert query.dialogue == "t_5"


def test_a_query_may_have_no_turns(tmp_path: Path) -> None:
    (query,) = read_queries(write_jsonl(tmp_path / "q.jsonl", dialogue("x", targets=["2"])))
    assert query.turns == ()
    assert query.dialogue == "x"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (dialogue("a"), "expected a query with"),
        (dialogue("a", targets=[]), "at least one target"),
        (dialogue("a", targets=[{}]), "`targets` to be item ids"),
        (dialogue("first", targets=["1"]), "every `id` once"),
    ],
)
def test_a_line_that_is_no_query_is_refused(tmp_path: Path, row: object, message: str) -> None:
    path = write_jsonl(tmp_path / "q.jsonl", dialogue("first", targets=["1"]), row)
    with pytest.raises(DataFileError) as error:
        read_queries(path)
    assert "q.jsonl, line 2: " in str(error.value)
    assert message in str(error.value)


DIALOGUE = Dialogue(
    "d",
    (
        Message("user", "I liked A", ("a",)),
        Message("assistant", "try B or A", ("b", "a")),
        Message("user", "B was fine, C too", ("b", "c")),
        Message("assistant", "no idea"),
        Message("assistant", "perhaps C", ("c",)),
    ),
)


def test_queries_of_a_dialogue_target_what_the_assistant_brings_up_first() -> None:
    (query,) = next_item_queries(DIALOGUE)
    assert query.turns == DIALOGUE.turns[:1]
    assert query.targets == ("b",)
    assert query.dialogue == "d"


def test_what_the_user_brings_up_can_be_a_target_too() -> None:
    queries = list(next_item_queries(DIALOGUE, ("user", "assistant")))
    assert [query.targets for query in queries] == [("a",), ("b",), ("c",)]
    assert queries[0].turns == ()
