"""Training's tokens a second over four epochs beside a plain PEFT loop over the same examples.

The product's way packs a dialogue's moments into one sequence, runs the frozen lower layers once,
keeps their output on disk, and trains the upper layers from there. The plain loop is what one
writes first: every example by itself, batches as they come, the whole model forward, the same LoRA
on the same layers. Both minimise the cross-entropy of the same target tokens. Tokens are the plain
loop's: context and target of every example, padding not counted.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from adapters.training.batches import Batch
from adapters.training.frozen_layer_cache import FrozenLayerCache
from adapters.training.layers import LayerSpans
from adapters.training.packing import Branch, Pack, Target, pack_dialogue
from adapters.training.trainer import Trainer, add_lora
from adapters.training.training_run import RunFolder, TrainingOptions
from bot.benchmark.figures import TrainingSpeed
from bot.benchmark.talk import Talk
from bot.ranking.rendering import dialogue_text, request_text, title_text

Report = Callable[[str, int, int | None], None]
Split = Callable[[str], Sequence[int]]
EPOCHS = 4
PLAIN_BATCH = 8
IGNORED = -100
"""The label of a token that is read and not predicted."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The same examples twice: packed, and each as (tokens, how many of the last are predicted)."""

    packs: tuple[Pack, ...]
    examples: tuple[tuple[tuple[int, ...], int], ...]

    @property
    def tokens(self) -> int:
        """Tokens of all examples."""
        return sum(len(tokens) for tokens, _ in self.examples)


def sample_of(talks: Sequence[Talk], titles: Sequence[str], split: Split) -> Sample:
    """Dialogues with a title to predict before each answer, rendered as when serving."""
    chance = random.Random(0)
    request = tuple(split(request_text()))
    opening = len(dialogue_text(()))
    packs, examples, number = [], [], 0
    for dialogue, talk in enumerate(talks):
        trunk = list(split(dialogue_text(())))
        branches = []
        for message in talk.dialogue(len(talk.messages)):
            trunk.extend(split(dialogue_text([message])[opening:]))
            if message.speaker == "assistant":
                continue
            target = tuple(split(title_text(chance.choice(titles))))
            branches.append(Branch(len(trunk), request, (Target(target, 0),), number))
            examples.append(((*trunk, *request, *target), len(target)))
            number += 1
        packs.append(pack_dialogue(dialogue, trunk, branches))
    return Sample(tuple(packs), tuple(examples))


class TitleObjective(nn.Module):
    """Summed cross-entropy of the targets' tokens by a fixed output layer."""

    def __init__(self, output: Any):
        super().__init__()
        self._output = [output]  # in a list: its weights are the model's own, and frozen

    def forward(self, hidden: Tensor, batch: Batch) -> tuple[Tensor, int, dict[str, float]]:
        """(sum of losses, tokens, no parts) for final hidden states (packs, length, hidden)."""
        states, wanted = [], []
        for row, pack in enumerate(batch.packs):
            for branch in pack.branches:
                for path in branch.steps:
                    for node, token in path:
                        states.append(hidden[row, node])
                        wanted.append(token)
        logits = self._output[0](torch.stack(states))
        loss = functional.cross_entropy(logits, torch.tensor(wanted), reduction="sum")
        return loss, len(wanted), {}


def measure_training(
    load: Callable[[], Any], sample: Sample, *, options: TrainingOptions, report: Report
) -> TrainingSpeed:
    """Four epochs of the product's training, and one epoch of the plain loop, taken four times.

    The plain loop keeps nothing between epochs, so that each costs the same; half of it is run
    before and half after, so that a drift of the machine is shared. `load` gives a fresh model.
    """
    # What is imported and made at first use is neither's training.
    packed_seconds(load(), sample.packs[:1], options)
    plain_epoch_seconds(load(), sample.examples[:1], options)
    steps = [sample.examples[::2], sample.examples[1::2]]
    report("Training beside a plain loop", 0, 3)
    plain = plain_epoch_seconds(load(), steps[0], options)
    report("Training beside a plain loop", 1, 3)
    ours = packed_seconds(load(), sample.packs, options)
    report("Training beside a plain loop", 2, 3)
    plain += plain_epoch_seconds(load(), steps[1], options)
    report("Training beside a plain loop", 3, 3)
    tokens = EPOCHS * sample.tokens
    return TrainingSpeed(tokens / ours, sample.tokens / plain, tokens)


def packed_seconds(model: Any, packs: Sequence[Pack], options: TrainingOptions) -> float:
    """Lower layers once, then four epochs over the upper ones; writing to disk included."""
    from accelerate import Accelerator

    spans = LayerSpans(model)
    with tempfile.TemporaryDirectory(prefix="tastebot-bench-") as name:
        folder = Path(name)
        began = perf_counter()
        lower = FrozenLayerCache(
            folder, packs, model_hash="bench", depth=spans.count - options.trained_layers
        )
        lower.fill(spans, most_tokens=options.most_tokens)
        lower.load()
        adapted = add_lora(model, options)
        objective = TitleObjective(model.get_output_embeddings())
        run = RunFolder(folder / "run", "bench")
        Trainer(adapted, objective, packs, lower, run, options, Accelerator(cpu=True)).fit(
            range(len(packs)), []
        )
        return perf_counter() - began


def plain_epoch_seconds(
    model: Any, examples: Sequence[tuple[tuple[int, ...], int]], options: TrainingOptions
) -> float:
    """One epoch of a plain loop over examples in random order."""
    adapted = add_lora(model, options)
    adapted.train()
    weights = [weight for weight in adapted.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(weights, lr=options.learning_rate)
    order = list(examples)
    random.Random(0).shuffle(order)
    began = perf_counter()
    for start in range(0, len(order), PLAIN_BATCH):
        loss = adapted(**plain_batch(order[start : start + PLAIN_BATCH])).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        optimiser.zero_grad()
    return perf_counter() - began


def plain_batch(examples: Sequence[tuple[tuple[int, ...], int]]) -> dict[str, Tensor]:
    """Examples padded to one length, as transformers takes them."""
    longest = max(len(tokens) for tokens, _ in examples)
    ids = torch.zeros(len(examples), longest, dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, IGNORED)
    for row, (tokens, predicted) in enumerate(examples):
        size = len(tokens)
        ids[row, :size] = torch.tensor(tokens)
        mask[row, :size] = 1
        labels[row, size - predicted : size] = ids[row, size - predicted : size]
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}
