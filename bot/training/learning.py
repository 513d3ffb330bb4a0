"""Learning a ranker whole: plain terms, item vectors, LoRA with its head, titles; then the folder.

Order: what needs no model is fitted first, and its score is the offset that the language model's
head learns on top of. A tenth of the dialogues is held out of the head and the LoRA weights, to
stop by and to weigh the titles with. Everything slow is kept on disk as it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from adapters.engine.token_bags import TokenBags
from adapters.engine.whitening import Whitening
from adapters.models.base_model import BaseModel
from adapters.training.batches import collate
from adapters.training.frozen_layer_cache import LowerCache
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
from adapters.training.title_vectors import title_states
from adapters.training.trainer import Trainer, add_lora
from adapters.training.training_run import RunFolder, TrainingOptions
from bot.core.protocols import Catalogue
from bot.core.values import Item, Message
from bot.data.dialogues import Dialogue
from bot.ranking.items.keys import ItemKey
from bot.ranking.items.vectors import ItemSpace, context_vector
from bot.ranking.rendering import dialogue_text, request_text
from bot.ranking.resolved_query import Ask, Vector
from bot.ranking.terms.plain_terms import PlainTerms
from bot.training.examples import Example, deal_folds, examples_of
from bot.training.fitting import PlainFit, fit_plain, offsets
from bot.training.packs import packs_of
from bot.understanding import build_understander

HELD_PARTS = 10
"""One dialogue in so many is held out."""
VECTOR_ITEMS = 3000
"""How many of the best-known items get a vector of the model's own, besides those with data."""
TITLE_WEIGHT = 0.1
HIDDEN_TOKENS = 3000
REPLIES = 300
"""Grounded replies that are learned beside the dialogues."""

Report = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Learned:
    """What training made; `held` are held-out examples with all items' logits, titles left out,
    by terms and a head that did not see them."""

    plain: PlainFit
    terms: PlainTerms
    space: ItemSpace
    head: ItemHead
    base_head: ItemHead
    whitening: Whitening
    adapted: Any
    examples: Sequence[Example]
    held: Sequence[tuple[Example, Vector]]
    figures: dict[str, float] = field(default_factory=dict)


def learn(
    dialogues: Sequence[Dialogue],
    catalogue: Catalogue,
    background: Sequence[Item],
    known: dict[int, float],
    terms: PlainTerms,
    base: BaseModel,
    options: TrainingOptions,
    *,
    run: RunFolder,
    cache: Path,
    accelerator: Any,
    withheld: frozenset[str] = frozenset(),
    report: Report | None = None,
) -> Learned:
    """Train on linked dialogues; `background` are items to make vectors for besides those named.

    `known` is popularity by hashed shared id. `withheld` items are neither targets nor counted.
    """
    from adapters.models.loading import load_model, load_tokenizer

    say = report or (lambda what, done, whole: None)
    say("Reading the dialogues", 0, None)
    examples = examples_of(dialogues, catalogue, build_understander(catalogue), withheld=withheld)
    plain = fit_plain(
        dialogues, examples, terms, known, seed=options.seed, withheld=withheld, report=say
    )
    closed = offsets(plain, examples, catalogue, say)
    model = load_model(base, device="cpu")
    tokenizer = load_tokenizer(base)

    def split(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False))

    packs = packs_of(dialogues, examples, catalogue, split)
    dialogue_packs = len(packs)
    requests = [each.turns[0].text for each in dialogues if each.turns]
    packs += reply_packs(
        reply_examples(catalogue, count=REPLIES, seed=options.seed, requests=requests),
        split,
        split,
    )
    spans = LayerSpans(model)
    depth = spans.count - options.trained_layers
    lower = LowerCache(cache, packs, model_hash=base.sha256, depth=depth)
    lower.fill(
        spans,
        most_tokens=options.most_tokens,
        share=(accelerator.process_index, accelerator.num_processes),
        progress=lambda done, whole: say("Lower layers, once", done, whole),
    )
    accelerator.wait_for_everyone()
    lower.load()
    space = _item_space(model, split, catalogue, background, terms, known, plain, cache, base, say)
    bags = TokenBags(_embedding(model), split)
    vectors, features = space.on(catalogue, terms.roles, known, bags)
    asks = [Ask.of(example.query, catalogue) for example in examples]
    context = np.stack([context_vector(vectors, ask.rows, ask.weights) for ask in asks])
    data = HeadExamples(context, closed)
    held = frozenset(np.flatnonzero(deal_folds(len(dialogues), HELD_PARTS, options.seed) == 0))
    hidden = hidden_states(spans, packs[:dialogue_packs], lower, len(examples), depth, say)
    talks = packs[:dialogue_packs]
    packed = {branch.example for pack in talks for branch in pack.branches}
    train = _pairs(examples, catalogue, packed, lambda e: e.dialogue not in held)
    test = _pairs(
        examples, catalogue, packed, lambda e: e.dialogue in held and e.speaker == "assistant"
    )
    whitening = Whitening.of(hidden[sorted({number for number, _ in train})], QUERY_WIDTH)
    base_head = ItemHead(vectors, features, whitening)
    figures = {"held_loss_offset": _offset_loss(data, test)}
    say("Fitting the head to the base model", 0, None)
    figures["held_loss_base"] = fit_head(base_head, hidden, data, train, test, seed=options.seed)
    head = ItemHead(vectors, features, whitening)
    head.load_state_dict(base_head.state_dict())
    adapted = add_lora(model, options)
    objective = JointObjective(head, data, model.get_output_embeddings(), TITLE_WEIGHT)
    trainer = Trainer(adapted, objective, packs, lower, run, options, accelerator, say)
    progress = trainer.fit(
        [n for n, pack in enumerate(packs) if pack.dialogue not in held],
        [n for n, pack in enumerate(talks) if pack.dialogue in held],
    )
    hidden = hidden_states(spans, packs[:dialogue_packs], lower, len(examples), depth, say)
    figures["held_loss_lora"] = head_loss(head, hidden, data, test)
    numbers = sorted({number for number, _ in test})
    logits = head_logits(head, hidden, data, numbers)
    measured = [(examples[number], row) for number, row in zip(numbers, logits, strict=True)]
    figures.update(_recalls("held_recall", measured, catalogue))
    numbers_offset = [(examples[n], closed[n].astype(np.float32)) for n in numbers]
    figures.update(_recalls("held_recall_plain", numbers_offset, catalogue))
    figures["epochs"] = float((progress.best_epoch or 0) + 1)
    figures["training_seconds"] = progress.seconds
    return Learned(
        plain, terms, space, head, base_head, whitening, adapted, examples, measured, figures
    )


def fingerprint(
    dialogues: Sequence[Dialogue], catalogue: Catalogue, base: BaseModel, **more: Any
) -> str:
    """A hash of all that a run learns from; a run with another one is another run."""
    import hashlib

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
    lower: LowerCache,
    count: int,
    depth: int,
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
                lower.states(numbers), batch.positions, batch.visible, depth, spans.count
            )
            final = spans.finish(states)
            if found is None:
                found = np.zeros((count, final.shape[-1]), dtype=np.float32)
            for row, number in enumerate(numbers):
                for branch in packs[number].branches:
                    found[branch.example] = final[row, branch.end].numpy()
    assert found is not None
    return found


def _item_space(
    model: Any,
    split: Callable[[str], list[int]],
    catalogue: Catalogue,
    background: Sequence[Item],
    terms: PlainTerms,
    known: dict[int, float],
    plain: PlainFit,
    cache: Path,
    base: BaseModel,
    report: Report,
) -> ItemSpace:
    """The space over the items with data and the best known of `background`."""
    import hashlib

    chosen: dict[ItemKey, str] = {}
    mentioned = np.flatnonzero(plain.log.on(catalogue).sum(axis=0).A1 > 0)
    famous = sorted(background, key=lambda item: -(item.popularity or 0.0))[:VECTOR_ITEMS]
    for item in [*(catalogue.items[int(row)] for row in mentioned), *famous]:
        chosen.setdefault(ItemKey.of(item), item.label)
    said = dialogue_text([Message("user", "I loved \0.")]) + request_text()
    before, after = said.split(" \0")
    names = list(chosen.values())
    digest = hashlib.sha256(repr((base.sha256, said, names)).encode()).hexdigest()[:16]
    file = cache / f"titles-{digest}.npz"
    if not file.is_file():
        states = title_states(
            LayerSpans(model),
            split(before),
            [split(" " + name) for name in names],
            split(after),
            lambda done, whole: report("Item vectors, once", done, whole),
        )
        partial = file.with_suffix(".partial.npz")
        np.savez(partial, *[part.astype(np.float16) for part in states])
        partial.replace(file)
    with np.load(file) as kept:
        of_names, of_ends = (kept[name].astype(np.float32) for name in kept.files)
    bags = TokenBags(_embedding(model), split)
    return ItemSpace.fit(catalogue, terms.roles, known, bags, tuple(chosen), (of_ends, of_names))


def _embedding(model: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    weight = model.get_input_embeddings().weight
    return np.asarray(weight.detach().float().cpu().numpy(), dtype=np.float32)


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
