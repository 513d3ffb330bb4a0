"""A look at a catalogue file before it is imported: what is in it, and what is wrong with it.

Reads the whole file, unless most of it is wrong, and stores nothing. The import itself is
`storage.catalogue.catalogue_import`, which refuses the same rows.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.core.errors import CatalogueError
from storage.catalogue.catalogue_files import read_rows
from storage.catalogue.catalogue_records import MEND_THE_ROW, ItemRecord, as_text

ROWS_SHOWN = 5
ERRORS_SHOWN = 10
MOST_WRONG = 10_000
"""Wrong rows after which it reads no further: such a file is another's, or was made to keep it
busy."""


@dataclass(frozen=True, slots=True)
class CataloguePreview:
    """A file's first items, as columns of text, with the errors that would stop its import.

    `size` counts the items that are in order; `wrong` all rows that are not, up to `MOST_WRONG`,
    of which `errors` holds the first sentences. `columns` are ``title``, ``year`` and the
    attributes, in the order they are met; `rows` has their values of the first items, unknown
    ones empty.
    """

    size: int
    wrong: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    errors: tuple[str, ...]


def preview_catalogue(path: Path) -> CataloguePreview:
    """Look at a file. What keeps it from being read at all is the only error then."""
    first: list[ItemRecord] = []
    places: dict[str, str] = {}
    columns: dict[str, None] = {}
    errors: list[str] = []
    size = wrong = 0
    try:
        with closing(read_rows(path)) as rows:
            for row in rows:
                if isinstance(row, ItemRecord) and row.item_id in places:
                    row = CatalogueError(
                        f"{row.where}: expected each id once",
                        found=f"{row.item_id!r}, which {places[row.item_id]} has too",
                        remedy="Give each item its own id",
                    )
                if isinstance(row, CatalogueError):
                    wrong += 1
                    if len(errors) < ERRORS_SHOWN:
                        errors.append(_sentence(row))
                    if wrong == MOST_WRONG:
                        break
                    continue
                size += 1
                places[row.item_id] = row.where
                columns.update(dict.fromkeys(row.attributes))
                if len(first) < ROWS_SHOWN:
                    first.append(row)
    except CatalogueError as error:
        wrong += 1
        errors.append(_sentence(error))
    return CataloguePreview(
        size=size,
        wrong=wrong,
        columns=("title", "year", *columns),
        rows=tuple(_shown(record, tuple(columns)) for record in first),
        errors=tuple(errors),
    )


def _sentence(error: CatalogueError) -> str:
    """The error without the advice that all of them share."""
    remedy = None if error.remedy == MEND_THE_ROW else error.remedy
    return str(CatalogueError(error.message, found=error.found, remedy=remedy))


def _shown(record: ItemRecord, columns: tuple[str, ...]) -> tuple[str, ...]:
    year = "" if record.year is None else str(record.year)
    values = (
        ", ".join(as_text(value) for value in record.attributes.get(column, []))
        for column in columns
    )
    return (record.title, year, *values)
