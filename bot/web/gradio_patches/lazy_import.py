"""Importing a module when something is first asked of it.

Until then a stand-in takes its place; whatever imports a part of it, or asks for a name in it, gets
the real one.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

CURIOUS = ("rapidfuzz._utils",)
"""What looks for pandas while being imported, only to know what its missing values are."""


class _Lazy(ModuleType):
    """Stands in for a module; not a package, so that importing a part of it asks for its path."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def import_lazily(name: str) -> None:
    """Put the stand-in for a module in its place, if it is installed and not imported yet."""
    if name in sys.modules:
        return
    spec = find_spec(name)
    if spec is None:
        return
    for other in CURIOUS:
        with suppress(ImportError):
            import_module(other)
    module = _Lazy(name)
    module.__file__, module.__spec__ = spec.origin, spec
    sys.modules[name] = module
