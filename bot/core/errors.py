"""Every error that a person or a program may meet: expected, found, what to do.

Raised anywhere, turned into text only at the edges (the command line exits with `exit_code` and
prints one line; the chat shows the sentence).
"""

from __future__ import annotations


class TastebotError(Exception):
    """An error with a sentence for the person who can mend it.

    `expected`, `found` and `remedy` are joined into one line.
    """

    exit_code = 2

    def __init__(self, message: str, *, found: str | None = None, remedy: str | None = None):
        self.message = message
        self.found = found
        self.remedy = remedy
        parts = [message.rstrip(".")]
        if found is not None:
            parts.append(f"found {found}".rstrip("."))
        line = "; ".join(parts) + "."
        if remedy is not None:
            line += f" {remedy.rstrip('.')}."
        super().__init__(" ".join(line.split()))


class UsageError(TastebotError):
    """An argument, option or setting that cannot be used."""


class CatalogueError(TastebotError):
    """A catalogue or item that is unknown, or a file that is no catalogue."""


class DataFileError(TastebotError):
    """A dialogue, query or interaction file that cannot be read."""


class StorageError(TastebotError):
    """A database that cannot be opened, or is of another version."""


class UnknownPersonError(TastebotError):
    """A name under which nobody has spoken yet."""


class ModelError(TastebotError):
    """A base model or adapter that cannot be fetched, converted or loaded."""


class BusyError(TastebotError):
    """The server has as many people waiting as it can serve."""


class AccessError(TastebotError):
    """Something that belongs to somebody else, or needs signing in."""
