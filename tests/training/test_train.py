from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from accelerate import Accelerator

from adapters.models.adapter_folder import read_adapter_folder, read_card
from adapters.training.training_run import TrainingOptions
from bot.core.errors import UsageError
from bot.core.results import RankingQuery
from bot.core.values import Message
from bot.data.dialogues import Dialogue
from bot.ranking.factory import build_ranker
from bot.training.train import AdapterTarget, TrainingSource, train_ranker, withheld_items
from tests.fake_language_model import FakeLanguageModel
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS
from tests.tiny_model import save_tiny_model

CATALOGUE = MemoryCatalogue(FILMS)
PAIRS = [("heat", "ronin"), ("alien", "arrival"), ("fargo", "lebowski"), ("groundhog", "lost")]
OPTIONS = TrainingOptions(rank=2, trained_layers=1, epochs=1, warm_up=2)


def dialogue(number: int) -> Dialogue:
    first, second = (CATALOGUE.get(item) for item in PAIRS[number % len(PAIRS)])
    assert first is not None
    assert second is not None
    return Dialogue(
        str(number),
        (
            Message("user", f"I liked {first.label}, number {number}", (first.item_id,)),
            Message("assistant", f"Then see {second.label}", (second.item_id,)),
        ),
        {second.item_id: "liked"},
    )


DIALOGUES = [dialogue(number) for number in range(24)]


def train(tmp_path: Path, dialogues: list[Dialogue] = DIALOGUES) -> dict[str, Any]:
    return train_ranker(
        TrainingSource(dialogues, CATALOGUE, CATALOGUE, hashes={"train.jsonl": "0" * 64}),
        save_tiny_model(tmp_path / "tiny"),
        OPTIONS,
        AdapterTarget(tmp_path / "out", "tastebot train"),
        home=tmp_path / "home",
        accelerator=Accelerator(cpu=True),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trained")
    train(path)
    return path / "out"


def test_training_ends_in_a_whole_folder_and_leaves_no_run_behind(folder: Path) -> None:
    card = read_card(folder)
    assert card["dialogues"] == len(DIALOGUES)
    assert card["trained_items"] == sorted({item for pair in PAIRS for item in pair})
    assert card["figures"]["held_loss_lora"] > 0
    assert {path.name for path in folder.parent.iterdir()} == {"out", "home", "tiny"}
    assert str(folder.parent) not in json.dumps(card)


def test_what_was_trained_ranks(folder: Path) -> None:
    read_adapter_folder(folder)
    model = FakeLanguageModel(hidden_size=48)
    query = RankingQuery((Message("user", "Heat", ("heat",)),), exclude=frozenset({"heat"}))
    ranked = build_ranker(CATALOGUE, model, folder).rank(query, 3)
    assert "ronin" in {each.item_id for each in ranked}
    assert "language_model" in ranked[0].terms
    plain = build_ranker(CATALOGUE, None, folder, name="fusion-without-lm").rank(query, 3)
    assert "language_model" not in plain[0].terms
    alone = build_ranker(CATALOGUE, None, folder, name="term:co_mention").rank(query, 1)
    assert set(alone[0].terms) == {"co_mention"}


def test_an_unknown_term_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="mood"):
        build_ranker(CATALOGUE, None, folder, without=frozenset({"mood"}))


def test_too_few_dialogues_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least"):
        train(tmp_path, DIALOGUES[:3])
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "home").exists()


def test_withheld_items_are_a_share_and_the_same_for_a_seed() -> None:
    held = withheld_items(CATALOGUE, 0.25, 7)
    assert len(held) == round(0.25 * len(FILMS))
    assert held == withheld_items(CATALOGUE, 0.25, 7)
    assert withheld_items(CATALOGUE, 0.0, 7) == frozenset()
