"""The command `simulate`: people from a file, through the whole bot, to a table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Outcome, Tastebot
from tests.data.files import write_jsonl
from tests.small_films import FILMS


@pytest.fixture
def files(tastebot: Tastebot, tmp_path: Path) -> Path:
    rows = [
        {
            "id": film.item_id,
            "title": film.title,
            "year": film.year,
            "popularity": film.popularity,
            **{name: list(values) for name, values in film.attributes.items()},
        }
        for film in FILMS[:-1]
    ]
    catalogue = write_jsonl(tmp_path / "c.jsonl", *rows)
    assert tastebot("catalogue", "import", "small", catalogue).code == 0
    lines = [
        f"p{person},{film.item_id},{4.5 if (person + place) % 7 else 1.5}"
        for person in range(6)
        for place, film in enumerate(FILMS[:-1])
    ]
    (tmp_path / "r.csv").write_text("user_id,item_id,rating\n" + "\n".join(lines) + "\n")
    return tmp_path


def simulate(tastebot: Tastebot, files: Path, *more: object) -> Outcome:
    return tastebot(
        "simulate", "--interactions", files / "r.csv", "--catalogue", "small", "--people", 3,
        "--turns", 2, "--ranker", "affinity", *more,
    )  # fmt: skip


def test_sessions_end_in_one_document_without_faults(
    tastebot: Tastebot, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.evaluation.simulation.people.FEWEST_WANTED", 2)
    outcome = simulate(tastebot, files, "--json", "--explanations")
    document = json.loads(outcome.out)
    assert document["people"] == 3
    assert set(document["updates"]["arms"]) == {"update", "filter-only", "popularity-list"}
    for comparison in ("policies", "updates"):
        for arm in document[comparison]["arms"].values():
            assert arm["repeats"] == 0
            assert arm["off_catalogue"] == 0
            assert arm["violated_constraints"] == 0
            assert arm["suggestions"] > 0
            assert len(arm["reward_by_turn"]) == 2


def test_too_little_data_is_one_line_and_code_2(tastebot: Tastebot, files: Path) -> None:
    (files / "r.csv").write_text("user_id,item_id,rating\nana,heat,5\n")
    outcome = simulate(tastebot, files)
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1
