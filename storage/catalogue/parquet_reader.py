"""The child that reads a Parquet file and writes its rows as lines of JSON; see `parquet_rows`.

Run as a script, with the file's path and the most columns and rows it may have. It limits its own
memory and time first, so that whatever the file makes the library do ends with this process alone:
``["id", …]`` the columns, ``["a", …]`` each row, then ``{"rows": 7}``, or ``{"large": …}``,
``{"many": …}`` or ``{"error": …}`` with what was found. Imports nothing of Tastebot.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

MEMORY = 400 << 20
"""Bytes that reading may take beside what Python and the library take by themselves."""
CPU_SECONDS = 60.0
"""Seconds of computing in which the next rows must come."""
BATCH = 500
PIECE = 1 << 20
"""Bytes read of a column at a time."""


def main(path: str, most_columns: int, most_rows: int) -> None:
    """Write the rows of a file to stdout."""
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # the others set room aside in gigabytes
    import pyarrow as pa
    import pyarrow.parquet as pq

    limit_memory()
    try:
        _write_rows(pq, path, most_columns, most_rows)
    except MemoryError:  # pyarrow's own is one too
        _say({"large": f"more than {MEMORY >> 20} MB"})
    except (pa.ArrowException, OSError, ValueError, ArithmeticError, RecursionError) as error:
        lines = str(error).splitlines() or [type(error).__name__]
        _say({"error": lines[0][:200]})


def limit_memory() -> None:
    """Let this process take `MEMORY` more than it has; where the system has no such limit, none."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _write_rows(pq: Any, path: str, most_columns: int, most_rows: int) -> None:
    _go_on()
    with pq.ParquetFile(path, buffer_size=PIECE, pre_buffer=False) as file:
        names = file.schema_arrow.names
        if len(names) > most_columns:
            _say({"error": f"{len(names):,} columns, and at most {most_columns:,} are read"})
            return
        if file.metadata.num_rows > most_rows:  # what it says may be too little; rows are counted
            _say({"many": file.metadata.num_rows})
            return
        _say(names)
        rows = 0
        for batch in file.iter_batches(batch_size=BATCH, use_threads=False):
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                _say(values)
                rows += 1
            _go_on()
        _say({"rows": rows})


def _say(document: object) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=True, default=_plain) + "\n")


def _plain(value: object) -> object:
    """Dates and decimals as JSON has them; what has no place in a catalogue, named by its kind."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return {type(value).__name__: repr(value)[:40]}


def _go_on() -> None:
    """Set the clock anew; when it runs out, the system ends this process."""
    with suppress(ImportError, AttributeError):
        import signal

        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
