"""Catalogues in the database: importing whole, listing, deleting, and loading into memory.

An import replaces a catalogue in one transaction, in bounded batches; items that did not change
keep their rows. People's events are not touched: they speak of item ids.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, delete, insert, select, text
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session

from bot.domain import Item
from bot.errors import CatalogueError, UsageError
from bot.protocols import Clock
from storage import films
from storage.catalogue_files import read_catalogue
from storage.catalogue_records import ItemRecord, as_number, as_text
from storage.catalogue_view import CatalogueView
from storage.database import Database
from storage.models import CatalogueRow, ItemRow
from storage.title_search import fold

BATCH = 500  # below SQLite's limit of bound parameters
NAME = re.compile(r"\w[\w.-]{0,63}")
ADULT_COLUMN = "adult"
YES = frozenset({"true", "yes", "1"})

Progress = Callable[[int, int | None], None]
"""Called with the number of items done and the number of all, where that is known."""

# What can be loaded without a file, by name: (what it is and of which version, its records).
BUILT_IN: dict[str, tuple[Callable[[], str], Callable[[], Iterable[ItemRecord]]]] = {
    films.NAME: (films.source, films.read_films)
}

SEEN = Table(
    "import_seen",
    MetaData(),
    Column("item_id", String(200), primary_key=True),
    Column("place", Text, nullable=False),
    Column("position", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True)
class CatalogueInfo:
    """A catalogue as it stands in a list; `columns` maps attributes to whether they are numeric."""

    name: str
    source: str
    size: int
    imported: datetime
    fingerprint: str
    columns: dict[str, bool]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did to a catalogue, in items."""

    name: str
    size: int
    added: int
    changed: int
    removed: int
    unchanged: int


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
            row = _row(session, name)
            return None if row is None else _info(row)

    def import_file(self, name: str, path: Path, progress: Progress | None = None) -> ImportReport:
        """Import a CSV, JSONL or Parquet file under a name, replacing what was there.

        Raises CatalogueError naming the row; nothing has changed then.
        """
        return self.replace(catalogue_name(name), read_catalogue(path), path.name, progress)

    def replace(
        self,
        name: str,
        records: Iterable[ItemRecord],
        source: str,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Make `records` the content of a catalogue, in one transaction."""
        with self._database.writing() as session:
            return _Import(session, name, source, self._database.is_sqlite).run(
                records, self._clock(), progress
            )

    def delete(self, name: str) -> None:
        """Delete a catalogue; what people said of its items stays."""
        with self._database.writing() as session:
            row = _row(session, name)
            if row is None:
                raise self._unknown(name)
            if self._database.is_sqlite:
                _unindex(session, select(ItemRow.id).where(ItemRow.catalogue_id == row.id))
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

    def view(self, name: str, *, adult: bool = False) -> CatalogueView:
        """A catalogue in memory, loaded first if it is built in and absent.

        Items whose attribute ``adult`` says yes are left out unless `adult`.
        """
        self.ensure(name)
        with self._database.reading() as session:
            row = _row(session, name)
            if row is None:
                raise self._unknown(name)
            stored = list(_read_items(session, row))
            info, catalogue_id = _info(row), row.id
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


class _Import:
    """One import inside its transaction; only the ids met and a batch are held at a time."""

    def __init__(self, session: Session, name: str, source: str, full_text: bool):
        self._session = session
        self._name = name
        self._source = source
        self._full_text = full_text
        self._added = self._changed = self._unchanged = self._done = 0
        self._numeric: dict[str, bool] = {}
        self._content = hashlib.blake2b(digest_size=16)

    def run(
        self, records: Iterable[ItemRecord], now: datetime, progress: Progress | None
    ) -> ImportReport:
        session = self._session
        row = _row(session, self._name) or CatalogueRow(name=self._name)
        row.source, row.imported = self._source, now
        row.fingerprint, row.columns, row.size = "", {}, 0
        session.add(row)
        session.flush()
        connection = session.connection()
        SEEN.drop(connection, checkfirst=True)
        SEEN.create(connection, checkfirst=False)
        total = len(records) if isinstance(records, list) else None
        rest = iter(records)
        while batch := list(islice(rest, BATCH)):
            self._store(row.id, batch)
            if progress is not None:
                progress(self._done, total)
        gone = select(ItemRow.id).where(
            ItemRow.catalogue_id == row.id,
            ItemRow.item_id.not_in(select(SEEN.c.item_id)),
        )
        if self._full_text:
            _unindex(session, gone)
        removed = session.execute(delete(ItemRow).where(ItemRow.id.in_(gone))).rowcount  # type: ignore[attr-defined]
        SEEN.drop(connection)
        row.fingerprint = self._content.hexdigest()
        row.columns, row.size = self._numeric, self._done
        return ImportReport(
            name=self._name,
            size=self._done,
            added=self._added,
            changed=self._changed,
            removed=removed,
            unchanged=self._unchanged,
        )

    def _store(self, catalogue_id: int, batch: list[ItemRecord]) -> None:
        session = self._session
        self._refuse_repeated(batch)
        ids = [record.item_id for record in batch]
        query = select(ItemRow.item_id, ItemRow.id, ItemRow.digest, ItemRow.position).where(
            ItemRow.catalogue_id == catalogue_id, ItemRow.item_id.in_(ids)
        )
        there = {item_id: (key, digest, at) for item_id, key, digest, at in session.execute(query)}
        new: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        moved: list[dict[str, Any]] = []
        for record in batch:
            digest = record.digest()
            self._content.update(f"{record.item_id}\0{digest}\0".encode())
            self._learn_columns(record)
            key, before, at = there.get(record.item_id, (None, None, None))
            if key is None:
                new.append(_fields(record, digest, self._done) | {"catalogue_id": catalogue_id})
            elif before != digest:
                changed.append(_fields(record, digest, self._done) | {"id": key})
            elif at != self._done:
                moved.append({"id": key, "position": self._done})
            self._done += 1
        if new:
            session.execute(insert(ItemRow), new)
        for rows in (changed, moved):
            if rows:
                session.execute(sql_update(ItemRow), rows)
        self._added += len(new)
        self._changed += len(changed)
        self._unchanged += len(batch) - len(new) - len(changed)
        if self._full_text and (new or changed):
            self._index(catalogue_id, batch, {each["item_id"] for each in new + changed})

    def _refuse_repeated(self, batch: list[ItemRecord]) -> None:
        first: dict[str, str] = {}
        ids = [record.item_id for record in batch]
        for item_id, place in self._session.execute(
            select(SEEN.c.item_id, SEEN.c.place).where(SEEN.c.item_id.in_(ids))
        ):
            first[item_id] = place
        for record in batch:
            if record.item_id in first:
                raise CatalogueError(
                    f"{record.where}: expected each id once",
                    found=f"{record.item_id!r}, which {first[record.item_id]} has too",
                    remedy="Give each item its own id; nothing was imported",
                )
            first[record.item_id] = record.where
        self._session.execute(
            insert(SEEN),
            [
                {"item_id": each.item_id, "place": each.where, "position": self._done + offset}
                for offset, each in enumerate(batch)
            ],
        )

    def _learn_columns(self, record: ItemRecord) -> None:
        """A column is numeric when every known value is a single number."""
        for column, values in record.attributes.items():
            numeric = len(values) == 1 and as_number(values[0]) is not None
            self._numeric[column] = self._numeric.get(column, True) and numeric

    def _index(self, catalogue_id: int, batch: list[ItemRecord], ids: set[str]) -> None:
        session = self._session
        found = session.execute(
            select(ItemRow.item_id, ItemRow.id).where(
                ItemRow.catalogue_id == catalogue_id, ItemRow.item_id.in_(ids)
            )
        )
        keys = dict(found.all())
        session.execute(
            text("DELETE FROM items_fts WHERE rowid = :id"),
            [{"id": key} for key in keys.values()],
        )
        session.execute(
            text("INSERT INTO items_fts (rowid, title, attributes) VALUES (:id, :title, :rest)"),
            [
                {
                    "id": keys[record.item_id],
                    "title": fold(record.title),
                    "rest": fold(_words(record)),
                }
                for record in batch
                if record.item_id in ids
            ],
        )


def _row(session: Session, name: str) -> CatalogueRow | None:
    return session.scalar(select(CatalogueRow).where(CatalogueRow.name == name))


def _info(row: CatalogueRow) -> CatalogueInfo:
    return CatalogueInfo(
        name=row.name,
        source=row.source,
        size=row.size,
        imported=row.imported,
        fingerprint=row.fingerprint,
        columns=dict(row.columns),
    )


def _fields(record: ItemRecord, digest: str, position: int) -> dict[str, Any]:
    return {
        "item_id": record.item_id,
        "position": position,
        "title": record.title,
        "year": record.year,
        "description": record.description,
        "popularity": record.popularity,
        "image_url": record.image_url,
        "url": record.url,
        "same_as": record.same_as,
        "attributes": dict(record.attributes),
        "digest": digest,
    }


def _words(record: ItemRecord) -> str:
    """All that can be searched for beside the title."""
    values = (as_text(value) for each in record.attributes.values() for value in each)
    return " ".join([*values, str(record.year or ""), record.description or ""])


def _unindex(session: Session, ids: Any) -> None:
    session.execute(
        delete(_FULL_TEXT).where(_FULL_TEXT.c.rowid.in_(ids)),
        execution_options={"synchronize_session": False},
    )


_FULL_TEXT = Table("items_fts", MetaData(), Column("rowid", Integer, primary_key=True))


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
        for column, values in stored.items():
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
