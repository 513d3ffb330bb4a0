"""`tastebot restore`: a backup put in the place of the database, while servers go on."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.terminal import (
    ended_like_ctrl_c,
    json_option,
    one_line,
    opened_storage,
    print_json,
    progress_bar,
)
from bot.core.errors import StorageError, UsageError
from bot.core.settings import load_settings

if TYPE_CHECKING:
    from storage.backup.backups import Restored

NAMES_SHOWN = 10


@click.command("restore", epilog="Example: tastebot restore tastebot-backup.sqlite3")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def command(file: Path, yes: bool, as_json: bool) -> None:
    """Replace the database by the backup FILE.

    FILE is checked first. What was stored since it was made is kept beside the database in a file
    that is named at the end. A running server goes on with what is restored; everybody signs in
    again.
    """
    if not yes:
        _ask(file)
    with ended_like_ctrl_c():
        done = _restored(file)
    if as_json:
        print_json(_document(done))
    else:
        _tell(done)


def _restored(file: Path) -> Restored:
    try:
        with opened_storage() as (_, database), progress_bar() as step:
            from storage.backup.backups import restore

            return restore(
                database,
                file,
                now=datetime.now(UTC),
                progress=lambda done, whole: step("Restoring", done, whole),
            )
    except StorageError as error:
        from storage.backup.backups import replace_broken
        from storage.sql.database import database_file, is_broken

        settings = load_settings()
        broken = database_file(settings.database_url, settings.home)
        if broken is None or not is_broken(error):
            raise

        done = replace_broken(broken, file, now=datetime.now(UTC))
        click.echo("Notice: the database was broken; start running servers again.", err=True)
        return done


def _ask(file: Path) -> None:
    question = f"Put {one_line(str(file))} in the place of the database?"
    if not sys.stdin.isatty():
        raise UsageError(
            "expected --yes where nobody can be asked",
            found="no terminal",
            remedy="Give --yes to replace the database; what it holds now is kept beside it",
        )
    if not click.confirm(question, err=True):
        click.echo("Nothing was changed.", err=True)
        raise click.exceptions.Exit(1)


def _document(done: Restored) -> dict[str, object]:
    found = done.contents
    return {
        "people": found.people,
        "conversations": found.conversations,
        "turns": found.turns,
        "events": found.events,
        "kept": None if done.kept is None else str(done.kept),
        "kept_damaged": done.damaged,
        "returned": list(done.returned),
        "catalogues_changed": list(done.catalogues),
    }


def _tell(done: Restored) -> None:
    found = done.contents
    click.echo(
        f"Restored: {found.people:,} people, {found.turns:,} turns and {found.events:,} events"
    )
    if done.kept is not None:
        was = " was damaged, and" if done.damaged else ""
        click.echo(
            f"What was there before{was} is kept in {done.kept}; delete it when it is not needed"
        )
    if done.returned:
        names = ", ".join(one_line(name) for name in done.returned[:NAMES_SHOWN])
        more = len(done.returned) - NAMES_SHOWN
        click.echo(
            f"Back, though the database did not have them any more: {names}"
            + (f" and {more:,} more" if more > 0 else "")
            + "; delete again who asked for it"
        )
    if done.catalogues:
        click.echo(
            "Other than before: the catalogue "
            + ", ".join(done.catalogues)
            + "; start a running server again, which has it in memory"
        )
