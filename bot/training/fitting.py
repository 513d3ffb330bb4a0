"""Fitting what needs no language model: mention log, prior, and the weights of the plain terms.

The mention terms of a dialogue are computed from the other folds' dialogues (cross-fitting), so
that weights are learned on what the terms have not seen; afterwards the terms are made again
from all dialogues.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import Catalogue
from bot.data.dialogues import Dialogue
from bot.ranking.fusion import Fusion, RegressionData, fit_weights
from bot.ranking.items.prior import Prior
from bot.ranking.resolved_query import Ask
from bot.ranking.terms.co_mentions import MentionLog
from bot.ranking.terms.plain_terms import PlainTerms
from bot.ranking.terms.term import Features, Term, all_features, weight_names
from bot.ranking.terms.wishes import WishesTerm
from bot.training.examples import Example, deal_folds

FOLDS = 4
RIDGE = 1.0
MOST_EXAMPLES = 1200
EXCLUDED = np.float16(-1e4)

Report = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class PlainFit:
    """What fitting the plain terms gives; `folds` deals the dialogues."""

    log: MentionLog
    prior: Prior
    fusion: Fusion
    folds: NDArray[np.int64]
    terms: tuple[Term, ...]
    cross_terms: tuple[tuple[Term, ...], ...]

    def features(self, example: Example, catalogue: Catalogue) -> Features:
        """All plain features of an example, from dialogues of other folds, (features, items)."""
        terms = self.cross_terms[self.folds[example.dialogue]]
        return all_features(terms, Ask.of(example.query, catalogue))


def fit_plain(
    dialogues: Sequence[Dialogue],
    examples: Sequence[Example],
    plain: PlainTerms,
    known: dict[int, float],
    *,
    seed: int,
    withheld: frozenset[str] = frozenset(),
    kept: Fusion | None = None,
    report: Report | None = None,
) -> PlainFit:
    """Learn prior, log and weights; `withheld` items are left out of the log.

    With `kept`, weights of the term of wishes alone: the others are as they are there, and the
    penalty draws towards 0.
    """
    say = report or (lambda what, done, whole: None)
    folds = deal_folds(len(dialogues), FOLDS, seed)
    everything = _log(dialogues, plain.catalogue, withheld)
    prior = _prior(everything, plain, known)
    cross = []
    for fold in range(FOLDS):
        say("Cross-fitting mentions", fold, FOLDS)
        others = [each for each, of in zip(dialogues, folds, strict=True) if of != fold]
        log = _log(others, plain.catalogue, withheld)
        cross.append(plain.with_mentions(log, _prior(log, plain, known)))
    terms = plain.with_mentions(everything, prior)
    fit = PlainFit(everything, prior, Fusion(), folds, terms, tuple(cross))
    asked = [example for example in examples if example.speaker == "assistant"]
    most = min(MOST_EXAMPLES, RegressionData.most(len(weight_names(terms)), _size(plain)))
    chosen = np.random.default_rng(seed).permutation(len(asked))[:most]
    data = RegressionData()
    for done, number in enumerate(sorted(chosen)):
        say("Reading examples", done, len(chosen))
        example = asked[number]
        data.add(
            fit.features(example, plain.catalogue),
            [plain.catalogue.row(item) for item in example.targets],
            example.closed(plain.catalogue),
        )
    say("Fitting weights", 0, None)
    names = weight_names(terms)
    if kept is None:
        weights = fit_weights(data, RIDGE)
    else:
        fixed = np.array([name.partition(".")[0] != WishesTerm.name for name in names])
        towards = np.where(fixed, kept.of(terms), np.float32(0))
        weights = fit_weights(data, RIDGE, towards=towards, fixed=fixed)
    fusion = Fusion(dict(zip(names, map(float, weights), strict=True)))
    return PlainFit(everything, prior, fusion, folds, terms, tuple(cross))


def offsets(
    fit: PlainFit,
    examples: Sequence[Example],
    catalogue: Catalogue,
    report: Report | None = None,
) -> NDArray[np.float16]:
    """The plain terms' logits of every example, -1e4 for what it may not recommend, (n, items)."""
    found = np.zeros((len(examples), len(catalogue.items)), dtype=np.float16)
    weights = fit.fusion.of(fit.terms)
    for number, example in enumerate(examples):
        if report is not None:
            report("Scoring examples", number, len(examples))
        logits = weights @ fit.features(example, catalogue)
        found[number] = logits - logits.max()
        found[number, example.closed(catalogue)] = EXCLUDED
    return found


def _log(
    dialogues: Sequence[Dialogue], catalogue: Catalogue, withheld: frozenset[str]
) -> MentionLog:
    sessions = [each.items for each in dialogues]
    return MentionLog.of(sessions, [each.feedback for each in dialogues], catalogue, withheld)


def _prior(log: MentionLog, plain: PlainTerms, known: dict[int, float]) -> Prior:
    counts = np.asarray((log.on(plain.catalogue) > 0).sum(axis=0), dtype=np.float64).ravel()
    return Prior.fit(counts, plain.catalogue, plain.roles, known)


def _size(plain: PlainTerms) -> int:
    return len(plain.catalogue.items)
