"""`tastebot train` behind the terminal: files in, an adapter folder out.

Owns the order of the whole: reading and checking, learning, weighing the titles, measuring on the
held-out dialogues, and writing the folder with its card.
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
from bot.ranking.terms.title_likelihood import NeutralScores, TitleTerm
from bot.training.examples import examples_of
from bot.training.fitting import fit_plain
from bot.training.learning import Learned, fingerprint, learn, option_facts
from bot.training.title_weights import fit_titles
from bot.understanding import build_understander

LEAST_DIALOGUES = 20
OFF = frozenset({"titles"})
"""Left out of the ranking: on held-out dialogues title likelihood moved targets up between places
10 and 20 but down from the first five, for half a second a turn. See docs/experiments.md."""
NEUTRAL_TITLES = 3000

Report = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class TrainingFiles:
    """What a run learns from: linked dialogues and interactions, with the files' hashes."""

    dialogues: Sequence[Dialogue]
    interactions: Sequence[Interaction] = ()
    hashes: dict[str, str] = field(default_factory=dict)


def train_ranker(
    files: TrainingFiles,
    catalogue: Catalogue,
    background: Catalogue,
    base: BaseModel,
    options: TrainingOptions,
    out: Path,
    *,
    home: Path,
    command: str,
    accelerator: Any,
    withhold: float = 0.0,
    report: Report | None = None,
) -> dict[str, Any]:
    """Train and write the folder at `out`; returns the card.

    `background` is a catalogue that knows how well known items are. `withhold` is the share of
    items that nothing is learned of, for measuring what happens to new ones. Raises UsageError
    when there are too few dialogues to learn from.
    """
    say = report or (lambda what, done, whole: None)
    if len(files.dialogues) < LEAST_DIALOGUES:
        raise UsageError(
            f"Training needs at least {LEAST_DIALOGUES} dialogues",
            found=str(len(files.dialogues)),
            remedy="Add files with --dialogues",
        )
    withheld = withheld_items(catalogue, withhold, options.seed)
    roles = Roles.of(catalogue)
    known = popularity_by_shared_id(background)
    people = _people(files.interactions, catalogue) if files.interactions else None
    collaborative = CollaborativeTerm(people.on(catalogue)) if people is not None else None
    terms = PlainTerms.on(catalogue, roles, collaborative)
    identity = fingerprint(
        files.dialogues, catalogue, base, people=len(files.interactions), withheld=sorted(withheld)
    )
    run = RunFolder(out.with_name(f".{out.name}.run"), identity)
    learned = learn(
        files.dialogues,
        catalogue,
        background.items,
        known,
        terms,
        base,
        options,
        run=run,
        cache=home / "training-cache",
        accelerator=accelerator,
        withheld=withheld,
        report=say,
    )
    if not accelerator.is_main_process:
        return {}
    parts, engine_figures = _with_titles(learned, catalogue, background, roles, base, people, say)
    trained = sorted({item for each in learned.examples for item in each.targets})
    card = {
        "name": out.name,
        "base_name": base.name,
        "base_sha256": base.sha256,
        "base_license": base.license,
        "data": files.hashes,
        "dialogues": len(files.dialogues),
        "examples": len(learned.examples),
        "catalogue": catalogue.name,
        "catalogue_fingerprint": catalogue.fingerprint,
        "command": command,
        "options": option_facts(options),
        "figures": {**learned.figures, **engine_figures},
        "withheld": sorted(withheld),
        "trained_items": trained,
        "training_hashes": dialogue_hashes(files.dialogues),
    }
    readme = prompts.render("ranking/card.jinja", card=card)
    write_adapter_folder(
        out, peft_model=learned.adapted, ranking=parts.files(), card=card, readme=readme
    )
    run.clear()
    return card


def refit_ranker(
    files: TrainingFiles,
    catalogue: Catalogue,
    background: Catalogue,
    kept: Path,
    out: Path,
    *,
    seed: int,
    command: str,
    report: Report | None = None,
) -> dict[str, Any]:
    """Fit the plain terms anew, with these dialogues and interactions; returns the card.

    LoRA, head and title weights are those of the folder `kept`, which stays as it is. Without
    interactions so are all weights but those of the wishes: the head was learned on top of them.
    Takes a minute or two. Raises ModelError when `kept` is no whole folder.
    """
    card = read_card(kept)
    parts = RankingParts.read(read_adapter_folder(kept))
    people = _people(files.interactions, catalogue) if files.interactions else None
    collaborative = CollaborativeTerm(people.on(catalogue)) if people is not None else None
    terms = PlainTerms.on(catalogue, parts.roles.within(catalogue), collaborative)
    if report is not None:
        report("Reading the dialogues", 0, None)
    examples = examples_of(files.dialogues, catalogue, build_understander(catalogue))
    known = popularity_by_shared_id(background)
    weights = parts.fusion if people is None else None
    plain = fit_plain(
        files.dialogues, examples, terms, known, seed=seed, kept=weights, report=report
    )
    whole = replace(parts, log=plain.log, prior=plain.prior, fusion=plain.fusion, people=people)
    card = {
        **card,
        "name": out.name,
        "command": command,
        "kept_from": card.get(
            "kept_from", {"name": card.get("name"), "command": card.get("command")}
        ),
        "data": {**card.get("data", {}), **files.hashes},
        "training_hashes": sorted(
            {*card.get("training_hashes", ()), *dialogue_hashes(files.dialogues)}
        ),
        "trained_items": sorted(
            {*card.get("trained_items", ()), *(i for each in examples for i in each.targets)}
        ),
    }
    write_adapter_folder(
        out,
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


def _with_titles(
    learned: Learned,
    catalogue: Catalogue,
    background: Catalogue,
    roles: Roles,
    base: BaseModel,
    people: MentionLog | None,
    report: Report,
) -> tuple[RankingParts, dict[str, float]]:
    """The parts to keep, title weights and neutral scores computed with the trained model."""
    from adapters.engine.loading import build_engine
    from adapters.models.loading import load_model, load_tokenizer

    parts = RankingParts(
        roles=roles,
        log=learned.plain.log,
        prior=learned.plain.prior,
        fusion=learned.plain.fusion,
        space=learned.space,
        whitening=learned.whitening,
        heads={"tuned": learned.head.weights(), "base": learned.base_head.weights()},
        title_weights={},
        neutral={},
        people=people,
    )
    merged = _merged(learned, load_model(base, device="cpu"))
    engine = build_engine(merged, load_tokenizer(base), name=base.name)
    neutral = NeutralScores(engine)
    term = TitleTerm(catalogue, engine, neutral)
    weights = fit_titles(term, learned.held, catalogue, report)
    report("Titles by themselves", 0, None)
    famous = sorted(background.items, key=lambda item: -(item.popularity or 0.0))
    neutral.of([item.title for item in famous[:NEUTRAL_TITLES]])
    whole = replace(
        parts, title_weights={"tuned": weights, "base": weights}, neutral=neutral.known(), off=OFF
    )
    return whole, {f"weight_{name}": value for name, value in weights.weights.items()}


def _merged(learned: Learned, fresh: Any) -> Any:
    """A fresh copy of the base with the trained LoRA folded in; the trained one stays as it is."""
    from peft import get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict

    config = learned.adapted.peft_config["default"]
    copy = get_peft_model(fresh, config)
    set_peft_model_state_dict(copy, get_peft_model_state_dict(learned.adapted))
    return copy.merge_and_unload().eval()


def _people(interactions: Sequence[Interaction], catalogue: Catalogue) -> MentionLog:
    """Who took to what, as sessions of one person each."""
    taken: dict[str, list[str]] = {}
    for each in interactions:
        if each.positive:
            taken.setdefault(each.user, []).append(each.item_id)
    return MentionLog.of(list(taken.values()), [{} for _ in taken], catalogue)
