"""`tastebot setup`: what is needed before the first turn, fetched, made, mended and looked over."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict

import click

from bot.commands.terminal import json_option, opened_storage, print_json, progress_bar
from bot.core.logs import event_logger
from bot.core.settings import Settings, load_settings

WRONG = 1
"""Exit code of ``--check`` when not everything is right."""

CLOCKS = 0.05
"""Seconds by which a file system's clock may be behind."""

logger = event_logger(__name__)


@click.command("setup", epilog="Example: tastebot setup --check")
@click.option(
    "--check",
    is_flag=True,
    help="Look at the database, base model, adapter and all that is made from them, and change "
    "nothing: a line for each says right, missing or wrong, and what to do. Exits 0 when all is "
    "right, else 1.",
)
@json_option
def command(check: bool, as_json: bool) -> None:
    """Fetch the base model and load the catalogue, unless they are there, and repair damaged files.

    After this nothing is fetched from the network.
    """
    if check:
        _look_over(load_settings(), as_json)
    else:
        _set_up(as_json)


def _set_up(as_json: bool) -> None:
    from adapters.models.base_model import find_base_model
    from adapters.models.converted_models import MANIFEST
    from bot.core import checksums
    from bot.installation.inspection import disown_damaged
    from bot.installation.leftovers import clear_leftovers
    from bot.installation.setup_record import is_done, note_file, write_note
    from storage.catalogue.catalogues import Catalogues
    from storage.health import expect_sound

    given = load_settings()
    expect_sound(given.database_url, given.home)
    with opened_storage() as (settings, database), progress_bar() as step:
        step("Checking what is there", 0, None)
        for fault in disown_damaged(settings.home):
            if not (fault.file.parent / MANIFEST).exists():  # whoever finds the base says it
                logger.warning("made_again", fault=str(fault))
        clear_leftovers(settings.home)
        catalogues = Catalogues(database)
        catalogues.ensure(
            settings.catalogue,
            lambda done, whole: step(f"Loading {settings.catalogue}", done, whole),
        )
        info = catalogues.info(settings.catalogue)
        assert info is not None
        began = time.time()
        base = find_base_model(settings.base_model, home=settings.home, progress=step)
        _check_adapter(settings)
        note = note_file(settings, base.path, base.sha256, info.fingerprint)
        if not is_done(note):
            from bot.conversation.factory import assemble

            # Put together once here, so that the first start finds everything made of it in place.
            step("Preparing", 0, None)
            assemble(settings, database, progress=step)
            try:
                checksums.remove(note)
                write_note(note, settings.home, began - CLOCKS)
            except OSError as error:
                why = error.strerror or type(error).__name__
                logger.warning("nothing_can_be_kept", folder=str(note.parent), why=why)
    if as_json:
        print_json({"base_model": base.name, "catalogue": info.name, "items": info.size})
    else:
        click.echo(f"Ready: {base.name}, and {info.size:,} items in {info.name}.")


def _check_adapter(settings: Settings) -> None:
    """Raises ModelError for an adapter that is not whole, which nothing here can mend."""
    from adapters.models.adapter_folder import CARD, read_card
    from bot.conversation.factory import adapter_folder

    folder, _ = adapter_folder(settings)
    if folder is not None and (folder / CARD).is_file():
        read_card(folder)


def _look_over(settings: Settings, as_json: bool) -> None:
    from bot.installation.inspection import inspect

    findings = []
    for finding in inspect(settings):
        findings.append(finding)
        if not as_json:
            said = ". ".join(part.rstrip(".") for part in (finding.found, finding.remedy) if part)
            click.echo(f"{finding.state:<8} {finding.name}{f': {said}.' if said else ''}")
    counts = Counter(finding.state for finding in findings)
    is_right = counts["right"] == len(findings)
    if as_json:
        print_json({"right": is_right, "checked": [asdict(finding) for finding in findings]})
    else:
        click.echo(
            f"All {len(findings)} are right."
            if is_right
            else f"{counts['right']} right, {counts['missing']} missing, {counts['wrong']} wrong."
        )
    if not is_right:
        raise click.exceptions.Exit(WRONG)
