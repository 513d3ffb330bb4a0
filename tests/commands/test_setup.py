from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import adapters.base_model
import bot.assembly
from adapters.base_model import BaseModel
from bot.errors import ModelError
from bot.settings import Settings
from storage.catalogue_records import record_of
from storage.catalogues import BUILT_IN
from tests.commands.conftest import Tastebot


@pytest.fixture(autouse=True)
def _small_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [record_of({"id": "a", "title": "A"}, "a")]
    monkeypatch.setitem(BUILT_IN, "films", (lambda: "built-in films 1", lambda: records))


def test_setup_finds_the_base_model_and_loads_the_catalogue(
    tastebot: Tastebot, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def find(base_model: str | None, **given: Any) -> BaseModel:
        asked.append((base_model, given["home"]))
        return BaseModel(path=home / "models" / "tiny", name="Tiny", sha256="0" * 64)

    monkeypatch.setattr(adapters.base_model, "find_base_model", find)
    made: list[Settings] = []

    def assemble(settings: Settings, database: Any, **given: Any) -> None:
        made.append(settings)

    monkeypatch.setattr(bot.assembly, "assemble", assemble)
    assert tastebot("setup", "--json").document == {
        "base_model": "Tiny",
        "catalogue": "films",
        "items": 1,
    }
    assert tastebot("setup").out == "Ready: Tiny, and 1 items in films.\n"
    assert asked[0] == (None, home)
    assert len(made) == 1  # so that the first start finds all in place; again, it need not be


def test_a_base_model_that_cannot_be_had_exits_2(
    tastebot: Tastebot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(base_model: str | None, **given: Any) -> BaseModel:
        raise ModelError("expected a network", remedy="Connect")

    monkeypatch.setattr(adapters.base_model, "find_base_model", find)
    outcome = tastebot("setup")
    assert (outcome.code, outcome.err) == (2, "expected a network. Connect.\n")
