"""Which page session or running event belongs to whom, while accounts are on.

Gradio knows a browser page by a session hash and an event by an id, and hands what they hold to
whoever names them. Here they get an owner: the first who used or made them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

REMEMBERED = 50_000


class Belongings:
    """Remembers owners by handle; the longest unused are forgotten first. Thread-safe."""

    def __init__(self, remembered: int = REMEMBERED):
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._remembered = remembered
        self._lock = threading.Lock()

    def claim(self, person: str, handles: Iterable[str]) -> bool:
        """Take what nobody has yet; False, taking nothing, when one is another's."""
        wanted = set(handles)
        with self._lock:
            if any(self._owners.get(handle, person) != person for handle in wanted):
                return False
            for handle in wanted:
                self._owners[handle] = person
                self._owners.move_to_end(handle)
            while len(self._owners) > self._remembered:
                self._owners.popitem(last=False)
        return True

    def has(self, person: str, handle: str) -> bool:
        """Whether it is known to be this person's."""
        with self._lock:
            return self._owners.get(handle) == person
