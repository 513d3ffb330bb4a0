"""The tuned ranker: named terms over the whole catalogue, added up with learned weights.

Satisfies `bot.core.protocols.Ranker`. Which terms there are and how they are learned is theirs; the
weights come from the adapter's folder. Without a language model, or with its term switched off,
the weights fitted without them are used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from bot.core.protocols import Catalogue
from bot.core.results import RankingQuery, Scored
from bot.ranking.filters import allowed_mask
from bot.ranking.fusion import Fusion
from bot.ranking.items.best_rows import best_rows
from bot.ranking.resolved_query import Ask, Vector
from bot.ranking.terms.term import THE_BEST, BlamingTerm, Term, against_the_best

POPULARITY = "popularity"
"""The term that a query's `fame` makes count more or less."""


class TermValues(Mapping[str, float]):
    """Term → its value for one item, read when it is asked for.

    Of some hundred ranked items few are shown; a dictionary for each took a tenth of a ranking.
    """

    __slots__ = ("_names", "_values")

    def __init__(self, names: tuple[str, ...], values: Vector):
        self._names = names
        self._values = values

    def __getitem__(self, name: str) -> float:
        if name not in self._names:
            raise KeyError(name)
        return float(self._values[self._names.index(name)])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(dict(self))


class TunedRanker:
    """Additive named terms, each scoring every item, with the weights of `fusion`."""

    def __init__(
        self,
        catalogue: Catalogue,
        terms: Sequence[Term],
        fusion: Fusion,
        *,
        name: str = "tuned",
    ) -> None:
        self.name = name
        self.catalogue = catalogue
        self.terms = tuple(terms)
        self._fusion = fusion

    def rank(self, query: RankingQuery, k: int) -> list[Scored]:
        """The `k` best allowed items; scores are shares of one softmax over all allowed ones."""
        rows = np.flatnonzero(allowed_mask(self.catalogue, query))
        if not len(rows) or k < 1:
            return []
        ask = Ask.of(query, self.catalogue)
        parts = self.contributions(ask)
        if POPULARITY in parts:
            parts[POPULARITY] = np.float32(query.fame) * parts[POPULARITY]
        logits: Vector = np.zeros(len(self.catalogue.items), dtype=np.float32)
        for values in parts.values():
            logits = logits + values
        shifted = np.exp(logits[rows] - logits[rows].max(), dtype=np.float64)
        chances = shifted / shifted.sum()
        order = best_rows(chances, max(k, THE_BEST))
        told = against_the_best(parts, rows[order])
        best = order[:k]
        names = tuple(told)
        terms = np.stack([values[rows[best]] for values in told.values()], axis=1)
        return [
            Scored(self.catalogue.items[row].item_id, chance, TermValues(names, values))
            for row, chance, values in zip(
                rows[best].tolist(), chances[best].tolist(), terms, strict=True
            )
        ]

    def contributions(self, ask: Ask) -> dict[str, Vector]:
        """Term → what it adds to each item's logit, in nats, shape (items,)."""
        return self._fusion.contributions(self.terms, ask)

    def blame(self, query: RankingQuery, item_id: str) -> Mapping[str, Mapping[str, float]]:
        """Term → (history item id → its part of the term for the item, in nats)."""
        ask = Ask.of(query, self.catalogue)
        row = self.catalogue.row(item_id)
        found: dict[str, Mapping[str, float]] = {}
        for term in self.terms:
            if isinstance(term, BlamingTerm):
                weights = self._fusion.of([term])
                found[term.name] = {
                    self.catalogue.items[other].item_id: float(weights @ np.asarray(parts))
                    for other, parts in term.blame(ask, row).items()
                }
        return found
