"""`tastebot train` behind the terminal: files in, an adapter folder out.

Owns the order of the whole: checking, learning with what is measured on the held-out dialogues,
and writing the folder with its card.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

import prompts
from adapters.models.adapter_folder import read_adapter_folder, read_card, write_adapter_folder
from adapters.models.base_model import BaseModel
from adapters.training.training_run import RunFolder, TrainingOptions
from bot.core.errors import UsageError
from bot.core.protocols import Catalogue
from bot.data.dialogues import Dialogue
from bot.data.interactions import Interaction
from bot.data.leakage import dialogue_hashes
from bot.ranking.items.prior import Roles, popularity_by_shared_id
from bot.ranking.ranker_files import RankingParts
from bot.ranking.terms.co_mentions import MentionLog
from bot.ranking.terms.collaborative import CollaborativeTerm
from bot.ranking.terms.plain_terms import PlainTerms
from bot.training.examples import examples_of
from bot.training.fitting import fit_plain
from bot.training.item_space import Lessons
from bot.training.learning import Learned, fingerprint, learn, option_facts
from bot.understanding import build_understander

LEAST_DIALOGUES = 20

Report = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class TrainingSource:
    """What a run learns from: linked dialogues and interactions, with the files' hashes.

    They speak of `catalogue`; `background` is one that knows how well known items are.
    """

    dialogues: Sequence[Dialogue]
    catalogue: Catalogue
    background: Catalogue
    interactions: Sequence[Interaction] = ()
    hashes: dict[str, str] = field(default_factory=dict)

    def plain_terms(self, roles: Roles) -> tuple[PlainTerms, MentionLog | None]:
        """The terms without a language model, and who took to what where that is known."""
        if not self.interactions:
            return PlainTerms.on(self.catalogue, roles, None), None
        people = _people(self.interactions, self.catalogue)
        collaborative = CollaborativeTerm(people.on(self.catalogue))
        return PlainTerms.on(self.catalogue, roles, collaborative), people


@dataclass(frozen=True)
class AdapterTarget:
    """The folder that a run writes, and the command that its card names."""

    folder: Path
    command: str


def train_ranker(
    source: TrainingSource,
    base: BaseModel,
    options: TrainingOptions,
    target: AdapterTarget,
    *,
    home: Path,
    accelerator: Any,
    withhold: float = 0.0,
    report: Report | None = None,
) -> dict[str, Any]:
    """Train and write the target's folder; returns the card.

    `withhold` is the share of items that nothing is learned of, for measuring what happens to new
    ones. Raises UsageError when there are too few dialogues to learn from.
    """
    if len(source.dialogues) < LEAST_DIALOGUES:
        raise UsageError(
            f"Training needs at least {LEAST_DIALOGUES} dialogues",
            found=str(len(source.dialogues)),
            remedy="Add files with --dialogues",
        )
    catalogue, out = source.catalogue, target.folder
    withheld = withheld_items(catalogue, withhold, options.seed)
    roles = Roles.of(catalogue)
    terms, people = source.plain_terms(roles)
    lessons = Lessons(
        source.dialogues,
        catalogue,
        source.background.items,
        popularity_by_shared_id(source.background),
        terms,
        withheld,
    )
    identity = fingerprint(
        source.dialogues,
        catalogue,
        base,
        people=len(source.interactions),
        withheld=sorted(withheld),
    )
    run = RunFolder(out.with_name(f".{out.name}.run"), identity)
    learned = learn(
        lessons,
        base,
        options,
        run=run,
        cache=home / "training-cache",
        accelerator=accelerator,
        report=report,
    )
    if not accelerator.is_main_process:
        return {}
    card = _card(source, base, options, target, learned) | {"withheld": sorted(withheld)}
    write_adapter_folder(
        out,
        peft_model=learned.adapted,
        ranking=_ranking_parts(learned, roles, people).files(),
        card=card,
        readme=prompts.render("ranking/card.jinja", card=card),
    )
    run.clear()
    return card


def refit_ranker(
    source: TrainingSource,
    kept: Path,
    target: AdapterTarget,
    *,
    seed: int,
    report: Report | None = None,
) -> dict[str, Any]:
    """Fit the plain terms anew, with these dialogues and interactions; returns the card.

    LoRA and head are those of the folder `kept`, which stays as it is. Without interactions so are
    all weights but those of the wishes: the head was learned on top of them. Takes a minute or two.
    Raises ModelError when `kept` is no whole folder.
    """
    card = read_card(kept)
    parts = RankingParts.read(read_adapter_folder(kept))
    terms, people = source.plain_terms(parts.roles.within(source.catalogue))
    if report is not None:
        report("Reading the dialogues", 0, None)
    reader = build_understander(source.catalogue)
    examples = examples_of(source.dialogues, source.catalogue, reader)
    known = popularity_by_shared_id(source.background)
    weights = parts.fusion if people is None else None
    plain = fit_plain(
        source.dialogues, examples, terms, known, seed=seed, kept=weights, report=report
    )
    whole = replace(parts, log=plain.log, prior=plain.prior, fusion=plain.fusion, people=people)
    card = {
        **card,
        "name": target.folder.name,
        "command": target.command,
        "kept_from": card.get(
            "kept_from", {"name": card.get("name"), "command": card.get("command")}
        ),
        "data": {**card.get("data", {}), **source.hashes},
        "training_hashes": sorted(
            {*card.get("training_hashes", ()), *dialogue_hashes(source.dialogues)}
        ),
        "trained_items": sorted(
            {*card.get("trained_items", ()), *(i for each in examples for i in each.targets)}
        ),
    }
    write_adapter_folder(
        target.folder,
        peft_model=None,
        peft_files=kept,
        ranking=whole.files(),
        card=card,
        readme=prompts.render("ranking/card.jinja", card=card),
    )
    return card


def withheld_items(catalogue: Catalogue, share: float, seed: int) -> frozenset[str]:
    """A random share of a catalogue's items, the same for the same seed."""
    order = np.random.default_rng([seed, 1]).permutation(len(catalogue.items))
    return frozenset(catalogue.items[row].item_id for row in order[: round(share * len(order))])


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _card(
    source: TrainingSource,
    base: BaseModel,
    options: TrainingOptions,
    target: AdapterTarget,
    learned: Learned,
) -> dict[str, Any]:
    return {
        "name": target.folder.name,
        "base_name": base.name,
        "base_sha256": base.sha256,
        "base_license": base.license,
        "data": source.hashes,
        "dialogues": len(source.dialogues),
        "examples": len(learned.examples),
        "catalogue": source.catalogue.name,
        "catalogue_fingerprint": source.catalogue.fingerprint,
        "command": target.command,
        "options": option_facts(options),
        "figures": learned.figures,
        "trained_items": sorted({item for each in learned.examples for item in each.targets}),
        "training_hashes": dialogue_hashes(source.dialogues),
    }


def _ranking_parts(learned: Learned, roles: Roles, people: MentionLog | None) -> RankingParts:
    return RankingParts(
        roles=roles,
        log=learned.plain.log,
        prior=learned.plain.prior,
        fusion=learned.plain.fusion,
        space=learned.space,
        whitening=learned.whitening,
        heads={"tuned": learned.head.weights(), "base": learned.base_head.weights()},
        people=people,
    )


def _people(interactions: Sequence[Interaction], catalogue: Catalogue) -> MentionLog:
    """Who took to what, as sessions of one person each."""
    taken: dict[str, list[str]] = {}
    for each in interactions:
        if each.positive:
            taken.setdefault(each.user, []).append(each.item_id)
    return MentionLog.of(list(taken.values()), [{} for _ in taken], catalogue)
