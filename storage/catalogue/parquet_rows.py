"""Rows of a Parquet file, read by a process of its own whose memory is limited.

What such a file unpacks to is nowhere bounded by its size: two kilobytes may be a list of a billion
values, and what it says of itself may be untrue. So it is read by a child
(`storage.catalogue.parquet_reader`) that the system stops at a limit, and that writes each row as a
line of JSON, bounded as every other line is. What the rows mean is
`storage.catalogue.catalogue_files`'s.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Any

from bot.core.bounded_lines import LongLineError, bounded_lines
from bot.core.errors import CatalogueError
from storage.catalogue import parquet_reader

AT_LEAST = 32_000_000
TIMES_LARGER = 100
"""A file may unpack to this much text, or to that many times its size where that is more."""


class TooManyRowsError(Exception):
    """A file that says itself that it has more rows than may be read."""


def read_parquet_rows(
    path: Path, most_columns: int, most_rows: int
) -> Generator[list[Any], None, None]:
    """The column names, then the values of each row, in JSON's types.

    Raises CatalogueError where it is no Parquet file, is broken, or unpacks to too much, and
    TooManyRowsError before the first row.
    """
    command = [sys.executable, "-P", str(Path(str(parquet_reader.__file__)))]
    with subprocess.Popen(
        [*command, str(path.resolve()), str(most_columns), str(most_rows)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None
        try:
            yield from _rows(path, child.stdout)
        finally:
            child.kill()


def _rows(path: Path, lines: IO[bytes]) -> Iterator[list[Any]]:
    allowed = max(AT_LEAST, TIMES_LARGER * path.stat().st_size)
    ended = False
    try:
        for line in bounded_lines(lines):
            allowed -= len(line)
            if allowed < 0:
                raise _too_much(path, f"more than {TIMES_LARGER} times the file's size")
            said = json.loads(line)
            if isinstance(said, list):
                yield said
            elif "error" in said:
                raise CatalogueError(
                    f"expected {path.name} to be a Parquet file", found=said["error"]
                )
            elif "many" in said:
                raise TooManyRowsError
            elif "large" in said:
                raise _too_much(path, said["large"])
            else:
                ended = True
    except LongLineError as error:
        raise _too_much(path, f"{error} in a row") from None
    if not ended:  # the system stopped it, or the library fell over
        raise _too_much(path, "what could not be read within the limits")


def _too_much(path: Path, found: str) -> CatalogueError:
    return CatalogueError(
        f"{path.name}: expected Parquet that unpacks within {parquet_reader.MEMORY >> 20} MB",
        found=found,
        remedy="Write it in smaller row groups and pages, or as CSV",
    )
