"""Diversity as the last step: maximal marginal relevance over the best of a ranking.

Carbonell and Goldstein, "The use of MMR" (SIGIR 1998): each next item maximises
(1 - strength) x relevance - strength x its largest similarity to the items chosen already.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.core.results import Scored
from bot.ranking.items.attribute_vectors import AttributeVectors


def diversify(
    ranked: Sequence[Scored], index: AttributeVectors, k: int, strength: float
) -> list[Scored]:
    """Choose `k` of `ranked` (best first); `strength` 0 keeps the order, 1 ignores relevance."""
    if strength <= 0 or len(ranked) <= 1:
        return list(ranked[:k])
    rows = [index.catalogue.row(scored.item_id) for scored in ranked]
    vectors = index.matrix[rows]
    alike = np.asarray(vectors.dot(vectors.T).todense())
    logits = np.log(np.maximum([scored.score for scored in ranked], 1e-12))
    span = float(logits[0] - logits[-1]) or 1.0
    relevance = (logits - logits[-1]) / span
    chosen = [0]
    while len(chosen) < min(k, len(ranked)):
        gain = (1 - strength) * relevance - strength * alike[:, chosen].max(axis=1)
        gain[chosen] = -np.inf
        chosen.append(int(np.argmax(gain)))
    return [ranked[number] for number in chosen]
