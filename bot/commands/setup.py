"""`tastebot setup`: the base model and the catalogue, fetched and loaded before the first turn."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import click

from bot import __version__
from bot.commands.terminal import json_option, opened_storage, print_json, progress_bar
from bot.data_folder import private_folder
from bot.settings import Settings


@click.command("setup", epilog="Example: tastebot setup")
@json_option
def command(as_json: bool) -> None:
    """Fetch the base model and load the catalogue, unless they are there.

    After this nothing is fetched from the network.
    """
    from adapters.base_model import find_base_model
    from storage.catalogues import Catalogues

    with opened_storage() as (settings, database), progress_bar() as step:
        catalogues = Catalogues(database)
        catalogues.ensure(
            settings.catalogue,
            lambda done, whole: step(f"Loading {settings.catalogue}", done, whole),
        )
        info = catalogues.info(settings.catalogue)
        assert info is not None
        base = find_base_model(settings.base_model, home=settings.home, progress=step)
        made = _marker(settings, base.sha256, info.fingerprint)
        if not made.exists():
            from bot.assembly import assemble

            # Put together once here, so that the first start finds everything made of it in place.
            step("Preparing", 0, None)
            assemble(settings, database, progress=step)
            with suppress(OSError):
                private_folder(made.parent)
                made.touch()
    if as_json:
        print_json({"base_model": base.name, "catalogue": info.name, "items": info.size})
    else:
        click.echo(f"Ready: {base.name}, and {info.size:,} items in {info.name}.")


def _marker(settings: Settings, base: str, catalogue: str) -> Path:
    """The empty file that says that all was put together once, with this base and catalogue.

    It only saves time: a start makes anew whatever is missing.
    """
    parts = (base, catalogue, settings.adapter, settings.adult, settings.device, __version__)
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    return settings.home / "prepared" / f"set-up-{digest}"
