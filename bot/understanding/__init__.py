"""Understanding of a message: what it names, what is thought of it, and what is asked."""

from __future__ import annotations

from bot.protocols import Catalogue, Understander
from bot.understanding.understander import CatalogueUnderstander

__all__ = ["build_understander"]


def build_understander(catalogue: Catalogue) -> Understander:
    """An understander for `catalogue`; its indexes are built once, in a second or two."""
    return CatalogueUnderstander(catalogue)
