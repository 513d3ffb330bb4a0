"""`tastebot catalogue`: import, list, show, search and delete item catalogues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from bot.commands.terminal import json_option, opened_storage, print_json, print_table, progress_bar
from bot.core.protocols import Catalogue
from bot.core.values import Item

EXAMPLES = "Example: tastebot catalogue "
MOST_VALUES_SHOWN = 3
Found = TypeVar("Found")


@click.group("catalogue", epilog=f"{EXAMPLES}import books books.csv")
def command() -> None:
    """Item catalogues: what can be talked about."""


@command.command("import", epilog=f"{EXAMPLES}import books books.csv")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def import_(name: str, file: Path, as_json: bool) -> None:
    """Import FILE as the catalogue NAME, all or nothing.

    A CSV, TSV, JSONL or Parquet file of one item a row, or a JSON array of objects, with the
    columns `id` and `title` at least. It replaces a catalogue of that name; what people said of its
    items stays.
    """
    from storage.catalogue.catalogues import Catalogues

    with opened_storage() as (_, database), progress_bar() as step:
        report = Catalogues(database).import_file(
            name, file, lambda done, whole: step("Importing", done, whole)
        )
    if as_json:
        print_json(asdict(report))
    else:
        click.echo(
            f"{report.name}: {report.size:,} items ({report.added:,} new, {report.changed:,} "
            f"changed, {report.removed:,} removed, {report.unchanged:,} as they were)"
        )


@command.command("list", epilog=f"{EXAMPLES}list")
@json_option
def list_(as_json: bool) -> None:
    """List the catalogues."""
    from storage.catalogue.catalogues import Catalogues

    with opened_storage() as (_, database):
        infos = Catalogues(database).list()
    if as_json:
        documents = [
            {
                "name": info.name,
                "size": info.size,
                "source": info.source,
                "imported": info.imported.isoformat(),
                "fingerprint": info.fingerprint,
            }
            for info in infos
        ]
        print_json({"catalogues": documents})
    else:
        print_table(
            ("name", "items", "imported", "from"),
            [
                (info.name, info.size, f"{info.imported:%Y-%m-%d %H:%M}", info.source)
                for info in infos
            ],
        )


@command.command("show", epilog=f"{EXAMPLES}show films")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show the size and the columns of the catalogue NAME."""

    def document(catalogue: Catalogue) -> dict[str, Any]:
        columns = catalogue.columns.values()
        return {
            "name": catalogue.name,
            "size": len(catalogue.items),
            "fingerprint": catalogue.fingerprint,
            "columns": [asdict(column) for column in columns],
        }

    found = _over(name, document)
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['name']}: {found['size']:,} items")
    print_table(
        ("column", "holds", "values"),
        [
            (column["name"], "numbers" if column["numeric"] else "words", column["values"])
            for column in found["columns"]
        ],
    )


@command.command("search", epilog=f'{EXAMPLES}search films "the others 2001"')
@click.argument("name")
@click.argument("text")
@click.option("-k", "count", type=click.IntRange(1, 1000), default=10, help="How many at most.")
@json_option
def search(name: str, text: str, count: int, as_json: bool) -> None:
    """Find items of NAME by TEXT: a title, people, other words."""
    items = _over(name, lambda catalogue: catalogue.search(text, count))
    if as_json:
        print_json({"items": [_item_document(item) for item in items]})
    elif items:
        print_table(
            ("id", "title", "what it is"),
            [(item.item_id, item.label, _described(item)) for item in items],
        )
    else:
        click.echo("Nothing found.", err=True)


@command.command("delete", epilog=f"{EXAMPLES}delete books")
@click.argument("name")
@json_option
def delete(name: str, as_json: bool) -> None:
    """Delete the catalogue NAME.

    What people said of its items stays.
    """
    from storage.catalogue.catalogues import Catalogues

    with opened_storage() as (_, database):
        Catalogues(database).delete(name)
    if as_json:
        print_json({"deleted": name})
    else:
        click.echo(f"Deleted the catalogue {name}.")


def _over(name: str, read: Callable[[Catalogue], Found]) -> Found:
    """What `read` finds in a catalogue, while its database is open."""
    from storage.catalogue.catalogues import Catalogues

    with opened_storage() as (settings, database):
        catalogues = Catalogues(database)
        with progress_bar() as step:
            catalogues.ensure(name, lambda done, whole: step("Loading", done, whole))
        return read(catalogues.view(name, adult=settings.adult))


def _item_document(item: Item) -> dict[str, Any]:
    return {
        "item_id": item.item_id,
        "title": item.title,
        "year": item.year,
        "description": item.description,
        "popularity": item.popularity,
        "image_url": item.image_url,
        "url": item.url,
        "same_as": item.same_as,
        "attributes": {column: list(values) for column, values in item.attributes.items()},
        "numbers": dict(item.numbers),
    }


def _described(item: Item) -> str:
    columns = list(item.attributes.values())[:2]
    return "; ".join(", ".join(values[:MOST_VALUES_SHOWN]) for values in columns)
