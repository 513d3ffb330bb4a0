"""The command `bench`: everything measured on a tiny model, through a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.benchmark.run import Extent
from storage.person.people import People
from storage.sql.database import open_database
from tests.commands.conftest import Tastebot
from tests.data.files import write_jsonl
from tests.small_films import FILMS
from tests.tiny_model import save_tiny_model


@pytest.fixture
def small(tastebot: Tastebot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny base model and a catalogue of twelve items."""
    save_tiny_model(tmp_path / "tiny")
    monkeypatch.setenv("TASTEBOT_BASE_MODEL", str(tmp_path / "tiny"))
    rows = [
        {
            "id": film.item_id,
            "title": film.title,
            "year": film.year,
            "popularity": film.popularity,
            **{name: list(values) for name, values in film.attributes.items()},
        }
        for film in FILMS[:12]
    ]
    catalogue = write_jsonl(tmp_path / "c.jsonl", *rows)
    assert tastebot("catalogue", "import", "small", catalogue).code == 0


@pytest.mark.real  # as slow as what uses the real model: it starts a whole server
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("small")
def test_everything_is_measured_and_nothing_is_stored(
    tastebot: Tastebot, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extent = Extent(rounds=1, tokens=2, conversations=1, people=(1, 3), turns=1, dialogues=1)
    monkeypatch.setattr("bot.benchmark.run.QUICK", extent)
    outcome = tastebot("bench", "--catalogue", "small", "--quick", "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.document
    assert found["decode_tokens_per_s"] > 0
    assert found["prefill_ratio"] > 0
    assert found["training_ratio"] > 0
    assert found["peak_rss_mb"] > 50
    assert found["turn5"]["ranked_ms"] > 0
    assert [found["people"][count]["errors"] for count in ("1", "3")] == [0, 0]
    database = open_database(None, home)
    assert People(database).people() == []
    database.close()


def test_a_plot_that_cannot_be_drawn_is_refused_before_measuring(tastebot: Tastebot) -> None:
    outcome = tastebot("bench", "--plot", "speed.txt")
    assert outcome.code == 2
    assert "--plot" in outcome.err
    assert outcome.err.count("\n") == 1
