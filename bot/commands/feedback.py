"""`tastebot feedback`: a like, a dislike or a rating, outside a chat."""

from __future__ import annotations

import click

from bot.commands.terminal import json_option, opened_storage, print_json
from bot.core.errors import CatalogueError


@click.command(
    "feedback", epilog="Example: tastebot feedback --user ana --item tt0113277 --as like"
)
@click.option("--user", required=True, help="Whose feedback it is; made when new.")
@click.option("--item", required=True, help="The item's id in the catalogue.")
@click.option(
    "--as",
    "kind",
    required=True,
    metavar="KIND",
    help="like, dislike, seen, save, not-now or rating=N (N from 0.5 to 5 in halves).",
)
@click.option("--catalogue", help="The catalogue that the item belongs to.")
@json_option
def command(user: str, item: str, kind: str, catalogue: str | None, as_json: bool) -> None:
    """Record what a person thinks of an item; the next ranking knows it."""
    from datetime import UTC, datetime

    from bot.core.values import Event
    from bot.profile.message_events import parse_feedback
    from storage.catalogue.catalogues import Catalogues
    from storage.person.people import People, person_name

    user = person_name(user)
    event_kind, value = parse_feedback(kind)
    with opened_storage(catalogue=catalogue) as (settings, database):
        view = Catalogues(database).view(settings.catalogue, adult=True)
        found = view.get(item)
        if found is None:
            raise CatalogueError(
                f"Expected an item id of the catalogue {settings.catalogue}",
                found=repr(item[:80]),
                remedy=f"Look one up with: tastebot catalogue search {settings.catalogue} TEXT",
            )
        people = People(database)
        people.ensure_person(user)
        event = Event(
            event_kind,
            item,
            f"command: {kind}",
            datetime.now(UTC),
            value,
            catalogue=settings.catalogue,
        )
        people.append(user, [event])
    if as_json:
        print_json({"user": user, "item_id": item, "title": found.title, "kind": kind})
    else:
        click.echo(f"Noted: {found.label} as {kind}.")
