"""`tastebot setup`: the base model and the catalogue, fetched and loaded before the first turn."""

from __future__ import annotations

import click

from bot.commands.terminal import json_option, opened_storage, print_json, progress_bar


@click.command("setup", epilog="Example: tastebot setup")
@json_option
def command(as_json: bool) -> None:
    """Fetch the base model and load the catalogue, unless they are there.

    After this nothing is fetched from the network.
    """
    from bot.assembly import load_model
    from storage.catalogues import Catalogues

    with opened_storage() as (settings, database), progress_bar() as step:
        catalogues = Catalogues(database)
        catalogues.ensure(
            settings.catalogue,
            lambda done, whole: step(f"Loading {settings.catalogue}", done, whole),
        )
        info = catalogues.info(settings.catalogue)
        # Loaded once here, so that the first start finds everything made from it in place.
        base = load_model(settings, progress=step)
    assert info is not None
    if as_json:
        print_json({"base_model": base.name, "catalogue": info.name, "items": info.size})
    else:
        click.echo(f"Ready: {base.name}, and {info.size:,} items in {info.name}.")
