"""Learning a ranker whole: plain terms, item vectors, LoRA with its head.

Order: what needs no model is fitted first, and its score is the offset that the language model's
head learns on top of. A tenth of the dialogues is held out of the head and the LoRA weights, to
stop by and to measure with. Everything slow is cached on disk as it goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from adapters.engine.whitening import Whitening
from adapters.models.base_model import BaseModel
from adapters.training.batches import collate
from adapters.training.frozen_layer_cache import FrozenLayerCache
from adapters.training.item_head import (
    QUERY_WIDTH,
    HeadExamples,
    ItemHead,
    JointObjective,
    fit_head,
    head_logits,
    head_loss,
)
from adapters.training.layers import LayerSpans
from adapters.training.packing import Pack, bucketed
from adapters.training.reply_examples import reply_examples, reply_packs
from adapters.training.trainer import Trainer, add_lora
from adapters.training.training_run import RunFolder, TrainingOptions
from bot.core.protocols import Catalogue
from bot.data.dialogues import Dialogue
from bot.ranking.items.vectors import ItemSpace, context_vector
from bot.ranking.resolved_query import Ask, Vector
from bot.training.examples import Example, deal_folds, examples_of
from bot.training.fitting import PlainFit, fit_plain, offsets
from bot.training.item_space import Lessons, TitleReader, item_space
from bot.training.packs import packs_of
from bot.understanding import build_understander

HELD_PARTS = 10
"""One dialogue in so many is held out."""
TITLE_WEIGHT = 0.1
HIDDEN_TOKENS = 3000
REPLIES = 300
"""Grounded replies that are learned beside the dialogues."""

Report = Callable[[str, int, int | None], None]
Split = Callable[[str], list[int]]


@dataclass(frozen=True)
class Learned:
    """What training made; `figures` are of held-out dialogues, by what did not see them."""

    plain: PlainFit
    space: ItemSpace
    head: ItemHead
    base_head: ItemHead
    whitening: Whitening
    adapted: Any
    examples: Sequence[Example]
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Deal:
    """Which dialogues are `held` out, and the (example, row) pairs of either side."""

    held: frozenset[int]
    train: list[tuple[int, int]]
    test: list[tuple[int, int]]


def learn(
    lessons: Lessons,
    base: BaseModel,
    options: TrainingOptions,
    *,
    run: RunFolder,
    cache: Path,
    accelerator: Any,
    report: Report | None = None,
) -> Learned:
    """Train on `lessons`; what is computed once is cached in the folder `cache`."""
    say = report or (lambda what, done, whole: None)
    catalogue = lessons.catalogue
    say("Reading the dialogues", 0, None)
    examples = examples_of(
        lessons.dialogues, catalogue, build_understander(catalogue), withheld=lessons.withheld
    )
    plain = _plain_fit(lessons, examples, options.seed, say)
    closed = offsets(plain, examples, catalogue, say)
    model, split = _loaded(base)
    talks = packs_of(lessons.dialogues, examples, catalogue, split)
    packs = [*talks, *_reply_packs(lessons, options.seed, split)]
    spans = LayerSpans(model)
    lower = _frozen_layers(
        FrozenLayerCache(
            cache, packs, model_hash=base.sha256, depth=spans.count - options.trained_layers
        ),
        spans,
        options,
        accelerator,
        say,
    )
    names = TitleReader(model, split, base.sha256, cache)
    space = item_space(names, lessons, plain, say)
    vectors, features = space.on(catalogue, lessons.terms.roles, lessons.known, names.bags())
    data = HeadExamples(_contexts(vectors, examples, catalogue), closed)
    deal = _deal(lessons, examples, talks, options.seed)
    hidden = hidden_states(spans, talks, lower, len(examples), say)
    whitening = Whitening.of(hidden[sorted({number for number, _ in deal.train})], QUERY_WIDTH)
    base_head = ItemHead(vectors, features, whitening)
    figures = {"held_loss_offset": _offset_loss(data, deal.test)}
    say("Fitting the head to the base model", 0, None)
    figures["held_loss_base"] = fit_head(
        base_head, hidden, data, deal.train, deal.test, seed=options.seed
    )
    head = ItemHead(vectors, features, whitening)
    head.load_state_dict(base_head.state_dict())
    adapted = add_lora(model, options)
    objective = JointObjective(head, data, model.get_output_embeddings(), TITLE_WEIGHT)
    trainer = Trainer(adapted, objective, packs, lower, run, options, accelerator, say)
    progress = trainer.fit(
        [n for n, pack in enumerate(packs) if pack.dialogue not in deal.held],
        [n for n, pack in enumerate(talks) if pack.dialogue in deal.held],
    )
    hidden = hidden_states(spans, talks, lower, len(examples), say)
    figures |= _held_figures(head, hidden, data, deal, examples, catalogue)
    figures["epochs"] = float((progress.best_epoch or 0) + 1)
    figures["training_seconds"] = progress.seconds
    return Learned(plain, space, head, base_head, whitening, adapted, examples, figures)


def _plain_fit(
    lessons: Lessons, examples: Sequence[Example], seed: int, report: Report
) -> PlainFit:
    return fit_plain(
        lessons.dialogues,
        examples,
        lessons.terms,
        lessons.known,
        seed=seed,
        withheld=lessons.withheld,
        report=report,
    )


def _loaded(base: BaseModel) -> tuple[Any, Split]:
    """The model in single precision, and how its tokeniser splits a text."""
    from adapters.models.loading import load_model, load_tokenizer

    model, tokenizer = load_model(base, device="cpu"), load_tokenizer(base)
    return model, lambda text: list(tokenizer.encode(text, add_special_tokens=False))


def fingerprint(
    dialogues: Sequence[Dialogue], catalogue: Catalogue, base: BaseModel, **more: Any
) -> str:
    """A hash of all that a run learns from; a run with another one is another run."""
    digest = hashlib.sha256(
        f"{catalogue.fingerprint} {base.sha256} {sorted(more.items())}".encode()
    )
    for dialogue in dialogues:
        digest.update(repr((dialogue.turns, sorted(dialogue.feedback.items()))).encode())
    return digest.hexdigest()


def option_facts(options: TrainingOptions) -> dict[str, Any]:
    """The options as the card names them."""
    return asdict(options)


def hidden_states(
    spans: LayerSpans,
    packs: Sequence[Pack],
    lower: FrozenLayerCache,
    count: int,
    report: Report,
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The final state at the end of each example's branch, (examples, hidden); others are 0."""
    import torch

    found: np.ndarray[Any, np.dtype[np.float32]] | None = None
    batches = bucketed([len(pack) for pack in packs], HIDDEN_TOKENS)
    with torch.inference_mode():
        for done, numbers in enumerate(batches):
            report("Reading states", done, len(batches))
            batch = collate([packs[number] for number in numbers])
            states = spans.run(
                lower.states(numbers), batch.positions, batch.visible, lower.depth, spans.count
            )
            final = spans.finish(states)
            if found is None:
                found = np.zeros((count, final.shape[-1]), dtype=np.float32)
            for row, number in enumerate(numbers):
                for branch in packs[number].branches:
                    found[branch.example] = final[row, branch.end].numpy()
    assert found is not None
    return found


def _reply_packs(lessons: Lessons, seed: int, split: Split) -> list[Pack]:
    """Grounded replies to the dialogues' first messages."""
    requests = [each.turns[0].text for each in lessons.dialogues if each.turns]
    replies = reply_examples(lessons.catalogue, count=REPLIES, seed=seed, requests=requests)
    return reply_packs(replies, split, split)


def _frozen_layers(
    lower: FrozenLayerCache,
    spans: LayerSpans,
    options: TrainingOptions,
    accelerator: Any,
    report: Report,
) -> FrozenLayerCache:
    """The cached output of the frozen layers, filled by all processes and loaded."""
    lower.fill(
        spans,
        most_tokens=options.most_tokens,
        share=(accelerator.process_index, accelerator.num_processes),
        progress=lambda done, whole: report("Lower layers, once", done, whole),
    )
    accelerator.wait_for_everyone()
    lower.load()
    return lower


def _contexts(vectors: Vector, examples: Sequence[Example], catalogue: Catalogue) -> Vector:
    """The mean vector of what each example's dialogue has mentioned, (examples, v)."""
    asks = [Ask.of(example.query, catalogue) for example in examples]
    return np.stack([context_vector(vectors, ask.rows, ask.weights) for ask in asks])


def _deal(lessons: Lessons, examples: Sequence[Example], talks: Sequence[Pack], seed: int) -> _Deal:
    folds = deal_folds(len(lessons.dialogues), HELD_PARTS, seed)
    held = frozenset(np.flatnonzero(folds == 0).tolist())
    packed = {branch.example for pack in talks for branch in pack.branches}
    train = _pairs(examples, lessons.catalogue, packed, lambda e: e.dialogue not in held)
    test = _pairs(
        examples,
        lessons.catalogue,
        packed,
        lambda e: e.dialogue in held and e.speaker == "assistant",
    )
    return _Deal(held, train, test)


def _held_figures(
    head: ItemHead,
    hidden: np.ndarray[Any, np.dtype[np.float32]],
    data: HeadExamples,
    deal: _Deal,
    examples: Sequence[Example],
    catalogue: Catalogue,
) -> dict[str, float]:
    """Loss and recall of the head on the trained model, and the plain terms' recall beside it."""
    figures = {"held_loss_lora": head_loss(head, hidden, data, deal.test)}
    numbers = sorted({number for number, _ in deal.test})
    logits = head_logits(head, hidden, data, numbers)
    measured = [(examples[number], row) for number, row in zip(numbers, logits, strict=True)]
    plain = [(examples[n], data.offset[n].astype(np.float32)) for n in numbers]
    return {
        **figures,
        **_recalls("held_recall", measured, catalogue),
        **_recalls("held_recall_plain", plain, catalogue),
    }


def _pairs(
    examples: Sequence[Example],
    catalogue: Catalogue,
    packed: set[int],
    wanted: Callable[[Example], bool],
) -> list[tuple[int, int]]:
    return [
        (number, catalogue.row(item))
        for number, example in enumerate(examples)
        if number in packed and wanted(example)
        for item in example.targets
    ]


def _offset_loss(data: HeadExamples, pairs: Sequence[tuple[int, int]]) -> float:
    total = 0.0
    for number, row in pairs:
        logits = data.offset[number].astype(np.float64)
        total += float(np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[row])
    return total / max(len(pairs), 1)


def _recalls(
    name: str, measured: Sequence[tuple[Example, Vector]], catalogue: Catalogue
) -> dict[str, float]:
    ranks = [
        int((logits > logits[catalogue.row(item)]).sum())
        for example, logits in measured
        for item in example.targets
    ]
    return {
        f"{name}@{k}": float(np.mean(np.asarray(ranks) < k)) if ranks else 0.0 for k in (1, 10, 50)
    }
