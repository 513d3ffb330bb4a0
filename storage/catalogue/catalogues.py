"""Catalogues in the database: importing whole, listing, deleting, and loading into memory.

An import replaces a catalogue in one transaction, in bounded batches; items that did not change
keep their rows. People's events are not touched: they speak of item ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from bot.core import patterns
from bot.core.errors import CatalogueError, UsageError
from bot.core.logs import event_logger
from bot.core.protocols import Clock
from bot.core.values import Item
from bot.core.wellformed import well_formed
from storage.catalogue import films
from storage.catalogue.catalogue_files import read_catalogue
from storage.catalogue.catalogue_import import (
    CatalogueImport,
    ImportReport,
    Progress,
    catalogue_row,
    unindex,
)
from storage.catalogue.catalogue_records import ItemRecord, as_text
from storage.catalogue.catalogue_view import CatalogueView
from storage.sql.database import Database
from storage.sql.models import CatalogueRow, ItemRow

logger = event_logger(__name__)

NAME = patterns.compile(r"\w[\w.-]{0,63}")
ADULT_COLUMN = "adult"
YES = frozenset({"true", "yes", "1"})

# What can be loaded without a file, by name: (what it is and of which version, its records).
BUILT_IN: dict[str, tuple[Callable[[], str], Callable[[], Iterable[ItemRecord]]]] = {
    films.NAME: (films.source, films.read_films)
}


Keep = Callable[[str, str, Callable[[], tuple[Item, ...]]], tuple[Item, ...]]
"""(catalogue, fingerprint, how to read them) → all its items, kept from before or read."""


@dataclass(frozen=True, slots=True)
class CatalogueInfo:
    """A catalogue as it stands in a list; `columns` maps attributes to whether they are numeric."""

    name: str
    source: str
    size: int
    imported: datetime
    fingerprint: str
    columns: dict[str, bool]


def catalogue_name(text: str) -> str:
    """A catalogue's name as it is stored; UsageError when it cannot be one."""
    if not NAME.fullmatch(text):
        raise UsageError(
            "expected a catalogue name of up to 64 letters, digits, dots, dashes and underscores",
            found=repr(text[:80]),
        )
    return text


class Catalogues:
    """The item catalogues of a database."""

    def __init__(self, database: Database, clock: Clock = lambda: datetime.now(UTC)):
        self._database = database
        self._clock = clock

    def list(self) -> list[CatalogueInfo]:
        """All catalogues, by name."""
        with self._database.reading() as session:
            rows = session.scalars(select(CatalogueRow).order_by(CatalogueRow.name))
            return [_info(row) for row in rows]

    def info(self, name: str) -> CatalogueInfo | None:
        """One catalogue; None when there is none of that name."""
        with self._database.reading() as session:
            row = catalogue_row(session, name)
            return None if row is None else _info(row)

    def import_file(self, name: str, path: Path, progress: Progress | None = None) -> ImportReport:
        """Import a CSV, JSONL or Parquet file under a name, replacing what was there.

        Raises CatalogueError naming the row; nothing has changed then.
        """
        name = catalogue_name(name)
        with closing(read_catalogue(path)) as records:
            return self.replace(name, records, well_formed(path.name), progress)

    def replace(
        self,
        name: str,
        records: Iterable[ItemRecord],
        source: str,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Make `records` the content of a catalogue, in one transaction."""
        began = perf_counter()
        with self._database.writing() as session:
            report = CatalogueImport(session, name, source, self._database.is_sqlite).run(
                records, self._clock(), progress
            )
        seconds = round(perf_counter() - began, 3)
        logger.info("catalogue_imported", seconds=seconds, **asdict(report))
        return report

    def delete(self, name: str) -> None:
        """Delete a catalogue; what people said of its items stays."""
        with self._database.writing() as session:
            row = catalogue_row(session, name)
            if row is None:
                raise self._unknown(name)
            if self._database.is_sqlite:
                unindex(session, select(ItemRow.id).where(ItemRow.catalogue_id == row.id))
            session.execute(delete(ItemRow).where(ItemRow.catalogue_id == row.id))
            session.execute(delete(CatalogueRow).where(CatalogueRow.id == row.id))

    def ensure(self, name: str, progress: Progress | None = None) -> None:
        """See that a catalogue is there: a built-in one is loaded if absent or of another version.

        Raises CatalogueError for a name that is neither stored nor built in.
        """
        found = self.info(name)
        if name not in BUILT_IN:
            if found is None:
                raise self._unknown(name)
            return
        source, read = BUILT_IN[name]
        if found is None or (found.source != source() and found.source.startswith("built-in ")):
            self.replace(name, read(), source(), progress)

    def view(self, name: str, *, adult: bool = False, keep: Keep | None = None) -> CatalogueView:
        """A catalogue in memory, loaded first if it is built in and absent.

        Items whose attribute ``adult`` says yes are left out unless `adult`. `keep` may have them
        from a quicker place.
        """
        self.ensure(name)
        with self._database.reading() as session:
            row = catalogue_row(session, name)
            if row is None:
                raise self._unknown(name)
            info, catalogue_id = _info(row), row.id

            def read() -> tuple[Item, ...]:
                return tuple(_read_items(session, row))

            stored = read() if keep is None else keep(name, info.fingerprint, read)
        kept = stored if adult else [item for item in stored if not _is_adult(item)]
        fingerprint = info.fingerprint
        if len(kept) < len(stored):
            fingerprint = hashlib.blake2b(
                f"{fingerprint} without adult".encode(), digest_size=16
            ).hexdigest()

        def full_text(query: str, limit: int) -> list[str]:
            return _full_text(self._database, catalogue_id, query, limit)

        return CatalogueView(
            name=name,
            fingerprint=fingerprint,
            items=kept,
            numeric=info.columns,
            full_text=full_text if self._database.is_sqlite else None,
        )

    def _unknown(self, name: str) -> CatalogueError:
        names = sorted({info.name for info in self.list()} | set(BUILT_IN))
        return CatalogueError(
            "expected the name of a catalogue",
            found=repr(name),
            remedy=f"There are: {', '.join(names)}; `tastebot catalogue import` adds one",
        )


def _info(row: CatalogueRow) -> CatalogueInfo:
    return CatalogueInfo(
        name=row.name,
        source=row.source,
        size=row.size,
        imported=row.imported,
        fingerprint=row.fingerprint,
        columns=dict(row.columns),
    )


def _read_items(session: Session, row: CatalogueRow) -> Iterator[Item]:
    """Items in order. Read as plain rows: objects of the ORM would take several times as long."""
    columns = ItemRow.__table__.c
    query = (
        select(
            columns.item_id,
            columns.title,
            columns.year,
            columns.attributes,
            columns.description,
            columns.popularity,
            columns.image_url,
            columns.url,
            columns.same_as,
        )
        .where(columns.catalogue_id == row.id)
        .order_by(columns.position)
    )
    numeric = {column for column, is_numeric in row.columns.items() if is_numeric}
    interned: dict[str, str] = {}
    for item_id, title, year, stored, description, popularity, image, url, same in session.execute(
        query
    ):
        attributes: dict[str, tuple[str, ...]] = {}
        numbers: dict[str, float] = {}
        for name, values in stored.items():
            column = interned.setdefault(name, name)
            if column in numeric:
                numbers[column] = float(values[0])
            else:
                # People and genres repeat: one string each saves half the memory.
                attributes[column] = tuple(
                    interned.setdefault(each, each) for each in map(as_text, values)
                )
        yield Item(
            item_id, title, year, attributes, numbers, description, popularity, image, url, same
        )


def _is_adult(item: Item) -> bool:
    said = item.attributes.get(ADULT_COLUMN, ())
    return any(value.casefold() in YES for value in said) or item.numbers.get(ADULT_COLUMN) == 1.0


def _full_text(database: Database, catalogue_id: int, query: str, limit: int) -> list[str]:
    statement = text(
        "SELECT items.item_id FROM items_fts JOIN items ON items.id = items_fts.rowid"
        " WHERE items_fts MATCH :query AND items.catalogue_id = :catalogue"
        " ORDER BY items.popularity DESC LIMIT :limit"
    )
    with database.reading() as session:
        rows = session.execute(
            statement, {"query": query, "catalogue": catalogue_id, "limit": limit}
        )
        return [str(row[0]) for row in rows]
