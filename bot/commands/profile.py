"""`tastebot profile`: what is known of a person, each fact with where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.commands.terminal import json_option, one_line, opened_storage, print_json, print_table
from bot.conversation.documents import profile_document
from bot.core.errors import UnknownPersonError
from bot.profile.fold import fold_profile

if TYPE_CHECKING:
    from bot.core.protocols import Catalogue
    from bot.core.values import Profile
    from storage.sql.database import Database


@click.command("profile", epilog="Example: tastebot profile ana")
@click.argument("name")
@json_option
def command(name: str, as_json: bool) -> None:
    """Show what is known of NAME: likes, dislikes, what was seen or saved, wishes.

    Each fact comes with the sentence or click it was taken from and its date.
    """
    with opened_storage() as (settings, database):
        profile = _profile(database, name)
        catalogue = _catalogue(database, settings.catalogue, adult=settings.adult)
    document = profile_document(profile, catalogue)
    for fact in document["facts"]:
        if "label" in fact:
            fact["title"] = fact["label"]
    if as_json:
        print_json(document)
        return
    click.echo(f"{one_line(profile.user)}: {len(profile.facts):,} facts")
    if profile.facts:
        print_table(
            ("date", "kind", "about", "from"),
            [
                (
                    fact["at"][:10],
                    fact["kind"] + (f" {fact['value']:g}" if "value" in fact else ""),
                    fact.get("label", fact["about"]),
                    fact["source"],
                )
                for fact in document["facts"]
            ],
        )


def _profile(database: Database, name: str) -> Profile:
    from storage.person.people import People, person_name

    people = People(database)
    name = person_name(name)
    if not people.has_person(name):
        raise UnknownPersonError(
            "expected the name of a known person",
            found=repr(name),
            remedy="List the names with: tastebot user list",
        )
    return fold_profile(name, people.events(name))


def _catalogue(database: Database, name: str, *, adult: bool) -> Catalogue | None:
    """The catalogue that gives ids their titles; None when it is not loaded yet."""
    from storage.catalogue.catalogues import Catalogues

    catalogues = Catalogues(database)
    return None if catalogues.info(name) is None else catalogues.view(name, adult=adult)
