from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import adapters.models.base_model
import bot.conversation.factory
from adapters.models.base_model import BaseModel
from bot.core.errors import ModelError
from bot.core.settings import Settings
from storage.catalogue.catalogue_records import record_of
from storage.catalogue.catalogues import BUILT_IN
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

    monkeypatch.setattr(adapters.models.base_model, "find_base_model", find)
    made: list[Settings] = []

    def assemble(settings: Settings, database: Any, **given: Any) -> None:
        made.append(settings)

    monkeypatch.setattr(bot.conversation.factory, "assemble", assemble)
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

    monkeypatch.setattr(adapters.models.base_model, "find_base_model", find)
    outcome = tastebot("setup")
    assert (outcome.code, outcome.err) == (2, "expected a network. Connect.\n")


def test_a_check_says_what_is_missing_and_exits_1(tastebot: Tastebot, home: Path) -> None:
    outcome = tastebot("setup", "--check")
    assert outcome.code == 1
    assert outcome.err == ""
    lines = outcome.out.splitlines()
    assert lines[0] == f"missing  database {home / 'tastebot.sqlite3'}: none. Run: tastebot setup."
    assert lines[-1] == "1 right, 2 missing, 0 wrong."
    assert not home.exists()


def test_a_check_in_json_holds_all_that_was_looked_at(tastebot: Tastebot, home: Path) -> None:
    outcome = tastebot("setup", "--check", "--json")
    assert outcome.code == 1
    assert outcome.document["right"] is False
    assert [each["state"] for each in outcome.document["checked"]] == [
        "missing",
        "missing",
        "right",
    ]
    assert set(outcome.document["checked"][0]) == {"name", "state", "found", "remedy"}


def test_a_check_of_what_is_right_exits_0(
    tastebot: Tastebot, monkeypatch: pytest.MonkeyPatch
) -> None:
    import bot.installation.inspection
    from bot.installation.inspection import Finding

    monkeypatch.setattr(
        bot.installation.inspection, "inspect", lambda settings: [Finding("all", "right")]
    )
    outcome = tastebot("setup", "--check")
    assert (outcome.code, outcome.out) == (0, "right    all\nAll 1 are right.\n")
    monkeypatch.setattr(
        bot.installation.inspection,
        "inspect",
        lambda settings: [Finding("file", "wrong", "rot.", "Mend it")],
    )
    outcome = tastebot("setup", "--check")
    assert outcome.out.startswith("wrong    file: rot. Mend it.\n")
    assert outcome.code == 1
