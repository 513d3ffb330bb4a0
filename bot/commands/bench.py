"""`tastebot bench`: speed and memory on this machine, beside plain `transformers`."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.terminal import (
    json_option,
    opened_storage,
    print_json,
    print_table,
    progress_bar,
)


@click.command("bench", epilog="Example: tastebot bench --quick")
@click.option("--catalogue", help="The catalogue to talk about.")
@click.option("--quick", is_flag=True, help="Measure less often: rougher, but within two minutes.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw the figures into this file.")
@json_option
def command(catalogue: str | None, quick: bool, plot: Path | None, as_json: bool) -> None:
    """Measure decoding, reading, turns, people at once, memory, training, and the best of a
    million items on this machine.

    Each is measured beside plain transformers in single precision in the same run; other work on
    the machine changes the figures, but hardly their ratios. Turns go through a server of its own
    over a copy of the database, so that nothing is added to yours. Training is measured on a
    small sample.
    """
    from bot.benchmark.plot import check_plot_file, save_plot
    from bot.benchmark.run import QUICK, Extent, run_benchmark
    from bot.conversation.factory import adapter_folder
    from storage.catalogue.catalogues import Catalogues

    if plot is not None:
        check_plot_file(plot)
    with opened_storage(catalogue=catalogue) as (settings, database), progress_bar() as step:
        view = Catalogues(database).view(settings.catalogue, adult=settings.adult)
        adapter, _ = adapter_folder(settings)
        found = run_benchmark(
            settings,
            view,
            database.copy_to,
            adapter=adapter,
            extent=QUICK if quick else Extent(),
            report=step,
        )
    if plot is not None:
        save_plot(found, plot)
    if as_json:
        print_json(found.document())
        return
    print_table(("what", "here", "plain", "ratio"), found.rows())
