"""Weights of the terms: kept by name, learned by softmax regression over the whole catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.ranking.resolved_query import Ask, Vector
from bot.ranking.solver import minimise
from bot.ranking.terms.term import Features, Term, weight_names

EXCLUDED = -1e9
MOST_VALUES = 160_000_000
"""Values that a fit holds in memory at most (640 MB); more examples than fit are left out."""


@dataclass(frozen=True)
class Fusion:
    """Weights by ``term.feature``; a feature without one counts for nothing."""

    weights: Mapping[str, float] = field(default_factory=dict)

    def of(self, terms: Sequence[Term]) -> Vector:
        """The weights of all features of `terms`, in order, shape (features,)."""
        return np.array([self.weights.get(n, 0.0) for n in weight_names(terms)], np.float32)

    def contributions(self, terms: Sequence[Term], ask: Ask) -> dict[str, Vector]:
        """Term → what it adds to each item's logit, in nats, shape (items,)."""
        return {term.name: self.of([term]) @ term.score(ask) for term in terms}


@dataclass
class RegressionData:
    """Features, targets and exclusions of examples, gathered for a fit.

    Each of `features` is (features, items) float32; `targets` and `excluded` are rows.
    """

    features: list[Features] = field(default_factory=list)
    targets: list[Sequence[int]] = field(default_factory=list)
    excluded: list[Sequence[int]] = field(default_factory=list)

    def add(self, features: Features, targets: Sequence[int], excluded: Sequence[int]) -> None:
        """Take one example in."""
        self.features.append(features)
        self.targets.append(targets)
        self.excluded.append(excluded)

    @staticmethod
    def most(features: int, items: int) -> int:
        """How many examples a fit holds at most."""
        return max(MOST_VALUES // max(features * items, 1), 50)


def fit_weights(
    data: RegressionData,
    ridge: float,
    towards: Vector | None = None,
    fixed: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Weights (features,) that maximise the likelihood of the targets among all items.

    Multinomial logit (McFadden 1974) with a squared penalty of `ridge` on the distance to
    `towards` (by default 0). Those that are `fixed` (features,) stay what they are in `towards`.
    """
    import torch

    count, (width, items) = len(data.features), data.features[0].shape
    # Features first: then all logits are one product with a vector, and so is its gradient.
    values = torch.from_numpy(np.stack(data.features, axis=1).reshape(width, count * items))
    wanted = torch.zeros(count, items)
    closed = torch.zeros(count, items, dtype=torch.bool)
    for number, (targets, excluded) in enumerate(zip(data.targets, data.excluded, strict=True)):
        wanted[number, list(targets)] = 1.0
        closed[number, list(excluded)] = True
        closed[number, list(targets)] = False
    aim = torch.zeros(width) if towards is None else torch.from_numpy(towards)
    held = torch.zeros(width, dtype=torch.bool) if fixed is None else torch.from_numpy(fixed)

    def loss(weights: Any) -> Any:
        weights = torch.where(held, aim, weights)
        logits = (weights @ values).view(count, items).masked_fill(closed, EXCLUDED)
        likelihood = (wanted * torch.log_softmax(logits, dim=1)).sum()
        return ridge * (weights - aim).square().sum() - likelihood

    return minimise(loss, aim.numpy().copy(), steps=60)
