"""Ranking the whole catalogue: named additive terms, their fusion, and diversity.

`build_ranker` makes a ranker by name.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.protocols import Catalogue, LanguageModel, Ranker

if TYPE_CHECKING:
    from bot.ranking.attributes import AttributeIndex


def build_ranker(
    catalogue: Catalogue,
    model: LanguageModel | None,
    adapter: Path | None,
    *,
    name: str = "tuned",
    without: frozenset[str] = frozenset(),
    index: AttributeIndex | None = None,
    home: Path | None = None,
) -> Ranker:
    """A ranker by name; see docs/evaluation.md for the names."""
    from bot.ranking.affinity import AffinityRanker

    return AffinityRanker(catalogue, index)
