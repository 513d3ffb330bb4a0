"""Reads JSON Lines with errors that name the file and the line; knows nothing of what they mean."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from bot.core.bounded_lines import LongLineError, bounded_lines, not_to_be_read
from bot.core.errors import DataFileError


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, for error messages; lines count from 1."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path.name}, line {self.line}"

    def fail(
        self, expected: str, *, found: str | None = None, remedy: str | None = None
    ) -> NoReturn:
        """Raise the DataFileError for this line."""
        raise DataFileError(
            f"{self}: expected {expected}",
            found=found,
            remedy=remedy or "Correct or remove that line",
        )


@dataclass(frozen=True, slots=True)
class Record:
    """One line's JSON object with typed access; every mismatch is an error at its place."""

    place: Place
    fields: Mapping[str, object]

    def __contains__(self, key: str) -> bool:
        return key in self.fields

    def text(self, key: str) -> str:
        """A non-empty string, or a whole number written as one (ids often are)."""
        return required_text(self.fields.get(key), f"`{key}` to be a text", self.place)

    def sequence(self, key: str) -> Sequence[object]:
        """A list."""
        value = self.fields.get(key)
        if not isinstance(value, list):
            self.place.fail(f"`{key}` to be a list", found=shown(value))
        return value

    def mapping(self, key: str) -> Mapping[str, object]:
        """An object; absent, null and the empty list read as an empty one."""
        value = self.fields.get(key)
        if value is None or value == []:  # PHP writes an empty object as an empty list
            return {}
        if not isinstance(value, dict):
            self.place.fail(f"`{key}` to be an object", found=shown(value))
        return value


def read_records(path: Path) -> Iterator[Record]:
    """The objects of a JSON Lines file; empty lines are skipped.

    Raises DataFileError for a file that cannot be opened, is not UTF-8, holds a line that is no
    JSON object or longer than `bot.core.bounded_lines` allows, or holds nothing at all.
    """
    refuse_endless(path)
    count = number = 0
    try:
        with path.open("rb") as stream:
            for number, raw in enumerate(bounded_lines(stream), start=1):
                if raw.strip():
                    yield _parse(raw, Place(path, number))
                    count += 1
    except LongLineError as error:
        Place(path, number + 1).fail("one JSON object", found=str(error))
    except OSError as error:
        raise unreadable(path, error) from None
    if not count:
        raise DataFileError(
            f"{path.name}: expected one JSON object a line",
            found="an empty file",
            remedy="Give a file that holds at least one line",
        )


def refuse_endless(path: Path) -> None:
    """Raise DataFileError for what is there and no file: a folder, or a device without end."""
    found = not_to_be_read(path, pipes=True)
    if found is not None and path.exists():
        raise DataFileError(f"{path.name}: expected a file", found=found)


def unreadable(path: Path, error: OSError) -> DataFileError:
    """The error for a file that cannot be opened."""
    return DataFileError(
        f"{path} cannot be read",
        found=(error.strerror or str(error)).lower(),
        remedy="Check the path and its permissions",
    )


def required_text(value: object, expected: str, place: Place) -> str:
    """`value` as a non-empty string; whole numbers are written out."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        place.fail(expected, found=shown(value))
    return value


def shown(value: object) -> str:
    """A value as it stands in an error message: short, and `nothing` for None."""
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _parse(raw: bytes, place: Place) -> Record:
    try:
        value = json.loads(raw.decode("utf-8-sig" if place.line == 1 else "utf-8"))
    except UnicodeDecodeError:
        place.fail("UTF-8 text", found="bytes that are not")
    except (ValueError, RecursionError) as error:  # a ValueError alone: a number of 5,000 digits
        reason = "deep nesting" if isinstance(error, RecursionError) else "a number too long"
        if isinstance(error, json.JSONDecodeError):
            reason = error.msg.lower()
        place.fail("one JSON object", found=f"{_snippet(raw)} ({reason})")
    if not isinstance(value, dict):
        place.fail("one JSON object", found=shown(value))
    return Record(place, value)


def _snippet(raw: bytes) -> str:
    text = raw.decode("utf-8", errors="replace").strip()
    return repr(text if len(text) <= 40 else text[:37] + "…")
