"""Training LoRA on a model's upper layers over packed dialogues, by Accelerate.

Owns the loop: batches, optimiser, held-out measuring, early stopping, checkpoints and logs. What
a pass is judged by is its objective; where states lie is `RunFolder`'s business; the frozen
lower layers' output comes from `FrozenLayerCache`. The same code runs alone and under
``accelerate launch`` with several processes, which share each epoch's batches.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from adapters.training.batches import Batch, collate
from adapters.training.frozen_layer_cache import FrozenLayerCache
from adapters.training.layers import LayerSpans
from adapters.training.packing import Pack, bucketed
from adapters.training.training_run import RunFolder, RunProgress, TrainingOptions

LORA_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
LEAST_RATE = 0.05
"""Share of the learning rate that is left at the end."""
STATE_FILE = "training.pt"
STATE_EVERY = 180.0
"""Seconds between two states on disk."""

Report = Callable[[str, int, int | None], None]


class UpperLayers(nn.Module):
    """The trained layers with an objective as one module, as distributed training wants it.

    An objective gives (sum of losses, number of targets, named parts of the sum) for final hidden
    states and their batch.
    """

    def __init__(self, model: Any, depth: int, objective: nn.Module):
        super().__init__()
        self.model = model
        self.objective = objective
        self._depth = depth

    def forward(self, states: Tensor, batch: Batch) -> tuple[Tensor, int, dict[str, float]]:
        """Objective over the upper layers' output for `states` (packs, length, hidden)."""
        spans = LayerSpans(self.model)
        hidden = spans.run(states, batch.positions, batch.visible, self._depth, spans.count)
        result: tuple[Tensor, int, dict[str, float]] = self.objective(spans.finish(hidden), batch)
        return result


def add_lora(model: Any, options: TrainingOptions) -> Any:
    """A PeftModel with fresh LoRA weights on the upper layers; everything else frozen."""
    from peft import LoraConfig, get_peft_model

    for parameter in model.parameters():
        parameter.requires_grad_(False)
    layers = LayerSpans(model).count
    config = LoraConfig(
        r=options.rank,
        lora_alpha=2 * options.rank,
        lora_dropout=options.dropout,
        target_modules=list(LORA_TARGETS),
        layers_to_transform=list(range(layers - options.trained_layers, layers)),
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


class Trainer:
    """One run over packs that a cache holds the lower states of.

    `train` and `held` are numbers of packs. `accelerator` decides device and processes.
    """

    def __init__(
        self,
        adapted: Any,
        objective: nn.Module,
        packs: Sequence[Pack],
        cache: FrozenLayerCache,
        run: RunFolder,
        options: TrainingOptions,
        accelerator: Any,
        report: Report | None = None,
    ):
        self._adapted = adapted
        self._packs = packs
        self._cache = cache
        self._run = run
        self._options = options
        self._accelerator = accelerator
        self._report = report or (lambda what, done, whole: None)
        module = UpperLayers(
            adapted.get_base_model(),
            LayerSpans(adapted.get_base_model()).count - options.trained_layers,
            objective,
        )
        weights = [p for p in module.parameters() if p.requires_grad]
        optimiser = torch.optim.AdamW(weights, lr=options.learning_rate, weight_decay=0.01)
        self._module, self._optimiser = accelerator.prepare(module, optimiser)
        self._weights = weights
        self.progress = RunProgress()

    def fit(self, train: Sequence[int], held: Sequence[int]) -> RunProgress:
        """Train to the end or to the time limit; the best epoch's weights are loaded at the end.

        Goes on from the run's state when there is one.
        """
        self.progress = self._run.resume(self._options)
        if self._run.state.is_dir():
            self._load_state(self._run.state)
        board = self._board()
        began = time.monotonic() - self.progress.seconds
        limit = self._options.max_minutes
        while not self._over():
            timely = self._epoch(train, began, limit, board)
            loss, parts = self.measure(held)
            self._log(board, "held", loss, parts, self.progress.epoch)
            if self.progress.best_loss is None or loss < self.progress.best_loss:
                self.progress.best_loss, self.progress.best_epoch = loss, self.progress.epoch
                self._keep_best()
            self.progress.epoch += 1
            self.progress.batch = 0
            self.progress.finished = not timely
            self.progress.seconds = time.monotonic() - began
            self._keep()
        self.progress.finished = True
        if self._run.best.is_dir():
            self._load_best()
        if board is not None:
            board.close()
        return self.progress

    @torch.no_grad()
    def measure(self, held: Sequence[int]) -> tuple[float, dict[str, float]]:
        """Loss for each target of held-out packs, and its named parts."""
        self._module.eval()
        batches = bucketed([len(self._packs[n]) for n in held], self._options.most_tokens)
        sums: dict[str, float] = {"loss": 0.0, "targets": 0.0}
        for places in self._mine(batches):
            total, count, parts = self._pass([held[place] for place in places])
            for name, value in {"loss": float(total.detach()), "targets": count, **parts}.items():
                sums[name] = sums.get(name, 0.0) + value
        self._module.train()
        names = sorted(sums)
        gathered = self._accelerator.reduce(
            torch.tensor([sums[name] for name in names], dtype=torch.float64), reduction="sum"
        ).tolist()
        whole = dict(zip(names, gathered, strict=True))
        count = max(whole.pop("targets"), 1.0)
        loss = whole.pop("loss") / count
        return loss, {name: value / count for name, value in whole.items()}

    def _over(self) -> bool:
        done = self.progress
        stale = done.best_epoch is not None and (
            done.epoch - 1 - done.best_epoch >= self._options.patience
        )
        return done.finished or done.epoch >= self._options.epochs or stale

    def _epoch(self, train: Sequence[int], began: float, limit: float | None, board: Any) -> bool:
        """The rest of an epoch; False when the time ran out."""
        options, progress = self._options, self.progress
        order = np.random.default_rng([options.seed, progress.epoch])
        batches = bucketed([len(self._packs[n]) for n in train], options.most_tokens, order)
        mine = self._mine(batches)
        all_steps = options.epochs * len(mine)
        kept = time.monotonic()
        self._module.train()
        while progress.batch < len(mine):
            step = progress.epoch * len(mine) + progress.batch
            _seed([options.seed, step])
            rate = _rate(step, all_steps, options)
            for group in self._optimiser.param_groups:
                group["lr"] = rate
            loss, count, parts = self._pass([train[place] for place in mine[progress.batch]])
            self._accelerator.backward(loss / max(count, 1))
            self._accelerator.clip_grad_norm_(self._weights, 1.0)
            self._optimiser.step()
            self._optimiser.zero_grad()
            progress.batch += 1
            progress.seconds = time.monotonic() - began
            self._report("Training", step + 1, all_steps)
            shares = {name: value / max(count, 1) for name, value in parts.items()}
            self._log(board, "train", float(loss.detach()) / max(count, 1), shares, step)
            if time.monotonic() - kept > STATE_EVERY:
                self._keep()
                kept = time.monotonic()
            if limit is not None and self._any(progress.seconds > 60 * limit):
                return False
        return True

    def _pass(self, numbers: Sequence[int]) -> tuple[Tensor, int, dict[str, float]]:
        batch = collate([self._packs[number] for number in numbers])
        device = self._accelerator.device
        placed = Batch(
            batch.packs,
            batch.tokens.to(device),
            batch.positions.to(device),
            batch.visible.to(device),
        )
        result: tuple[Tensor, int, dict[str, float]] = self._module(
            self._cache.states(numbers).to(device), placed
        )
        return result

    def _mine(self, batches: list[list[int]]) -> list[list[int]]:
        """This process's batches: every so many-th, the same number for all."""
        processes, mine = self._accelerator.num_processes, self._accelerator.process_index
        if processes == 1:
            return batches
        filled = batches + batches[: -len(batches) % processes]
        return filled[mine::processes]

    def _any(self, mine: bool) -> bool:
        """Whether it is so for any process, the same answer in all."""
        if self._accelerator.num_processes == 1:
            return mine
        votes = self._accelerator.reduce(torch.tensor(float(mine)), reduction="sum")
        return bool(votes > 0)

    def _keep(self) -> None:
        self._accelerator.wait_for_everyone()
        if self._accelerator.is_main_process:
            self._run.write(self.progress, self._options, self._save_state)
        self._accelerator.wait_for_everyone()

    def _save_state(self, folder: Path) -> None:
        module = self._accelerator.unwrap_model(self._module)
        torch.save(
            {"weights": _trained(module), "optimiser": self._optimiser.state_dict()},
            folder / STATE_FILE,
        )

    def _load_state(self, folder: Path) -> None:
        state = torch.load(folder / STATE_FILE, weights_only=True)
        module = self._accelerator.unwrap_model(self._module)
        module.load_state_dict(state["weights"], strict=False)
        self._optimiser.load_state_dict(state["optimiser"])

    def _keep_best(self) -> None:
        if self._accelerator.is_main_process:
            self._run.best.mkdir(parents=True, exist_ok=True)
            module = self._accelerator.unwrap_model(self._module)
            torch.save(_trained(module), self._run.best / "weights.pt")
        self._accelerator.wait_for_everyone()

    def _load_best(self) -> None:
        module = self._accelerator.unwrap_model(self._module)
        weights = torch.load(self._run.best / "weights.pt", weights_only=True)
        module.load_state_dict(weights, strict=False)

    def _board(self) -> Any:
        if not self._accelerator.is_main_process:
            return None
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            return None  # an optional dependency: training goes without its logs
        return SummaryWriter(str(self._run.logs))

    def _log(self, board: Any, kind: str, loss: float, parts: dict[str, float], step: int) -> None:
        if board is not None:
            for name, value in {"loss": loss, **parts}.items():
                board.add_scalar(f"{kind}/{name}", value, step)


def _trained(module: nn.Module) -> dict[str, Tensor]:
    """What is trained, by name."""
    return {
        name: parameter.detach().cpu().clone()
        for name, parameter in module.named_parameters()
        if parameter.requires_grad
    }


def _rate(step: int, steps: int, options: TrainingOptions) -> float:
    """Linear warm-up, then linear decay."""
    rise = min(1.0, (step + 1) / max(options.warm_up, 1))
    return options.learning_rate * rise * max(LEAST_RATE, 1 - step / max(steps, 1))


def _seed(seeds: Sequence[int]) -> None:
    """The same dropout for the same step, also after a resume."""
    number = int(np.random.SeedSequence(list(seeds)).generate_state(1)[0])
    torch.manual_seed(number)
    random.seed(number)
