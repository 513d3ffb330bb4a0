"""One import of a catalogue, inside a transaction that the caller opened.

Works in bounded batches: which ids were met is kept in a temporary table, not in memory. An item
whose content did not change keeps its row. What a record is comes from
`storage.catalogue.catalogue_records`; which catalogues there are is `storage.catalogue.catalogues`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, Text, delete, insert, select, text
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session

from bot.core.errors import CatalogueError
from storage.catalogue.catalogue_records import ItemRecord, as_number, as_text
from storage.catalogue.title_search import fold_for_search
from storage.sql.models import CatalogueRow, ItemRow

BATCH = 500  # below SQLite's limit of bound parameters
BATCH_LENGTH = 4_000_000
"""Characters after which a batch is stored, however few items it holds."""

Progress = Callable[[int, int | None], None]
"""Called with the number of items done and the number of all, where that is known."""

FULL_TEXT = Table("items_fts", MetaData(), Column("rowid", Integer, primary_key=True))

SEEN = Table(
    "import_seen",
    MetaData(),
    Column("item_id", String(200), primary_key=True),
    Column("place", Text, nullable=False),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did to a catalogue, in items."""

    name: str
    size: int
    added: int
    changed: int
    removed: int
    unchanged: int


class CatalogueImport:
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
        row = catalogue_row(session, self._name) or CatalogueRow(name=self._name)
        row.source, row.imported = self._source, now
        row.fingerprint, row.columns, row.size = "", {}, 0
        session.add(row)
        session.flush()
        connection = session.connection()
        SEEN.drop(connection, checkfirst=True)
        SEEN.create(connection, checkfirst=False)
        total = len(records) if isinstance(records, list) else None
        for batch in _batches(records):
            self._store(row.id, batch)
            if progress is not None:
                progress(self._done, total)
        gone = select(ItemRow.id).where(
            ItemRow.catalogue_id == row.id,
            ItemRow.item_id.not_in(select(SEEN.c.item_id)),
        )
        if self._full_text:
            unindex(session, gone)
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
            insert(SEEN), [{"item_id": each.item_id, "place": each.where} for each in batch]
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
                    "title": fold_for_search(record.title),
                    "rest": fold_for_search(_words(record)),
                }
                for record in batch
                if record.item_id in ids
            ],
        )


def _batches(records: Iterable[ItemRecord]) -> Iterator[list[ItemRecord]]:
    batch: list[ItemRecord] = []
    length = 0
    for record in records:
        batch.append(record)
        length += record.length
        if len(batch) == BATCH or length >= BATCH_LENGTH:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


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


def unindex(session: Session, ids: Any) -> None:
    """Take items out of the full text; `ids` selects their keys."""
    session.execute(
        delete(FULL_TEXT).where(FULL_TEXT.c.rowid.in_(ids)),
        execution_options={"synchronize_session": False},
    )


def catalogue_row(session: Session, name: str) -> CatalogueRow | None:
    """The row of a catalogue by name."""
    return session.scalar(select(CatalogueRow).where(CatalogueRow.name == name))
