"""`tastebot train`: fits the LoRA adapter and the ranking weights."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands.terminal import json_option, opened_storage, print_json, progress_bar
from bot.core.errors import UsageError

if TYPE_CHECKING:
    from bot.core.settings import Settings
    from bot.training.train import AdapterTarget, TrainingSource
    from storage.sql.database import Database

FILE = click.Path(path_type=Path)


@dataclass(frozen=True)
class TrainOrder:
    """The options of the command, by their names; None is what was not given."""

    dialogues: tuple[Path, ...]
    catalogue: str | None
    interactions: tuple[Path, ...]
    out: Path
    max_minutes: float | None
    seed: int
    epochs: int | None
    threads: int | None
    withhold: float
    keep_adapter: Path | None


@click.command(
    "train",
    epilog="Example: tastebot train --dialogues train.jsonl --catalogue films --out my-adapter",
)
@click.option("--dialogues", multiple=True, required=True, type=FILE, help="Dialogues to learn.")
@click.option("--catalogue", help="The catalogue that the dialogues are about.")
@click.option(
    "--interactions", multiple=True, type=FILE, help="Who watched or rated what, for one more term."
)
@click.option("--out", required=True, type=FILE, help="The folder to write.")
@click.option(
    "--max-minutes", type=click.FloatRange(0.1), help="Stop training after so many minutes."
)
@click.option("--seed", default=0, show_default=True, help="For folds, weights and batches.")
@click.option("--epochs", type=click.IntRange(1), help="Most passes over the dialogues.")
@click.option("--threads", type=click.IntRange(1), help="Threads to compute with.")
@click.option(
    "--withhold",
    type=click.FloatRange(0, 0.9),
    default=0.0,
    help="Share of the items to withhold, for measuring on new items.",
)
@click.option(
    "--keep-adapter",
    type=FILE,
    help="Keep this adapter's LoRA and head; fit the wishes alone, with --interactions all other "
    "terms, in a minute or two.",
)
@json_option
def command(*, as_json: bool, **given: Any) -> None:
    """Fit a LoRA adapter and the ranking weights to dialogues.

    Run again after an interruption, the same command goes on where it stopped. Also under
    `accelerate launch -m bot train …`.
    """
    order = TrainOrder(**given)
    _refuse_other_folders(order.out)
    with opened_storage(catalogue=order.catalogue) as (settings, database):
        source = _source(order, settings, database)
        if order.keep_adapter is None:
            card = _trained(order, source, settings)
        else:
            card = _refitted(order, source, order.keep_adapter)
    if not card:
        return  # another process of the same run writes the folder
    if order.keep_adapter is not None or not as_json:
        click.echo(f"Wrote {order.out}", err=as_json)
    if as_json:
        print_json(card["figures"])


def _refuse_other_folders(out: Path) -> None:
    replaceable = out.is_dir() and ((out / "card.json").is_file() or not any(out.iterdir()))
    if out.exists() and not replaceable:
        raise UsageError(
            "--out was expected to be a new folder or an adapter to replace",
            found=f"something else at {out}",
            remedy="Name another folder",
        )


def _source(order: TrainOrder, settings: Settings, database: Database) -> TrainingSource:
    from bot.data.dialogue_files import read_dialogues
    from bot.data.interactions import read_interactions
    from bot.data.linking import link_dialogues, link_interactions
    from bot.training.train import TrainingSource, file_hash
    from storage.catalogue.catalogues import Catalogues
    from storage.catalogue.films import NAME

    catalogues = Catalogues(database)
    view = catalogues.view(settings.catalogue, adult=settings.adult)
    return TrainingSource(
        link_dialogues(read_dialogues(*order.dialogues), view),
        view,
        view if view.name == NAME else catalogues.view(NAME, adult=settings.adult),
        link_interactions(read_interactions(*order.interactions), view),
        {path.name: file_hash(path) for path in order.dialogues + order.interactions},
    )


def _refitted(order: TrainOrder, source: TrainingSource, kept: Path) -> dict[str, Any]:
    from bot.training.train import refit_ranker

    with progress_bar() as step:
        return refit_ranker(source, kept, _target(order), seed=order.seed, report=step)


def _trained(order: TrainOrder, source: TrainingSource, settings: Settings) -> dict[str, Any]:
    import torch
    from accelerate import Accelerator
    from accelerate.utils import DistributedDataParallelKwargs

    from adapters.models.base_model import find_base_model
    from adapters.training.training_run import TrainingOptions
    from bot.training.train import train_ranker

    if order.threads is not None:
        torch.set_num_threads(order.threads)
    options = TrainingOptions(seed=order.seed, max_minutes=order.max_minutes)
    if order.epochs is not None:
        options = replace(options, epochs=order.epochs)
    with progress_bar() as step:
        return train_ranker(
            source,
            find_base_model(settings.base_model, home=settings.home, progress=step),
            options,
            _target(order),
            home=settings.home,
            # A batch of replies alone leaves the head without a gradient.
            accelerator=Accelerator(
                kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)]
            ),
            withhold=order.withhold,
            report=step,
        )


def _target(order: TrainOrder) -> AdapterTarget:
    from bot.training.train import AdapterTarget

    kept = (order.keep_adapter,) if order.keep_adapter is not None else ()
    line = _command_line((*order.dialogues, *order.interactions, *kept, order.out))
    return AdapterTarget(order.out, line)


def _command_line(paths: Iterable[Path]) -> str:
    """The command as it was given, with files by name alone: where they lay means nothing."""
    names = {str(path): path.name for path in paths}
    return "tastebot " + shlex.join(names.get(word, word) for word in sys.argv[1:])
