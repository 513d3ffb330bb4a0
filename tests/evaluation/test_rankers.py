"""Rankers by name: what they need, and what an adapter's card says of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.errors import DataFileError, UsageError
from bot.core.protocols import Catalogue, Ranker
from bot.core.settings import Settings
from bot.core.values import Message
from bot.data.leakage import dialogue_hashes
from bot.data.queries import Query
from bot.evaluation.rankers import RankerSource, card_entry, ranker_names
from bot.ranking.affinity_ranker import AffinityRanker
from bot.ranking.items.attribute_vectors import AttributeVectors
from tests.evaluation.small_world import CATALOGUE, DATA

LONG = Message("user", "one two three four five six seven eight nine ten eleven", ("s0",))


def source(adapter: Path | None) -> RankerSource:
    settings = Settings(adapter=str(adapter) if adapter else "none")
    return RankerSource(settings, DATA, AttributeVectors.of(CATALOGUE))


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    card = {
        "catalogue": "small",
        "trained_items": ["s0", "s1"],
        "withheld": ["m5"],
        "training_hashes": dialogue_hashes([Query("t-1", (LONG,), ("s1",))]),
    }
    (tmp_path / "card.json").write_text(json.dumps(card))
    return tmp_path


def test_every_baseline_and_the_products_own_are_listed() -> None:
    assert {"tuned", "base", "titles", "fusion-without-lm", "ease", "random"} <= set(ranker_names())


def test_baselines_and_the_plain_ranker_need_no_adapter() -> None:
    assert source(None).build("co-mention").name == "co-mention"
    assert source(None).build("affinity").name == "affinity"


@pytest.mark.parametrize(
    "name", ["tuned", "tuned-exact", "fusion-without-lm", "term:alike", "titles"]
)
def test_what_needs_an_adapter_says_so_when_there_is_none(name: str) -> None:
    with pytest.raises(UsageError, match="needs a trained adapter"):
        source(None).build(name)


def test_the_base_model_is_measured_with_the_tables_of_the_adapter_in_use(
    adapter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str | None] = []

    def load_language_model(settings: Settings, *, precision: str) -> None:
        loaded.append(settings.adapter)

    folders: list[Path | None] = []

    def built(catalogue: Catalogue, model: None, folder: Path | None, **_: object) -> Ranker:
        folders.append(folder)
        return AffinityRanker(catalogue)

    monkeypatch.setattr("bot.conversation.factory.load_language_model", load_language_model)
    monkeypatch.setattr("bot.evaluation.rankers.build_ranker", built)
    source(adapter).build("base")
    source(adapter).build("tuned")

    assert folders == [adapter, adapter]
    assert loaded == ["none", str(adapter)]
    assert source(adapter).trained_items("base") == {"s0", "s1"}


@pytest.mark.parametrize("name", ["best", "term:", ""])
def test_an_unknown_name_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(UsageError, match="text-similarity"):
        source(None).build(name)


def test_the_card_says_what_was_trained_on(adapter: Path) -> None:
    assert source(adapter).trained_items("tuned") == {"s0", "s1"}
    assert source(adapter).withheld() == {"m5"}
    assert "m0" in (source(adapter).trained_items("co-mention") or ())
    assert source(None).withheld() == frozenset()


def test_a_card_on_another_catalogue_says_nothing_of_this_one(adapter: Path) -> None:
    card = json.loads((adapter / "card.json").read_text())
    (adapter / "card.json").write_text(json.dumps(card | {"catalogue": "other"}))
    assert source(adapter).withheld() == frozenset()
    assert source(adapter).trained_items("tuned") != {"s0", "s1"}


def test_measuring_on_what_the_adapter_was_trained_on_is_refused(adapter: Path) -> None:
    leaked = [Query("q-1", (LONG,), ("s1",))]
    with pytest.raises(DataFileError, match="was not trained on"):
        source(adapter).refuse_leaks("tuned", leaked, ())
    source(adapter).refuse_leaks("affinity", leaked, ())
    source(adapter).refuse_leaks("co-mention", leaked, [Path("d.jsonl")])


def test_the_base_model_without_an_adapter_is_refused_what_the_shipped_one_was_trained_on(
    adapter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ranking.factory._shipped", lambda: adapter)
    with pytest.raises(DataFileError, match="was not trained on"):
        source(None).refuse_leaks("base", [Query("q-1", (LONG,), ("s1",))], ())
    assert source(None).trained_items("base") == {"s0", "s1"}


def test_a_broken_card_is_one_clear_error(adapter: Path) -> None:
    (adapter / "card.json").write_text("{")
    with pytest.raises(DataFileError, match="adapter's card"):
        card_entry(adapter, "withheld")
    (adapter / "card.json").unlink()
    assert card_entry(adapter, "withheld") == []
