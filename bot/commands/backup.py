"""`tastebot backup`: a whole copy of the database, made while servers go on."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.terminal import (
    ended_like_ctrl_c,
    json_option,
    opened_storage,
    print_json,
    progress_bar,
)


@click.command("backup", epilog="Example: tastebot backup tastebot-backup.sqlite3")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@json_option
def command(file: Path, force: bool, as_json: bool) -> None:
    """Copy the whole database to FILE, as it stands at this moment.

    A running server goes on meanwhile. FILE holds all that people said, so only its owner may
    read it; what is deleted later stays in it. It gets its name once it is whole and checked.
    """
    from storage.backup.backups import back_up

    with ended_like_ctrl_c(), opened_storage() as (_, database), progress_bar() as step:
        found = back_up(
            database,
            file,
            force=force,
            progress=lambda done, whole: step("Copying", done, whole),
        )
    if as_json:
        print_json(
            {
                "backup": str(file),
                "bytes": found.size,
                "people": found.people,
                "conversations": found.conversations,
                "turns": found.turns,
                "events": found.events,
                "catalogues": sorted(found.catalogues),
            }
        )
    else:
        click.echo(
            f"{file}: {found.size / 1e6:,.1f} MB, checked, with {found.people:,} people, "
            f"{found.turns:,} turns and {found.events:,} events"
        )
