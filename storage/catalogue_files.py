"""Reading catalogue files (CSV, JSONL, Parquet) row by row, with errors that name the row.

Nothing is held but the row at hand, so a file may be larger than memory. What a value may be
is decided in `storage.catalogue_records`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from bot.errors import CatalogueError
from storage.catalogue_records import KNOWN_COLUMNS, ItemRecord, attribute_name, record_of

PARQUET_BATCH = 2_000
LONGEST_FIELD = 10_000_000


Row = ItemRecord | CatalogueError
"""What a row is: the item, or what is wrong with it."""


def read_catalogue(path: Path) -> Iterator[ItemRecord]:
    """The items of a file, in order.

    Raises CatalogueError for a file that is missing, empty, of another kind or broken, naming
    the row where there is one. Ids met twice are left to the import, which knows all of them.
    """
    for row in read_rows(path):
        if isinstance(row, CatalogueError):
            raise row
        yield row


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file, in order; a row that is no item comes as the error that names it.

    Raises CatalogueError for a file that cannot be read on: missing, empty, of another kind,
    not UTF-8, or broken so that no next row can be found.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise CatalogueError(
            "expected a catalogue file that ends in .csv, .jsonl or .parquet",
            found=repr(path.name),
            remedy="Save the catalogue in one of these formats",
        )
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no file there"
        raise CatalogueError(f"expected a catalogue file at {path}", found=found)
    if path.stat().st_size == 0:
        _empty(path)
    empty = True
    try:
        for row in reader(path):
            empty = False
            yield row
    except UnicodeDecodeError as error:
        raise CatalogueError(
            f"expected {path.name} to be UTF-8 text",
            found=f"the byte 0x{error.object[error.start]:02x}, which is not",
            remedy="Save the file as UTF-8",
        ) from None
    except OSError as error:
        raise CatalogueError(
            f"expected to read {path}", found=error.strerror or str(error)
        ) from None
    if empty:
        _empty(path)


def _row(make: Callable[[], ItemRecord]) -> Row:
    try:
        return make()
    except CatalogueError as error:
        return error


def _read_csv(path: Path) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_FIELD)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, strict=True)
        try:
            columns = _columns(next(lines, []), path)
            number = 0
            for fields in lines:
                if not fields:
                    continue
                number += 1
                where = f"row {number} (line {lines.line_num})"
                if len(fields) != len(columns):
                    yield CatalogueError(
                        f"{where}: expected {len(columns)} fields, as the header has",
                        found=str(len(fields)),
                        remedy='Put a field that holds a comma between double quotes (")',
                    )
                    continue
                row = dict(zip(columns, fields, strict=True))
                yield _row(partial(record_of, row, where, lists_joined=True))
        except csv.Error as error:
            raise CatalogueError(f"line {lines.line_num}: expected CSV", found=str(error)) from None


def _read_jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            yield _row(partial(_json_record, line, f"line {number}", path))


def _json_record(line: str, where: str, path: Path) -> ItemRecord:
    try:
        row = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise CatalogueError(
            f"{where}: expected one JSON object",
            found=f"something else ({error})",
            remedy="Put each item on a line of its own as a JSON object",
        ) from None
    if not isinstance(row, dict):
        raise CatalogueError(f"{where}: expected one JSON object", found=f"a {type(row).__name__}")
    names = _columns(list(row), path, where)
    return record_of(dict(zip(names, row.values(), strict=True)), where)


def _read_parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = _columns(file.schema_arrow.names, path)
            number = 0
            for batch in file.iter_batches(batch_size=PARQUET_BATCH):
                arrays = [column.to_pylist() for column in batch.columns]
                for values in zip(*arrays, strict=True):
                    number += 1
                    row = {name: _plain(value) for name, value in zip(names, values, strict=True)}
                    yield _row(partial(record_of, row, f"row {number}"))
    except pa.ArrowException as error:
        raise CatalogueError(
            f"expected {path.name} to be a Parquet file", found=str(error).splitlines()[0]
        ) from None


READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".csv": _read_csv,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}


def _columns(header: list[str], path: Path, where: str = "the header") -> list[str]:
    """The columns' names, attribute columns made fit for ``column:value``."""
    stripped = [name.strip() for name in header]
    for needed in ("id", "title"):
        if needed not in stripped:
            raise CatalogueError(
                f"{path.name}: expected the columns `id` and `title` in {where}",
                found=", ".join(f"`{name}`" for name in stripped[:12]) or "none",
                remedy=f"Add or rename a column so that `{needed}` is there",
            )
    names = [name if name in KNOWN_COLUMNS else attribute_name(name) for name in stripped]
    for place, name in enumerate(names):
        if not stripped[place]:
            raise CatalogueError(
                f"{path.name}: expected a name for each column",
                found=f"none for column {place + 1}",
            )
        if name in names[:place]:
            raise CatalogueError(
                f"{path.name}: expected each column once in {where}", found=f"`{name}` twice"
            )
    return names


def _plain(value: Any) -> Any:
    """Parquet's dates and decimals as JSON has them."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _empty(path: Path) -> NoReturn:
    raise CatalogueError(
        f"expected at least one item in {path.name}",
        found="none",
        remedy="Give a file with a row for each item",
    )
