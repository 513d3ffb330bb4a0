"""Reading a message: what it names, what the person thinks of it, and what they ask for."""

from __future__ import annotations

from pathlib import Path

import bot.core.patterns
import bot.understanding
import prompts
from bot.core.artifact_cache import cached
from bot.core.protocols import Catalogue, Understander
from bot.understanding.understander import CatalogueUnderstander

__all__ = ["build_understander"]


def build_understander(catalogue: Catalogue, home: Path | None = None) -> Understander:
    """An understander for `catalogue`; its indexes take some seconds, and are kept in `home`."""
    return cached(
        lambda: CatalogueUnderstander(catalogue),
        name="understander",
        catalogue=catalogue,
        folder=home / "prepared" if home is not None else None,
        packages=(bot.understanding, bot.core.patterns, prompts),
    )
