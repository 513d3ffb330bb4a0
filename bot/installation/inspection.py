"""Looking over everything that a start reads: what is right, what is missing, what is wrong.

Owns the look and what to do about each finding; making things again is for who made them. Looking
changes nothing. Only `disown_damaged` does: what it finds wrong is no longer taken for right, so
that whoever reads it next makes it again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal

from bot.core import checksums
from bot.core.errors import TastebotError
from bot.core.logs import event_logger
from bot.core.settings import Settings
from bot.installation.setup_record import all_manifests, manifests_in, note_file

State = Literal["right", "missing", "wrong"]
SET_UP = "Run: tastebot setup"
CLEAR = "Run: tastebot setup, which removes it; it holds what people said"
QUIET_SHARE = 10
"""How many times as long as it reads a server's check in the background rests."""
QUIET_START = 60.0
"""Seconds that it waits once the server can answer."""

logger = event_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `found` and `remedy` are empty for what is right."""

    name: str
    state: State
    found: str = ""
    remedy: str = ""


def inspect(settings: Settings) -> Iterator[Finding]:
    """Everything that a start with these settings reads, each file read through.

    The database first, then the catalogue, base model, adapter, and what was made of them.
    """
    from storage.health import look_at_database

    health = look_at_database(settings.database_url, settings.home)
    fingerprint = None
    if not health.exists:
        yield Finding(f"database {health.shown}", "missing", "none", SET_UP)
    elif health.fault is not None:
        yield Finding(f"database {health.shown}", "wrong", health.fault, health.remedy)
    else:
        yield Finding(f"database {health.shown}", "right")
        fingerprint = (health.catalogues or {}).get(settings.catalogue)
        name = f"catalogue {settings.catalogue}"
        if fingerprint is None:
            yield Finding(name, "missing", "none of that name", SET_UP)
        else:
            yield Finding(name, "right")
    yield from _half_made(settings)
    yield from _base_and_kept(settings, fingerprint)
    yield from _adapter(settings)


def disown_damaged(home: Path, *, pause: checksums.Pause | None = None) -> list[checksums.Fault]:
    """Read through all that is kept in the data folder; gives what is wrong.

    The manifest of what is wrong is removed: it will be made again. A base model's is kept, so that
    it does not pass for one of an earlier version, but will be looked at anew.
    """
    from adapters.models.converted_models import MANIFEST

    found: list[checksums.Fault] = []
    for manifest in list(all_manifests(home)):
        wrong = checksums.faults(manifest, full=True, pause=pause)
        if wrong and manifest.exists():  # not pruned by another process meanwhile
            found += wrong
            try:
                if manifest.name == MANIFEST:
                    checksums.forget(manifest)
                else:
                    checksums.remove(manifest)
            except OSError as error:
                fault = error.strerror or type(error).__name__
                logger.warning("cannot_be_changed", file=str(manifest), fault=fault)
    return found


def check_in_background(home: Path, ready: Event, *, start: float = QUIET_START) -> None:
    """Once a server is `ready`, read its files through slowly and say which are damaged.

    Meant for a thread of its own. What is damaged is made again at the next start.
    """
    ready.wait()
    time.sleep(start)

    def pause(seconds: float) -> None:
        time.sleep(QUIET_SHARE * seconds)

    for fault in disown_damaged(home, pause=pause):
        logger.warning("made_again_at_the_next_start", fault=str(fault))


def _half_made(settings: Settings) -> Iterator[Finding]:
    """Copies of the database whose making was killed."""
    from storage.sql.database import database_file
    from storage.sql.half_made import abandoned

    try:
        file = database_file(settings.database_url, settings.home)
    except TastebotError:
        return  # the look at the database says what is wrong with the setting
    for left in abandoned(file) if file is not None else ():
        yield Finding(f"half-made copy {left}", "wrong", "its making was killed", CLEAR)


def _base_and_kept(settings: Settings, fingerprint: str | None) -> Iterator[Finding]:
    from adapters.models.base_model import known_base_model
    from adapters.models.converted_models import MANIFEST

    try:
        base = known_base_model(settings.base_model, home=settings.home)
    except TastebotError as error:
        base = None
        yield Finding("base model", "wrong", str(error))
    else:
        if base is None:
            yield Finding("base model", "missing", "none made here", SET_UP)
        elif (base.path / MANIFEST).exists():
            yield from _files(base.path / MANIFEST, settings.home)
        else:
            yield from _brought("base model", base.path)
    named: list[Path] | None = []
    if base is not None and fingerprint is not None:
        note = note_file(settings, base.path, base.sha256, fingerprint)
        named = manifests_in(note)
        if named is None:
            yield Finding("what is prepared", "missing", "not by setup", SET_UP)
    for manifest in dict.fromkeys((*(named or ()), *all_manifests(settings.home))):
        # Another base model's is nobody's concern now.
        if manifest.name != MANIFEST or base is None:
            yield from _files(manifest, settings.home)


def _files(manifest: Path, home: Path) -> Iterator[Finding]:
    """Each file that a manifest names."""
    wrong = {
        fault.file: fault.problem for fault in checksums.faults(manifest, full=True, mark=False)
    }
    named = [manifest.parent / name for name in checksums.names_in(manifest)]
    for file in dict.fromkeys((*named, *wrong)):
        name = str(file.relative_to(home) if file.is_relative_to(home) else file)
        problem = wrong.get(file)
        if problem is None:
            yield Finding(name, "right")
        else:
            yield Finding(name, "missing" if problem == "missing" else "wrong", problem, SET_UP)


def _brought(what: str, folder: Path) -> Iterator[Finding]:
    """A base model that somebody brought, of which no checksums are known."""
    from adapters.models.base_model import BaseModel
    from adapters.models.loading import load_tokenizer

    try:
        load_tokenizer(BaseModel(folder, what, ""))
    except TastebotError as error:
        yield Finding(f"{what} {folder}", "wrong", str(error))
    else:
        yield Finding(f"{what} {folder}", "right")


def _adapter(settings: Settings) -> Iterator[Finding]:
    from adapters.models.adapter_folder import read_card
    from adapters.models.lora import check_adapter
    from bot.conversation.factory import adapter_folder

    name = "adapter"
    try:
        folder, _ = adapter_folder(settings)
        if folder is None:
            return
        name = f"adapter {folder}"
        read_card(folder)
        check_adapter(folder)
    except TastebotError as error:
        yield Finding(name, "wrong", str(error))
    else:
        yield Finding(name, "right")
