"""Reading what training left behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.evaluation.training_runs import training_curves, training_runs


def card(folder: Path, **more: object) -> Path:
    folder.mkdir(parents=True)
    document = {
        "name": folder.name,
        "command": "tastebot train",
        "base_name": "A base",
        "dialogues": 10,
        "figures": {"held_loss_lora": 6.5, "training_seconds": 90.0, "weight_words": 1.0},
        **more,
    }
    (folder / "card.json").write_text(json.dumps(document))
    return folder


def test_the_adapter_in_use_comes_first_then_those_beside_it_and_in_the_data_folder(
    tmp_path: Path,
) -> None:
    card(tmp_path / "adapters" / "a")
    used = card(tmp_path / "adapters" / "b")
    card(tmp_path / "home" / "mine")
    card(tmp_path / "home" / "adapters" / "deep")
    runs = training_runs(used, tmp_path / "home")

    assert [run.name for run in runs] == ["b", "a", "deep", "mine"]
    assert [run.in_use for run in runs] == [True, False, False, False]
    assert runs[0].figures == {"loss_lora": 6.5}
    assert (runs[0].dialogues, runs[0].seconds, runs[0].base) == (10, 90.0, "A base")


def test_the_shipped_adapter_has_a_card_with_figures() -> None:
    import adapters

    shipped = Path(adapters.__file__).parent / "tastebot-films"
    [run, *_] = training_runs(shipped, Path("nowhere"))

    assert run.in_use
    assert {"loss_lora", "recall@10"} <= set(run.figures)


@pytest.mark.parametrize(
    "content", ["", "no JSON", "[]", '{"name": "x"}', '{"figures": {"held_a": "b"}}']
)
def test_a_card_that_cannot_be_read_is_left_out(tmp_path: Path, content: str) -> None:
    (tmp_path / "home" / "broken").mkdir(parents=True)
    (tmp_path / "home" / "broken" / "card.json").write_text(content)

    assert training_runs(None, tmp_path / "home") == []


def test_losses_are_read_from_the_logs_of_a_run(tmp_path: Path) -> None:
    tensorboard = pytest.importorskip("torch.utils.tensorboard")
    board = tensorboard.SummaryWriter(str(tmp_path / ".mine.run" / "logs"))
    for step, loss in enumerate((7.0, 6.5)):
        board.add_scalar("train/loss", loss, step)
        board.add_scalar("train/titles", 1.0, step)
    board.close()
    [curve] = training_curves(None, tmp_path)

    assert (curve.run, curve.tag, curve.steps, curve.values) == (
        "mine",
        "train/loss",
        (0, 1),
        (7.0, 6.5),
    )


def test_no_traces_are_no_runs(tmp_path: Path) -> None:
    assert training_runs(None, tmp_path) == []
    assert training_curves(None, tmp_path) == []
