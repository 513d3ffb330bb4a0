"""Reads who watched or rated what: the project's own CSV, or MovieLens's ratings and links.

Item ids are those of the file (for MovieLens: IMDb ids); `bot.data.linking` moves them onto a
catalogue.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.core.bounded_lines import LongLineError, bounded_lines
from bot.core.errors import DataFileError
from bot.data.lines import Place, refuse_endless, shown, unreadable

OWN_COLUMNS = ("user_id", "item_id")
MOVIELENS_COLUMNS = ("userId", "movieId", "rating")
LIKED_FROM = 3.5  # of 5; the same line that a profile draws


@dataclass(frozen=True, slots=True)
class Interaction:
    """A person watched an item, or rated it (0.5 to 5 in MovieLens), at a time.

    `timestamp` is in seconds since 1970, 0 where the file has none.
    """

    user: str
    item_id: str
    rating: float | None = None
    timestamp: float = 0.0

    @property
    def positive(self) -> bool:
        """Whether it speaks for the item: rated 3.5 or better, or not rated at all."""
        return self.rating is None or self.rating >= LIKED_FROM


def read_interactions(*paths: Path) -> list[Interaction]:
    """All interactions of the files, in order.

    Raises DataFileError naming file and line for a missing column, a broken number, and a
    MovieLens file without its ``links.csv``.
    """
    return [interaction for path in paths for interaction in _read(path)]


def _read(path: Path) -> Iterator[Interaction]:
    rows = _rows(path)
    place, header = next(rows, (Place(path, 1), []))
    columns = {name.strip(): index for index, name in enumerate(header)}
    if all(name in columns for name in MOVIELENS_COLUMNS):
        imdb_ids = _links(path.with_name("links.csv"), path)
        names = ("userId", "movieId")
    elif all(name in columns for name in OWN_COLUMNS):
        imdb_ids = None
        names = OWN_COLUMNS
    else:
        place.fail(
            "user_id,item_id[,rating][,timestamp] or MovieLens's userId,movieId,rating",
            found=", ".join(header)[:200] or "an empty file",
            remedy="Name the columns in the first line",
        )
    user, item = (columns[name] for name in names)
    for place, row in rows:
        if len(row) != len(header):
            place.fail(f"{len(header)} columns", found=str(len(row)))
        if not row[user] or not row[item]:
            place.fail("a user and an item", found=shown(",".join(row)))
        rating = _number(row, columns.get("rating"), place)
        timestamp = _number(row, columns.get("timestamp"), place) or 0.0
        item_id: str | None = row[item]
        if imdb_ids is not None:
            item_id = imdb_ids.get(row[item])
        if item_id is not None:  # a few MovieLens rows have no IMDb id
            yield Interaction(row[user], item_id, rating, timestamp)


def _links(path: Path, ratings: Path) -> dict[str, str]:
    """MovieLens's film id → IMDb id, which the file gives in digits alone, seven at least."""
    if not path.exists():
        raise DataFileError(
            f"{ratings.name} is MovieLens's: expected the ids of its films in links.csv",
            found="no links.csv beside it",
            remedy="Put MovieLens's links.csv into the same folder",
        )
    rows = _rows(path)
    place, header = next(rows, (Place(path, 1), []))
    if "movieId" not in header or "imdbId" not in header:
        place.fail(
            "the columns movieId and imdbId", found=", ".join(header)[:200] or "an empty file"
        )
    item, imdb = header.index("movieId"), header.index("imdbId")
    return {
        row[item]: f"tt{row[imdb].zfill(7)}"
        for _, row in rows
        if len(row) > max(item, imdb) and row[imdb]
    }


def _rows(path: Path) -> Iterator[tuple[Place, list[str]]]:
    refuse_endless(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(bounded_lines(stream))
            for row in reader:
                if row:
                    yield Place(path, reader.line_num), row
    except OSError as error:
        raise unreadable(path, error) from None
    except UnicodeDecodeError:
        raise DataFileError(
            f"{path.name}: expected UTF-8 text", remedy="Save the file as UTF-8"
        ) from None
    except (csv.Error, LongLineError) as error:
        raise DataFileError(f"{path.name}: expected CSV", found=str(error)) from None


def _number(row: list[str], column: int | None, place: Place) -> float | None:
    if column is None or not row[column].strip():
        return None
    try:
        value = float(row[column])
    except ValueError:
        place.fail("a number", found=shown(row[column]))
    if not math.isfinite(value):
        place.fail("a finite number", found=shown(row[column]))
    return value
