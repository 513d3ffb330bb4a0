"""Reading catalogue files (CSV, TSV, JSON, JSONL, Parquet) by rows, with errors that name the row.

Nothing is held but the row at hand, and no row is longer than `bot.core.bounded_lines` allows: a
file may be larger than memory, and may come from anybody. What a value may be is decided in
`storage.catalogue.catalogue_records`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, NoReturn

from bot.core.bounded_lines import LONGEST_LINE, LongLineError, bounded_lines, not_to_be_read
from bot.core.errors import CatalogueError
from storage.catalogue import parquet_rows
from storage.catalogue.catalogue_records import (
    KNOWN_COLUMNS,
    ItemRecord,
    attribute_name,
    clean,
    record_of,
)
from storage.catalogue.json_array import ArrayError, objects_in

MOST_COLUMNS = 1_000
"""Of a row, and of all rows together."""
LONGEST_COLUMN_NAME = 200
MOST_ROWS = 2_000_000
"""Rows of a file, empty lines too; a catalogue is held in memory where it is talked about."""
NAMES_SHOWN = 12
SEPARATORS = {",": "comma", "\t": "tab"}

Row = ItemRecord | CatalogueError
"""What a row is: the item, or what is wrong with it."""
Rows = Generator[Row, None, None]
"""To be closed by who does not read them to the end: a process may wait behind them."""


def read_catalogue(path: Path) -> Generator[ItemRecord, None, None]:
    """The items of a file, in order.

    Raises CatalogueError for a file that is missing, empty, of another kind or broken, naming
    the row where there is one. Ids met twice are left to the import, which knows all of them.
    """
    with closing(read_rows(path)) as rows:
        for row in rows:
            if isinstance(row, CatalogueError):
                raise row
            yield row


def read_rows(path: Path) -> Rows:
    """The rows of a file, in order; a row that is no item comes as the error that names it.

    Raises CatalogueError for a file that cannot be read on: missing, empty, of another kind,
    not UTF-8, or broken so that no next row can be found.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        *others, last = READERS
        raise CatalogueError(
            f"expected a catalogue file that ends in {', '.join(others)} or {last}",
            found=repr(path.name),
            remedy="Save the catalogue in one of these formats",
        )
    found = not_to_be_read(path)
    if found is not None:
        raise CatalogueError(f"expected {path.name} to be a catalogue file", found=found)
    if path.stat().st_size == 0:
        _empty(path)
    columns: set[str] = set()
    empty = True
    try:
        with closing(reader(path)) as rows:
            for number, row in enumerate(rows, start=1):
                empty = False
                if number > MOST_ROWS:
                    raise _too_many_rows(path)
                if isinstance(row, ItemRecord):
                    columns.update(row.attributes)
                    _expect_few(len(columns), path, "all rows together")
                yield row
    except UnicodeDecodeError as error:
        raise CatalogueError(
            f"expected {path.name} to be UTF-8 text",
            found=f"the byte 0x{error.object[error.start]:02x}, which is not",
            remedy="Save the file as UTF-8",
        ) from None
    except OSError as error:
        raise CatalogueError(
            f"expected to read {path.name}", found=error.strerror or str(error)
        ) from None
    if empty:
        _empty(path)


def _row(make: Callable[[], ItemRecord]) -> Row:
    try:
        return make()
    except CatalogueError as error:
        return error


class _RecordLines:
    """The lines of a CSV file; of one record, which may be over many of them, a bounded amount."""

    def __init__(self, file: IO[str]):
        self._lines = bounded_lines(file)
        self._held = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._held += len(line)
        if self._held > LONGEST_LINE:
            raise LongLineError
        return line

    def record_ended(self) -> None:
        self._held = 0


def _read_csv(path: Path, delimiter: str = ",") -> Rows:
    csv.field_size_limit(LONGEST_LINE)
    with path.open(encoding="utf-8-sig", newline="") as file:
        source = _RecordLines(file)
        lines = csv.reader(source, delimiter=delimiter, strict=True)
        try:
            columns = _columns(next(lines, []), path)
            number = 0
            for fields in lines:
                source.record_ended()
                if not fields:
                    if lines.line_num > 2 * MOST_ROWS:
                        raise _too_many_rows(path)
                    continue
                number += 1
                where = f"row {number} (line {lines.line_num})"
                if len(fields) != len(columns):
                    yield CatalogueError(
                        f"{where}: expected {len(columns)} fields, as the header has",
                        found=str(len(fields)),
                        remedy=f"Put a field that holds a {SEPARATORS[delimiter]} "
                        'between double quotes (")',
                    )
                    continue
                row = dict(zip(columns, fields, strict=True))
                yield _row(partial(record_of, row, where, lists_joined=True))
        except (csv.Error, LongLineError) as error:
            line = lines.line_num + isinstance(error, LongLineError)  # the one that was begun
            raise CatalogueError(
                f"line {line}: expected CSV",
                found=str(error),
                remedy='Check that every double quote (") that opens a field is closed',
            ) from None


def _read_jsonl(path: Path) -> Rows:
    number = 0
    with path.open(encoding="utf-8-sig") as file:
        try:
            for number, line in enumerate(bounded_lines(file), start=1):
                if line.strip():
                    yield _row(partial(_json_record, line, f"line {number}", path))
                elif number > 2 * MOST_ROWS:
                    raise _too_many_rows(path)
        except LongLineError as error:
            raise CatalogueError(
                f"line {number + 1}: expected one JSON object",
                found=str(error),
                remedy="Put each item on a line of its own",
            ) from None


def _read_json(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig") as file:
        try:
            for number, text in enumerate(objects_in(file), start=1):
                yield _row(partial(_json_record, text, f"item {number}", path))
        except ArrayError as error:
            raise CatalogueError(
                f"{path.name}: expected a JSON array of objects, one for each item",
                found=f"{error} after {error.number:,} items",
                remedy='Write [{"id": …, "title": …}, …], or an object a line as .jsonl',
            ) from None


def _json_record(line: str, where: str, path: Path) -> ItemRecord:
    try:
        row = json.loads(line, parse_constant=_no_constant, object_pairs_hook=_object)
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


def _read_parquet(path: Path) -> Rows:
    with closing(parquet_rows.read_parquet_rows(path, MOST_COLUMNS, MOST_ROWS)) as rows:
        try:
            names = _columns(next(rows, []), path)
        except parquet_rows.TooManyRowsError:
            raise _too_many_rows(path) from None
        for number, values in enumerate(rows, start=1):
            row = dict(zip(names, values, strict=True))
            yield _row(partial(record_of, row, f"row {number}"))


READERS: dict[str, Callable[[Path], Rows]] = {
    ".csv": _read_csv,
    ".tsv": partial(_read_csv, delimiter="\t"),
    ".json": _read_json,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}


def _columns(header: Sequence[str], path: Path, where: str = "the header") -> list[str]:
    """The columns' names, attribute columns made fit for ``column:value``."""
    _expect_few(len(header), path, where)
    stripped = [name.strip() for name in header]
    for needed in ("id", "title"):
        if needed not in stripped:
            shown = (f"`{_shown(name)}`" for name in islice(stripped, NAMES_SHOWN))
            raise CatalogueError(
                f"{path.name}: expected the columns `id` and `title` in {where}",
                found=", ".join(shown) or "none",
                remedy=f"Add or rename a column so that `{needed}` is there",
            )
    names: dict[str, None] = {}
    for place, column in enumerate(stripped, start=1):
        if not column:
            raise CatalogueError(
                f"{path.name}: expected a name for each column", found=f"none for column {place}"
            )
        if len(column) > LONGEST_COLUMN_NAME:
            raise CatalogueError(
                f"{path.name}: expected names of columns of at most {LONGEST_COLUMN_NAME} "
                f"characters in {where}",
                found=f"{len(column):,} characters (`{_shown(column)}`)",
            )
        name = column if column in KNOWN_COLUMNS else attribute_name(column)
        if name in names:
            raise CatalogueError(
                f"{path.name}: expected each column once in {where}", found=f"`{name}` twice"
            )
        names[name] = None
    return list(names)


def _expect_few(columns: int, path: Path, where: str) -> None:
    if columns > MOST_COLUMNS:
        raise CatalogueError(
            f"{path.name}: expected at most {MOST_COLUMNS:,} columns in {where}",
            found=f"{columns:,}",
            remedy="Leave out the columns that are not needed, or put values into lists",
        )


def _shown(name: str) -> str:
    """A name as it can stand in an error, whatever it holds."""
    name = clean(name[: 2 * LONGEST_COLUMN_NAME])
    return name if len(name) <= 40 else f"{name[:39]}…"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key twice")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _empty(path: Path) -> NoReturn:
    raise CatalogueError(
        f"expected at least one item in {path.name}",
        found="none",
        remedy="Give a file with a row for each item",
    )


def _too_many_rows(path: Path) -> CatalogueError:
    return CatalogueError(
        f"{path.name}: expected at most {MOST_ROWS:,} items",
        found="more rows",
        remedy="Leave some out, such as the least known items",
    )
