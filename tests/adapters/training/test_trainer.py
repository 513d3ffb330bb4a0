from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from adapters.engine.whitening import Whitening
from adapters.training.frozen_layer_cache import FrozenLayerCache
from adapters.training.item_head import (
    HeadExamples,
    ItemHead,
    JointObjective,
    fit_head,
    head_logits,
    head_loss,
)
from adapters.training.layers import LayerSpans
from adapters.training.packing import Branch, Pack, Target, pack_dialogue
from adapters.training.trainer import Trainer, add_lora
from adapters.training.training_run import RunFolder, TrainingOptions
from bot.core.errors import ModelError
from tests.tiny_model import tiny_model

OPTIONS = TrainingOptions(rank=2, trained_layers=1, epochs=2, most_tokens=60, learning_rate=5e-3)
ITEMS = 6
DEPTH = 2


def packs() -> list[Pack]:
    made = []
    for number in range(8):
        item = number % 2
        trunk = (10 + item, 12, 13)
        branch = Branch(3, (20, 21), (Target((30 + item, 40), item),), number)
        made.append(pack_dialogue(number, trunk, [branch]))
    return made


def lower(folder: Path) -> FrozenLayerCache:
    cache = FrozenLayerCache(folder, packs(), model_hash="tiny", depth=DEPTH)
    cache.fill(LayerSpans(tiny_model()), most_tokens=60)
    cache.load()
    return cache


def head() -> tuple[ItemHead, HeadExamples]:
    chance = np.random.default_rng(0)
    torch.manual_seed(0)
    vectors = chance.normal(size=(ITEMS, 4)).astype(np.float32)
    whitening = Whitening.of(chance.normal(size=(20, 48)).astype(np.float32), 8)
    examples = HeadExamples(np.zeros((8, 4), np.float32), np.zeros((8, ITEMS), np.float16))
    return ItemHead(vectors, np.eye(ITEMS, dtype=np.float32), whitening, rank=3), examples


def trainer(
    folder: Path,
    options: TrainingOptions = OPTIONS,
    data: str = "data",
    accelerator: Accelerator | None = None,
) -> Trainer:
    model = tiny_model()
    torch.manual_seed(1)
    adapted = add_lora(model, options)
    made, examples = head()
    objective = JointObjective(made, examples, model.get_output_embeddings(), 0.1)
    return Trainer(
        adapted,
        objective,
        packs(),
        lower(folder / "cache"),
        RunFolder(folder / "run", data),
        options,
        accelerator or Accelerator(cpu=True),
    )


def trained(one: Trainer) -> dict[str, torch.Tensor]:
    return {
        name: value.detach().clone()
        for name, value in one._accelerator.unwrap_model(one._module).named_parameters()
        if value.requires_grad
    }


def test_training_lowers_the_held_out_loss_and_touches_lora_and_head_alone(tmp_path: Path) -> None:
    one = trainer(tmp_path)
    before, _ = one.measure([6, 7])
    progress = one.fit(range(6), [6, 7])
    assert one.measure([6, 7])[0] < before
    assert progress.best_loss is not None
    assert all("lora_" in name or "objective.head" in name for name in trained(one))
    assert any((tmp_path / "run" / "logs").iterdir())


def test_a_killed_run_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    whole = trainer(tmp_path / "whole")
    whole.fit(range(6), [6, 7])
    killed = trainer(tmp_path / "killed")
    steps = 0

    def stop(what: str, done: int, of: int | None) -> None:
        nonlocal steps
        steps += 1
        if steps == 2:
            killed._keep()
            raise KeyboardInterrupt

    killed._report = stop
    with pytest.raises(KeyboardInterrupt):
        killed.fit(range(6), [6, 7])
    resumed = trainer(tmp_path / "killed")
    resumed.fit(range(6), [6, 7])
    for name, value in trained(whole).items():
        assert torch.allclose(value, trained(resumed)[name], atol=1e-5), name


def test_a_run_of_other_data_is_not_gone_on_with(tmp_path: Path) -> None:
    trainer(tmp_path).fit(range(6), [6, 7])
    with pytest.raises(ModelError, match="other data or options"):
        trainer(tmp_path, data="other").fit(range(6), [6, 7])
    with pytest.raises(ModelError, match="rank"):
        trainer(tmp_path, replace(OPTIONS, rank=4)).fit(range(6), [6, 7])


def test_training_stops_in_time(tmp_path: Path) -> None:
    progress = trainer(tmp_path, replace(OPTIONS, max_minutes=1e-9)).fit(range(6), [6, 7])
    assert progress.finished
    assert progress.epoch == 1


def test_the_lower_layers_are_computed_once(tmp_path: Path) -> None:
    first = lower(tmp_path)
    states = first.states([0, 1])
    assert states.shape == (2, len(packs()[0]), 48)
    again = FrozenLayerCache(tmp_path, packs(), model_hash="tiny", depth=DEPTH)
    again.load()  # nothing is left to compute
    assert torch.equal(again.states([0, 1]), states)
    with pytest.raises(FileNotFoundError):
        FrozenLayerCache(tmp_path, packs(), model_hash="another", depth=DEPTH).load()


def test_the_head_learns_what_the_states_say() -> None:
    made, examples = head()
    chance = np.random.default_rng(2)
    hidden = np.zeros((8, 48), np.float32)
    hidden[::2, 0], hidden[1::2, 1] = 3.0, 3.0
    hidden += chance.normal(size=hidden.shape).astype(np.float32) / 10
    pairs = [(number, number % 2) for number in range(8)]
    before = head_loss(made, hidden, examples, pairs)
    after = fit_head(made, hidden, examples, pairs, pairs, seed=0, epochs=200, patience=200)
    assert after < before
    logits = head_logits(made, hidden, examples, range(8))
    assert (logits[0, 0] > logits[0, 1]) == (logits[1, 1] > logits[1, 0])


def test_words_alone_have_no_part_in_the_ranking() -> None:
    made, examples = head()
    objective = JointObjective(made, examples, tiny_model().get_output_embeddings(), 0.1)
    from adapters.training.batches import collate

    reply = pack_dialogue(-1, (), [Branch(0, (5, 6), (Target((7, 8), -1),), 0)])
    _, targets, parts = objective(torch.randn(1, len(reply), 48), collate([reply]))
    assert targets == 1
    assert parts["ranking"] == parts["titles"] == 0 < parts["replies"]


@pytest.mark.slow
def test_two_processes_train_one_model(tmp_path: Path) -> None:
    # accelerate launches several processes by the same road with GPUs and without.
    command = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu"]
    command += ["--num_machines", "1", "--dynamo_backend", "no"]
    command += ["--num_processes", "2", "--mixed_precision", "no", "--num_cpu_threads_per_process"]
    command += ["1", "--main_process_port", "0", "-m", "tests.adapters.launched_training"]
    environment = {**os.environ, "ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [*command, str(tmp_path)], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    ended = [json.loads((tmp_path / f"ended-{n}.json").read_text()) for n in range(2)]
    assert ended[0]["processes"] == 2
    assert ended[0]["sums"] == pytest.approx(ended[1]["sums"], abs=1e-4)
    assert ended[0]["loss"] == pytest.approx(ended[1]["loss"], abs=1e-6)
