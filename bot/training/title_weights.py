"""Weighing title likelihood: on held-out dialogues, over the best items of all other terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bot.core.protocols import Catalogue
from bot.ranking.fusion import Fusion, RegressionData, fit_weights
from bot.ranking.resolved_query import Ask, Vector
from bot.ranking.terms.title_likelihood import CANDIDATES, TitleTerm
from bot.training.examples import Example

RIDGE = 3.0
LEAST_EXAMPLES = 30

Report = Callable[[str, int, int | None], None]


def fit_titles(
    term: TitleTerm,
    examples: Sequence[tuple[Example, Vector]],
    catalogue: Catalogue,
    report: Report | None = None,
) -> Fusion:
    """Weights of the title features beside the other terms' logits, whose scale is free.

    Each example comes with the logits of all items, (items,), made without having seen it.
    The weights are given for a scale of 1. None are learned from fewer than 30 examples whose
    target stands among the candidates.
    """
    data = RegressionData()
    for number, (example, given) in enumerate(examples):
        if report is not None:
            report("Weighing titles", number, len(examples))
        ask = Ask.of(example.query, catalogue)
        closed = [catalogue.row(item) for item in example.query.exclude]
        logits = given.astype(np.float32)
        logits[closed] = logits.min()
        order = logits.copy()
        order[closed] = -np.inf
        best = np.argsort(-order, kind="stable")[:CANDIDATES]
        targets = [catalogue.row(item) for item in example.targets]
        places = [int(np.flatnonzero(best == row)[0]) for row in targets if row in best]
        if not places:
            continue
        features = np.concatenate([logits[best][None], term.score_rows(ask, best.tolist())])
        centred = (features - features.mean(axis=1, keepdims=True)).astype(np.float32)
        data.add(centred, places, [place for place, row in enumerate(best) if row in closed])
    if len(data.targets) < LEAST_EXAMPLES:
        return Fusion()
    towards = np.zeros(1 + len(term.features), dtype=np.float32)
    towards[0] = 1.0
    weights = fit_weights(data, RIDGE, towards=towards)
    names = [f"{term.name}.{feature}" for feature in term.features]
    scale = max(float(weights[0]), 0.1)
    return Fusion({n: float(w) / scale for n, w in zip(names, weights[1:], strict=True)})
