"""Query files, and queries cut from dialogues."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import DataFileError
from bot.data.queries import read_queries
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
