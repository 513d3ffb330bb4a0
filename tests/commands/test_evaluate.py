"""The command `evaluate` from files to figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import run
from bot.data.dialogues import Dialogue
from tests.data.files import dialogue, write_jsonl
from tests.evaluation.small_world import CATALOGUE, DIALOGUES, INTERACTIONS


def rows_of(talks: list[Dialogue]) -> list[dict[str, object]]:
    return [
        dialogue(
            talk.id,
            *((turn.speaker, turn.text, list(turn.items)) for turn in talk.turns),
            feedback={talk.items[0]: "liked", talk.items[1]: "disliked"},
        )
        for talk in talks
    ]


@pytest.fixture
def files(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A home with the small world imported, and its files beside it."""
    items = [
        {
            "id": item.item_id,
            "title": item.title,
            "year": item.year,
            "kinds": list(item.attributes["kinds"]),
            "description": item.description,
            "popularity": item.popularity,
        }
        for item in CATALOGUE.items
    ]
    assert (
        run(["catalogue", "import", "small", str(write_jsonl(tmp_path / "c.jsonl", *items))]) == 0
    )
    write_jsonl(tmp_path / "talks.jsonl", *rows_of(DIALOGUES))
    queries = [
        dialogue("q_1-1", ("user", "I loved s0", ["s0"]), targets=["s1", "s4"]),
        dialogue("q_2-1", ("user", "m0 was great", ["m0"]), targets=["m2"]),
    ]
    write_jsonl(tmp_path / "q.jsonl", *queries)
    taken = [f"{each.user},{each.item_id},{each.timestamp}" for each in INTERACTIONS]
    (tmp_path / "taken.csv").write_text("user_id,item_id,timestamp\n" + "\n".join(taken) + "\n")
    capsys.readouterr()
    return tmp_path


def evaluate(files: Path, *more: str) -> int:
    return run(["evaluate", *more, "--catalogue", "small"])


def test_json_is_the_contracts_document_and_nothing_else(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = evaluate(
        files,
        str(files / "q.jsonl"),
        "--ranker",
        "co-mention",
        "--dialogues",
        str(files / "talks.jsonl"),
        "--json",
    )
    printed = capsys.readouterr()
    assert code == 0
    document = json.loads(printed.out)
    assert document["n_queries"] == 2
    assert document["n_targets"] == 3
    assert document["metrics"]["recall@5"] == 1.0
    assert printed.err == ""


def test_two_rankers_are_compared_in_a_table_plots_and_saved_rankings(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = evaluate(
        files,
        str(files / "q.jsonl"),
        "--ranker",
        "random",
        "--ranker",
        "popularity",
        "--linked-only",
        "--save-rankings",
        str(files / "r.jsonl"),
    )
    table = capsys.readouterr().out
    assert code == 0
    assert "random minus popularity" in table
    saved = [json.loads(line) for line in (files / "r.jsonl").read_text().splitlines()]
    assert [row["ranker"] for row in saved] == ["random", "random", "popularity", "popularity"]
    assert "s0" not in [item for item, _ in saved[0]["ranking"]]


def test_the_last_interactions_of_people_can_be_asked_for(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = evaluate(
        files,
        "--leave-one-out",
        "--interactions",
        str(files / "taken.csv"),
        "--ranker",
        "item-knn",
        "--limit",
        "4",
        "--json",
    )
    assert code == 0
    assert json.loads(capsys.readouterr().out)["n_queries"] == 4


def test_answers_are_predicted_from_dialogues(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(files, str(files / "talks.jsonl"), "--like-prediction", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["n_cases"] == 60
    assert set(document["predictors"]) >= {"majority", "popularity"}


def test_the_names_of_rankers_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "--list-rankers"]) == 0
    assert {"tuned", "base", "ease"} <= {
        line.split()[0] for line in capsys.readouterr().out.splitlines()
    }


def test_bad_use_and_bad_files_end_with_one_line_and_code_2(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queries = str(files / "q.jsonl")
    lines = [json.dumps(dialogue(f"x-{n}", targets=["s1"])) for n in range(20)]
    lines[16] = "{"
    broken = files / "broken.jsonl"
    broken.write_text("\n".join(lines))
    unknown = write_jsonl(files / "unknown.jsonl", dialogue("x-1", targets=["nowhere"]))
    leaky = write_jsonl(
        files / "leaky.jsonl",
        dialogue("y-1", ("user", "one two three four five six seven eight nine ten", ["s0"])),
    )
    leaked = dialogue(
        "z-1", ("user", "One two three four five six seven eight nine ten!", []), targets=["s1"]
    )
    cases = {
        "neither": [],
        "no --interactions": ["--leave-one-out"],
        "together": ["--leave-one-out", "--like-prediction"],
        "line 17": [str(broken)],
        "nowhere": [str(unknown)],
        "'best'": [queries, "--ranker", "best"],
        "--dialogues FILE": [queries, "--ranker", "co-mention"],
        "was not trained on": [
            str(write_jsonl(files / "leaked.jsonl", leaked)), "--ranker", "co-mention",
            "--dialogues", str(leaky),
        ],
        "feedback": [str(leaky), "--like-prediction"],
    }  # fmt: skip
    for words, arguments in cases.items():
        assert evaluate(files, *arguments) == 2, words
        printed = capsys.readouterr()
        assert printed.out == ""
        assert words in printed.err
        assert printed.err.count("\n") == 1
