"""Whole copies of a SQLite database, made and put back while programs use it.

A copy is of one moment: its making holds that moment open for reading, which in a write-ahead log
hinders nobody who writes. It gets its name only once it is whole, checked and on the disk. Putting
one back is one transaction in the database that is in use: whoever has it open goes on with the
restored content, and a process that is killed half-way has changed nothing. Counting and checking
what a file holds is `storage.backup.backup_checks`'s, names and folders
`storage.backup.backup_files`'s.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.core.data_folder import private_file
from bot.core.errors import StorageError, UsageError
from storage.backup.backup_checks import (
    Contents,
    check_whole,
    contents,
    counts,
    fault_in,
    opened,
    refuse_strange,
)
from storage.backup.backup_files import (
    check_target,
    keep_on_disk,
    name_kept,
    refuse_there,
    same_file,
    unwritable,
)
from storage.sql.database import Database, open_file
from storage.sql.half_made import beside

STEP = 500
"""Pages copied between two signs of progress: 2 MB."""
TRIES = 20
"""How often a restore begins anew because somebody wrote between keeping and replacing."""
PATIENCE = 60.0
"""Seconds to wait for somebody who writes all that time, such as an import."""

Progress = Callable[[int, int], None]
"""Called with the pages copied and all pages."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore put in place, and where what was there is kept (None: nothing was).

    `returned` are people who are back although they were deleted since; `catalogues` are those
    whose items differ from before, which a running server has in memory. `damaged` says that what
    is kept is not whole.
    """

    contents: Contents
    kept: Path | None
    returned: tuple[str, ...]
    catalogues: tuple[str, ...]
    damaged: bool = False


def back_up(
    database: Database, file: Path, *, force: bool = False, progress: Progress | None = None
) -> Contents:
    """Write the whole database as it stands to a new file, for its owner alone.

    Raises StorageError where it is no SQLite file or the copy is not whole, UsageError where the
    file cannot be written or is there already and not `force`d; nothing is left then.
    """
    source = _file_of(database)
    check_target(source, file, force)
    try:
        with beside(file, source) as (_, copy):
            _copy(source, copy, progress, compare=True)
            found = check_whole(copy)
            keep_on_disk(copy)
            if not force:
                refuse_there(file)
            copy.replace(file)
            keep_on_disk(file.parent)
    except OSError as error:
        raise unwritable(file, error) from None
    return found


def restore(
    database: Database, file: Path, *, now: datetime, progress: Progress | None = None
) -> Restored:
    """Put a copy in the place of the database, for all who have it open; keep what was there.

    An older copy is brought up to date. Everybody is signed out, since a sign-in that ended after
    the copy was made would be good again. Raises StorageError for a file that is no whole copy;
    the database is as it was then.
    """
    target = _file_of(database)
    _refuse_same(file, target)
    try:
        with beside(target, target) as (folder, copy):
            _stage(file, copy)
            return _put_in_place(copy, target, folder, now, progress)
    except sqlite3.Error as error:
        raise _uncopied(target, error) from error
    except OSError as error:
        raise unwritable(target, error) from None


def replace_broken(target: Path, file: Path, *, now: datetime) -> Restored:
    """Put a copy in the place of a file that SQLite cannot open; that file is kept.

    Programs that have the broken file open do not see the new one. Errors as for `restore`.
    """
    _refuse_same(file, target)
    try:
        with beside(target, target) as (_, copy):
            _stage(file, copy)
            with closing(opened(copy)) as staged:
                _make_ready(staged, None)
            found = check_whole(copy)
            keep_on_disk(copy)
            kept = name_kept(target, now, "broken")
            for end in ("-wal", "-shm", "-journal"):
                with suppress(FileNotFoundError):
                    target.with_name(target.name + end).replace(kept.with_name(kept.name + end))
            target.replace(kept)
            copy.replace(target)
            keep_on_disk(target.parent)
    except OSError as error:
        raise unwritable(target, error) from None
    return Restored(found, kept, (), tuple(sorted(found.catalogues)), damaged=True)


def _stage(file: Path, copy: Path) -> None:
    """Make `copy` what a backup holds, whole and of this version."""
    refuse_strange(file)
    _copy(file, copy, None)
    check_whole(copy)
    open_file(copy).close()  # brings it up to date
    check_whole(copy)


def _refuse_same(file: Path, target: Path) -> None:
    if same_file(file, target):
        raise UsageError(
            "expected a backup to restore",
            found="the database that is in use",
            remedy="Name the file that tastebot backup wrote",
        )


def _put_in_place(
    copy: Path, target: Path, folder: Path, now: datetime, progress: Progress | None
) -> Restored:
    """Keep what is there and replace it, so that nothing can be written in between."""
    kept = folder / "kept"
    with closing(opened(target)) as guard, closing(opened(target)) as watching:
        guard.execute("PRAGMA journal_mode = WAL")
        for _ in range(TRIES):
            kept.unlink(missing_ok=True)
            private_file(kept)
            # Nobody else writes while it is kept, nor from the first step of replacing on; but
            # between them the lock changes hands.
            guard.execute("BEGIN IMMEDIATE")
            try:
                _copy(target, kept, None)
                with closing(opened(copy)) as staged:
                    _make_ready(staged, kept)
                before = _data_version(watching)  # another when another connection has written

                def check(done: int, pages: int, before: int = before) -> None:
                    if done < pages and _data_version(watching) != before:
                        raise _Written
                    if progress is not None:
                        progress(done, pages)

                _copy(copy, target, check, at_once=guard.rollback)
            except _Written:
                continue
            finally:
                guard.rollback()
            return _report(kept, copy, target, now)
    raise StorageError(
        "the database could not be replaced",
        found="other programs that keep writing to it",
        remedy="Try again later, or stop the server first",
    )


def _report(kept: Path, copy: Path, target: Path, now: datetime) -> Restored:
    """What was done, with what was there before under its name."""
    put = contents(copy)
    damaged = fault_in(kept) is not None
    try:
        was = contents(kept)
    except sqlite3.Error:  # broken, and kept as it was
        was = Contents(names=put.names, people=1)
    name = None
    if was.people or was.catalogues:
        with closing(opened(kept)) as alone, suppress(sqlite3.Error):
            alone.execute("PRAGMA journal_mode = DELETE")
        keep_on_disk(kept)
        what = "damaged-before-restore" if damaged else "before-restore"
        name = kept.replace(name_kept(target, now, what))
    differ = {
        each
        for each in {*was.catalogues, *put.catalogues}
        if was.catalogues.get(each) != put.catalogues.get(each)
    }
    back = set(put.names) - set(was.names) if was.people else ()
    return Restored(
        put, name, tuple(sorted(back)), tuple(sorted(differ)), damaged and name is not None
    )


def _data_version(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return found


class _Written(Exception):
    """Somebody wrote between keeping and replacing."""


def _make_ready(staged: sqlite3.Connection, before: Path | None) -> None:
    """What a restored database must not bring back: sign-ins that ended, event ids given since.

    `before` is what is replaced, where it can be read. The word is left that there are traces to
    wipe, since the log holds what was replaced.
    """
    last, version = 0, 0
    if before is not None:
        with suppress(sqlite3.Error), closing(opened(before)) as kept:
            version = kept.execute("PRAGMA user_version").fetchone()[0]
            row = kept.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
            last = row[0] if row is not None else 0
    own = staged.execute("PRAGMA user_version").fetchone()[0]
    staged.execute("BEGIN IMMEDIATE")
    # Who was signed out since, and an invitation that was withdrawn, would be back.
    staged.execute("DELETE FROM sign_ins")
    staged.execute("DELETE FROM invitations")
    # Pages that are open name events by id; none may come to mean another.
    events = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'events'"
    if not staged.execute(events, (last,)).rowcount:
        staged.execute("INSERT INTO sqlite_sequence VALUES ('events', ?)", (last,))
    staged.execute(f"PRAGMA user_version = {(max(own, version) + 2) | 1}")
    staged.execute("COMMIT")


def _copy(
    source: Path,
    copy: Path,
    progress: Progress | None,
    *,
    compare: bool = False,
    at_once: Callable[[], None] | None = None,
) -> None:
    """Make `copy` what `source` is at this moment, through SQLite's own backup.

    With `compare`, both must then hold as many people, conversations, turns and events. `at_once`
    is called when all is ready to begin.
    """
    deadline = time.monotonic() + PATIENCE
    try:
        with closing(opened(source)) as original, closing(opened(copy)) as made:
            # One moment: without this, whoever writes meanwhile would make it begin anew.
            original.execute("BEGIN")
            original.execute("SELECT count(*) FROM sqlite_master").fetchone()
            [whole] = original.execute("PRAGMA page_count").fetchone()

            def step(status: int, left: int, pages: int) -> None:
                if status not in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE):
                    if time.monotonic() > deadline:
                        raise sqlite3.OperationalError("it stays locked")
                elif progress is not None:
                    progress(pages - left, pages)

            if at_once is not None:
                at_once()
            # In two steps at least: the last one commits, and is too late to stop.
            original.backup(made, pages=max(1, min(STEP, whole // 2)), progress=step)
            if compare and counts(original) != counts(made):
                raise sqlite3.DatabaseError("a copy that holds less or more")
    except sqlite3.Error as error:
        raise _uncopied(source, error) from error


def _uncopied(source: Path, error: sqlite3.Error) -> StorageError:
    return StorageError(
        f"expected to copy {source.name}",
        found=str(error),
        remedy="Check that it is a database, that the disk has room and no import is running",
    )


def _file_of(database: Database) -> Path:
    if database.file is None:
        raise StorageError(
            "only a SQLite file can be backed up and restored by Tastebot",
            found=database.engine.url.render_as_string(hide_password=True),
            remedy="Use the database's own tools, such as pg_dump and pg_restore",
        )
    return database.file
