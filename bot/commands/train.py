"""`tastebot train`: fits the LoRA adapter and the ranking weights."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from bot.commands.terminal import json_option, opened_storage, print_json, progress_bar
from bot.core.errors import UsageError

FILE = click.Path(path_type=Path)


@click.command(
    "train",
    epilog="Example: tastebot train --dialogues train.jsonl --catalogue films --out my-adapter",
)
@click.option("--dialogues", multiple=True, required=True, type=FILE, help="Dialogues to learn.")
@click.option("--catalogue", help="The catalogue that the dialogues speak of.")
@click.option(
    "--interactions", multiple=True, type=FILE, help="Who took to what, as one more term."
)
@click.option("--out", required=True, type=FILE, help="The folder to write.")
@click.option("--max-minutes", type=click.FloatRange(0.1), help="Stop training after so long.")
@click.option("--seed", default=0, show_default=True, help="Of folds, weights and batches.")
@click.option("--epochs", type=click.IntRange(1), help="Most passes over the dialogues.")
@click.option("--threads", type=click.IntRange(1), help="Threads to compute with.")
@click.option(
    "--withhold",
    type=click.FloatRange(0, 0.9),
    default=0.0,
    help="Share of the items to learn nothing of, for measuring on new items.",
)
@click.option(
    "--keep-adapter",
    type=FILE,
    help="Keep this adapter's LoRA and head; fit the wishes alone, with --interactions all other "
    "terms, in a minute or two.",
)
@json_option
def command(
    dialogues: tuple[Path, ...],
    catalogue: str | None,
    interactions: tuple[Path, ...],
    out: Path,
    max_minutes: float | None,
    seed: int,
    epochs: int | None,
    threads: int | None,
    withhold: float,
    keep_adapter: Path | None,
    as_json: bool,
) -> None:
    """Fit a LoRA adapter and the ranking weights to dialogues.

    Run again after an interruption, the same command goes on where it stopped. Also under
    `accelerate launch -m bot train …`.
    """
    replaceable = out.is_dir() and ((out / "card.json").is_file() or not any(out.iterdir()))
    if out.exists() and not replaceable:
        raise UsageError(
            "--out was expected to be a new folder or an adapter to replace",
            found=f"something else at {out}",
            remedy="Name another folder",
        )
    with opened_storage(catalogue=catalogue) as (settings, database):
        from bot.data.dialogue_files import read_dialogues
        from bot.data.interactions import read_interactions
        from bot.data.linking import link_dialogues, link_interactions
        from storage.catalogue.catalogues import Catalogues
        from storage.catalogue.films import NAME

        catalogues = Catalogues(database)
        view = catalogues.view(settings.catalogue, adult=settings.adult)
        learned = link_dialogues(read_dialogues(*dialogues), view)
        taken = link_interactions(read_interactions(*interactions), view)
        known = view if view.name == NAME else catalogues.view(NAME, adult=settings.adult)

        import torch
        from accelerate import Accelerator
        from accelerate.utils import DistributedDataParallelKwargs

        from adapters.models.base_model import find_base_model
        from adapters.training.training_run import TrainingOptions
        from bot.training.train import TrainingFiles, file_hash, refit_ranker, train_ranker

        if threads is not None:
            torch.set_num_threads(threads)
        options = TrainingOptions(seed=seed, max_minutes=max_minutes)
        if epochs is not None:
            options = TrainingOptions(seed=seed, max_minutes=max_minutes, epochs=epochs)
        data = TrainingFiles(
            learned, taken, {path.name: file_hash(path) for path in dialogues + interactions}
        )
        kept = (keep_adapter,) if keep_adapter is not None else ()
        line = _command_line((*dialogues, *interactions, *kept, out))
        if keep_adapter is not None:
            with progress_bar() as step:
                card = refit_ranker(
                    data, view, known, keep_adapter, out, seed=seed, command=line, report=step
                )
            click.echo(f"Wrote {out}", err=as_json)
            if as_json:
                print_json(card["figures"])
            return
        with progress_bar() as step:
            base = find_base_model(settings.base_model, home=settings.home, progress=step)
            card = train_ranker(
                data,
                view,
                known,
                base,
                options,
                out,
                home=settings.home,
                command=line,
                # A batch of replies alone leaves the head without a gradient.
                accelerator=Accelerator(
                    kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)]
                ),
                withhold=withhold,
                report=step,
            )
    if not card:
        return  # another process of the same run writes the folder
    if as_json:
        print_json(card["figures"])
    else:
        click.echo(f"Wrote {out}")


def _command_line(paths: Iterable[Path]) -> str:
    """The command as it was given, with files by name alone: where they lay means nothing."""
    names = {str(path): path.name for path in paths}
    return "tastebot " + shlex.join(names.get(word, word) for word in sys.argv[1:])
