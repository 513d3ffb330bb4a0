"""One item as an import reads it: its fields checked and brought into one form.

What a value may be is decided here for every file format; the formats themselves are read in
`storage.catalogue.catalogue_files`.
"""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core import patterns
from bot.core.errors import CatalogueError
from bot.core.values import split_about

KNOWN_COLUMNS = (
    "id",
    "title",
    "year",
    "description",
    "popularity",
    "image_url",
    "url",
    "same_as",
)
MEND_THE_ROW = "Correct the row; nothing was imported"
ID_LENGTH = 200
TITLE_LENGTH = 1_000
"""Characters; every title is compared with what people write, so none may be a book."""
LAST_YEAR = 9999
# "007" and "1_000" are names, not numbers.
NUMBER = patterns.compile(r"[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")

Value = str | float | int


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One row of a catalogue file; `where` says which, for errors (``row 3 (line 4)``)."""

    where: str
    item_id: str
    title: str
    year: int | None = None
    description: str | None = None
    popularity: float | None = None
    image_url: str | None = None
    url: str | None = None
    same_as: str | None = None
    attributes: Mapping[str, list[Value]] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """About how many characters it holds, for who keeps several at once."""
        texts = (self.title, self.description, self.image_url, self.url, self.same_as)
        told = sum(len(text) for text in texts if text is not None)
        return told + sum(
            len(value) if isinstance(value, str) else 1
            for values in self.attributes.values()
            for value in values
        )

    def digest(self) -> str:
        """Hash of all but `where`: the same for the same content."""
        # Spelt out: `dataclasses.astuple` copies every list, which took longer than the import.
        content = json.dumps(
            [
                self.item_id,
                self.title,
                self.year,
                self.description,
                self.popularity,
                self.image_url,
                self.url,
                self.same_as,
                self.attributes,
            ],
            sort_keys=True,
            ensure_ascii=False,
        )
        return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


def record_of(row: Mapping[str, Any], where: str, *, lists_joined: bool = False) -> ItemRecord:
    """The item of one row.

    Args:
        row: Column name to raw value; None and empty text are unknown.
        where: How to name the row in an error.
        lists_joined: Whether a list stands joined with ``|`` (CSV) rather than as an array.

    Raises:
        CatalogueError: naming the row, the column, what was expected and what was found.
    """
    item_id = _text(row.get("id"), "id", where)
    if item_id is None:
        raise _wrong(where, "expected a value in the column `id`", "none")
    if len(item_id) > ID_LENGTH:
        raise _wrong(where, f"expected an id of at most {ID_LENGTH} characters", str(len(item_id)))
    if split_about(item_id) is not None:
        raise _wrong(where, "expected an id that does not look like `column:value`", repr(item_id))
    title = _text(row.get("title"), "title", where)
    if title is None:
        raise _wrong(where, "expected a value in the column `title`", "none")
    if len(title) > TITLE_LENGTH:
        found = f"{len(title):,}"
        raise _wrong(where, f"expected a title of at most {TITLE_LENGTH:,} characters", found)
    attributes = {
        column: values
        for column, raw in row.items()
        if column not in KNOWN_COLUMNS
        and (values := _values(raw, column, where, lists_joined=lists_joined))
    }
    return ItemRecord(
        where=where,
        item_id=item_id,
        title=title,
        year=_year(row.get("year"), where),
        description=_text(row.get("description"), "description", where),
        popularity=_number(row.get("popularity"), "popularity", where),
        image_url=_text(row.get("image_url"), "image_url", where),
        url=_text(row.get("url"), "url", where),
        same_as=_text(row.get("same_as"), "same_as", where),
        attributes=attributes,
    )


def attribute_name(column: str) -> str:
    """A column's name as it can stand in ``column:value``: other characters become ``_``."""
    name = patterns.sub(r"\W+", "_", unicodedata.normalize("NFC", column.strip())).strip("_")
    return name if name.isidentifier() else f"_{name}"


def as_number(value: Value) -> float | None:
    """The number that a value is or spells; None when it does not."""
    if isinstance(value, str):
        return float(value) if NUMBER.fullmatch(value) else None
    try:
        return float(value)
    except OverflowError:  # a whole number beyond what a float can hold
        return math.inf if value > 0 else -math.inf


def as_text(value: Value) -> str:
    """A value as text: ``5`` for 5.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def clean(text: str) -> str:
    """Composed characters (NFC), control characters and runs of white space as one space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    printable = "".join(
        " " if unicodedata.category(each) in ("Cc", "Zl", "Zp", "Cs") else each for each in text
    )
    return " ".join(unicodedata.normalize("NFC", printable).split())


def _wrong(where: str, expected: str, found: str) -> CatalogueError:
    return CatalogueError(f"{where}: {expected}", found=found, remedy=MEND_THE_ROW)


def _text(value: Any, column: str, where: str) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _wrong(where, f"expected text in the column `{column}`", _shown(value))
    return clean(as_text(value)) or None


def _number(value: Any, column: str, where: str) -> float | None:
    text = _text(value, column, where)
    if text is None:
        return None
    number = as_number(value if isinstance(value, int | float) else text)
    if number is None or not math.isfinite(number):
        raise _wrong(where, f"expected a number in the column `{column}`", _shown(value))
    return number


def _year(value: Any, where: str) -> int | None:
    if _text(value, "year", where) is None:
        return None
    try:
        number = _number(value, "year", where)
    except CatalogueError:
        number = None
    if number is None or not number.is_integer() or abs(number) > LAST_YEAR:
        raise _wrong(where, "expected a whole number in the column `year`", _shown(value))
    return int(number)


def _values(raw: Any, column: str, where: str, *, lists_joined: bool) -> list[Value]:
    if isinstance(raw, str) and lists_joined:
        raw = raw.split("|")
    values: list[Value] = []
    for each in raw if isinstance(raw, list | tuple) else [raw]:
        if each is None or (isinstance(each, float) and math.isnan(each)):
            continue
        if isinstance(each, bool):
            values.append("true" if each else "false")
        elif isinstance(each, str):
            if text := clean(each):
                values.append(text)
        elif isinstance(each, int | float) and math.isfinite(as_number(each) or 0.0):
            values.append(each)
        else:
            raise _wrong(
                where,
                f"expected text, a number or a list of these in the column `{column}`",
                _shown(each),
            )
    return list(dict.fromkeys(values))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
