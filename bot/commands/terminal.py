"""What the commands share: printing JSON and tables, progress on a terminal, opening storage."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from bot.core.settings import Settings, load_settings

if TYPE_CHECKING:
    from storage.sql.database import Database

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON on stdout and nothing else there."
)

Steps = Callable[[str, int, int | None], None]
"""Called with what is being done, the amount done, and the whole amount where it is known."""


def print_json(document: object, *, indent: int | None = 2) -> None:
    """Print one JSON document and flush; `indent` None puts it on one line.

    What the output's encoding has no character for is escaped, as JSON allows.
    """
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    click.echo(json.dumps(document, ensure_ascii=encoding != "utf8", indent=indent))
    sys.stdout.flush()


def print_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print columns under a header, numbers to the right, without cutting anything off."""
    cells = [
        [f"{cell:,}" if isinstance(cell, int) else one_line(str(cell)) for cell in row]
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    to_right = [bool(rows) and isinstance(cell, int) for cell in (rows[0] if rows else header)]
    for row in [list(header), *cells]:
        parts = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, to_right, strict=True)
        ]
        click.echo("  ".join(parts).rstrip())


def one_line(text: str) -> str:
    """Text without line breaks or control characters, which a terminal would obey."""
    return "".join(each if each.isprintable() else " " for each in text)


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM end what is done here as Ctrl-C does, so that nothing half-done is left."""

    def end(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # a second one must not stop the clearing up
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears signals
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def opened_storage(**overrides: object) -> Iterator[tuple[Settings, Database]]:
    """The settings and the database they name, closed at the end."""
    from storage.sql.database import open_database

    settings = load_settings(**overrides)
    database = open_database(settings.database_url, settings.home)
    for notice in database.notices:
        click.echo(notice, err=True)
    try:
        yield settings, database
    finally:
        database.close()


QUIET_SECONDS = 30.0
"""How long a log waits for the next line of progress; what ends sooner says nothing."""


def _progress_lines() -> Steps:
    last = time.monotonic()

    def step(what: str, done: int, whole: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= QUIET_SECONDS:
            last = now
            click.echo(f"{what}: {done}" + (f" of {whole}" if whole else ""), err=True)

    return step


@contextmanager
def progress_bar() -> Iterator[Steps]:
    """A progress bar on stderr when that is a terminal, else a line there now and then."""
    if not sys.stderr.isatty():
        yield _progress_lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bar:
        tasks: dict[str, Any] = {}

        def step(what: str, done: int, whole: int | None) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=whole)
            bar.update(tasks[what], completed=done, total=whole)

        yield step
