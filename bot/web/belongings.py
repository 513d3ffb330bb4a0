"""Which page session, running event or uploaded file belongs to whom, while accounts are on.

Gradio knows a browser page by a session hash, an event by an id and a file by its path, and hands
what they hold to whoever names them. Here they get an owner: the first who used or made them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any

REMEMBERED = 50_000


class Belongings:
    """Remembers owners by handle; the longest unused are forgotten first. Thread-safe."""

    def __init__(self, remembered: int = REMEMBERED):
        self._owners: OrderedDict[str, set[str]] = OrderedDict()
        self._remembered = remembered
        self._lock = threading.Lock()

    def claim(self, person: str, handles: Iterable[str]) -> bool:
        """Take what nobody has yet; False, taking nothing, when one is another's."""
        wanted = set(handles)
        with self._lock:
            if any(person not in self._owners.get(handle, {person}) for handle in wanted):
                return False
            for handle in wanted:
                self._add(person, handle)
        return True

    def share(self, person: str, handles: Iterable[str]) -> None:
        """Add an owner: the same file uploaded by two is one path and belongs to both."""
        with self._lock:
            for handle in handles:
                self._add(person, handle)

    def has(self, person: str, handle: str) -> bool:
        """Whether it is known to be this person's."""
        with self._lock:
            return person in self._owners.get(handle, ())

    def is_anothers(self, person: str, handle: str) -> bool:
        """Whether it is known to be somebody else's."""
        with self._lock:
            return person not in self._owners.get(handle, {person})

    def _add(self, person: str, handle: str) -> None:
        owners = self._owners.pop(handle, set())
        self._owners[handle] = owners | {person}
        while len(self._owners) > self._remembered:
            self._owners.popitem(last=False)


def named_paths(document: Any) -> Iterator[str]:
    """Every file path that a request's document names, however deep."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "path" and isinstance(value, str):
                yield value
            else:
                yield from named_paths(value)
    elif isinstance(document, list):
        for value in document:
            yield from named_paths(value)
