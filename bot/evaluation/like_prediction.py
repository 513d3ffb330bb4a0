"""Will they like it? Predicting the answers that seekers gave on each item of their dialogue.

Owns the cases, the plain predictors and the report. A predictor gives P(liked) for an item from
what was said before it came up; predictors that read the whole dialogue say so in their name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline

from bot.core.protocols import Understander
from bot.core.values import Message
from bot.data.dialogues import Dialogue
from bot.evaluation.bootstrap import intervals
from bot.evaluation.metrics import Numbers, Tally
from bot.understanding.remembering import RememberingUnderstander

FOLDS = 5
SHRINK = 3.0  # imaginary answers at the base rate, added to each item's own
RESAMPLES = 1000

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LikeCase:
    """Whether the user of a dialogue liked an item of it.

    `turns` are all turns of the dialogue; the item first comes up in turn number `mention`.
    """

    dialogue: str
    turns: tuple[Message, ...]
    mention: int
    item_id: str
    liked: bool

    @property
    def before(self) -> tuple[Message, ...]:
        """What had been said before the item came up."""
        return self.turns[: self.mention]


@runtime_checkable
class LikePredictor(Protocol):
    """Predicts after `learn`; learns from other dialogues than it is asked about."""

    @property
    def name(self) -> str: ...

    def learn(self, cases: Sequence[LikeCase]) -> None: ...

    def probability(self, case: LikeCase) -> float:
        """P(liked), reading `case.before` and `case.item_id`, not the label."""
        ...


def like_cases(dialogues: Sequence[Dialogue]) -> list[LikeCase]:
    """Every item with a liked or disliked answer, in order of mention."""
    return [case for dialogue in dialogues for case in _cases(dialogue)]


def _cases(dialogue: Dialogue) -> Iterator[LikeCase]:
    asked: set[str] = set()
    for number, turn in enumerate(dialogue.turns):
        for item in turn.items:
            reaction = dialogue.feedback.get(item)
            if item not in asked and reaction in ("liked", "disliked"):
                yield LikeCase(dialogue.id, dialogue.turns, number, item, reaction == "liked")
            asked.add(item)


class MajorityPredictor:
    """The share of liked answers, whatever the item."""

    name = "majority"

    def __init__(self) -> None:
        self.rate = 0.5

    def learn(self, cases: Sequence[LikeCase]) -> None:
        """Count."""
        self.rate = float(np.mean([case.liked for case in cases])) if cases else 0.5

    def probability(self, case: LikeCase) -> float:
        """The same for all."""
        return self.rate


class ItemRatePredictor:
    """The item's own share of liked answers, shrunk to everybody's; then how often it comes up."""

    name = "popularity"

    def __init__(self) -> None:
        self.rate = 0.5
        self._liked: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()

    def learn(self, cases: Sequence[LikeCase]) -> None:
        """Count answers by item."""
        self.rate = float(np.mean([case.liked for case in cases])) if cases else 0.5
        self._asked = Counter(case.item_id for case in cases)
        self._liked = Counter(case.item_id for case in cases if case.liked)

    def probability(self, case: LikeCase) -> float:
        """(liked + 3 · rate) / (asked + 3)."""
        own = self._liked[case.item_id] + SHRINK * self.rate
        return own / (self._asked[case.item_id] + SHRINK)


class WordsPredictor:
    """Logistic regression over what was said before, who brought the item up, and which it is."""

    name = "words"

    def __init__(self) -> None:
        self._majority = MajorityPredictor()
        self._model: Pipeline | None = None

    def learn(self, cases: Sequence[LikeCase]) -> None:
        """Fit; with one answer alone, its share."""
        self._majority.learn(cases)
        answers = [case.liked for case in cases]
        self._model = None
        if len(set(answers)) > 1:
            words = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\S+")
            model = make_pipeline(words, LogisticRegression(C=2.0, max_iter=1000))
            self._model = model.fit([self._text(case) for case in cases], answers)

    def probability(self, case: LikeCase) -> float:
        """Calibrated as logistic regression is."""
        if self._model is None:
            return self._majority.probability(case)
        return float(self._model.predict_proba([self._text(case)])[0, 1])

    def _text(self, case: LikeCase) -> str:
        said = [f"{turn.speaker}:{word}" for turn in case.before for word in turn.text.split()]
        brought_up = f"brought-up-by:{case.turns[case.mention].speaker}"
        return " ".join([brought_up, f"item:{case.item_id}", *said])


class StancePredictor:
    """What the understanding makes of the user's words on the item, the whole dialogue read.

    A ceiling for what rules draw from words, not a prediction: it hears the answer too.
    """

    name = "stance (reads all)"

    def __init__(self, understander: Understander) -> None:
        self._reader = RememberingUnderstander(understander)
        self.rate = 0.5

    def learn(self, cases: Sequence[LikeCase]) -> None:
        """The base rate, for items on which no stance is heard."""
        self.rate = float(np.mean([case.liked for case in cases])) if cases else 0.5

    def probability(self, case: LikeCase) -> float:
        """Near 1 or 0 by the last stance that was said, else the base rate."""
        chance = self.rate
        for number, turn in enumerate(case.turns):
            if turn.speaker != "user" or number < case.mention:
                continue
            before = case.turns[:number]
            shown = next((m.items for m in reversed(before) if m.speaker == "assistant"), ())
            said = self._reader.understand(turn.text, turns=before, shown=shown)
            if case.item_id in said.likes:
                chance = 0.98
            elif case.item_id in said.dislikes:
                chance = 0.02
        return chance


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of cases by what was the case and what was predicted (liked from 0.5)."""

    liked_as_liked: int
    liked_as_disliked: int
    disliked_as_liked: int
    disliked_as_disliked: int


@dataclass(frozen=True)
class LikeReport:
    """How one predictor did; `metrics` and `intervals` by name, `confusion` in counts."""

    predictor: str
    cases: int
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    confusion: Confusion


def cross_validate(
    predictor: LikePredictor, cases: Sequence[LikeCase], *, folds: int = FOLDS, seed: int = 0
) -> LikeReport:
    """Learn on all but one part of the dialogues, predict that part, for each part in turn."""
    names = sorted({case.dialogue for case in cases})
    order = np.random.default_rng(seed).permutation(len(names))
    part = {names[at]: place % folds for place, at in enumerate(order.tolist())}
    chances = np.zeros(len(cases))
    for fold in range(folds):
        predictor.learn([case for case in cases if part[case.dialogue] != fold])
        for place, case in enumerate(cases):
            if part[case.dialogue] == fold:
                chances[place] = predictor.probability(case)
    return report(predictor.name, cases, chances, seed=seed)


def report(name: str, cases: Sequence[LikeCase], chances: Numbers, *, seed: int = 0) -> LikeReport:
    """Accuracy, precision, recall and F1 for both answers, ROC-AUC, and the confusion matrix.

    The intervals resample dialogues. ROC-AUC is 0.5 when only one answer occurs.
    """
    liked = np.array([case.liked for case in cases], dtype=bool)
    said = np.asarray(chances) >= 0.5
    clusters = [case.dialogue for case in cases]
    counted = _tally(liked, said)
    metrics = counted.means()
    bounds = intervals(counted, clusters, seed=seed)
    for answer in ("liked", "disliked"):
        metrics[f"f1_{answer}"] = _f1(metrics[f"precision_{answer}"], metrics[f"recall_{answer}"])
    metrics["roc_auc"] = _auc(liked, chances)
    bounds["roc_auc"] = _auc_interval(liked, np.asarray(chances), clusters, seed)
    return LikeReport(
        predictor=name,
        cases=len(cases),
        metrics=metrics,
        intervals=bounds,
        confusion=Confusion(
            int((liked & said).sum()),
            int((liked & ~said).sum()),
            int((~liked & said).sum()),
            int((~liked & ~said).sum()),
        ),
    )


def _tally(liked: Flags, said: Flags) -> Tally:
    right = liked == said
    columns = {
        "accuracy": (right, np.ones_like(right)),
        "precision_liked": (liked & said, said),
        "recall_liked": (liked & said, liked),
        "precision_disliked": (~liked & ~said, ~said),
        "recall_disliked": (~liked & ~said, ~liked),
    }
    return Tally(
        tuple(columns),
        np.stack([above for above, _ in columns.values()], axis=1).astype(np.float64),
        np.stack([below for _, below in columns.values()], axis=1).astype(np.float64),
    )


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _auc(liked: Flags, chances: Numbers) -> float:
    return float(roc_auc_score(liked, chances)) if 0 < liked.sum() < len(liked) else 0.5


def _auc_interval(
    liked: Flags, chances: Numbers, clusters: Sequence[str], seed: int
) -> tuple[float, float]:
    """By resampling dialogues: for each, its answers of either kind at each distinct chance."""
    if not len(liked):
        return 0.5, 0.5
    names = {name: place for place, name in enumerate(dict.fromkeys(clusters))}
    rows = np.array([names[cluster] for cluster in clusters])
    levels, level = np.unique(chances, return_inverse=True)
    shape = (len(names), len(levels))
    positive = sparse.csr_matrix((liked.astype(float), (rows, level)), shape=shape)
    negative = sparse.csr_matrix(((~liked).astype(float), (rows, level)), shape=shape)
    drawn = np.random.default_rng(seed).multinomial(
        len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES
    )
    liked_at, disliked_at = drawn @ positive, drawn @ negative
    pairs = liked_at.sum(axis=1) * disliked_at.sum(axis=1)
    above = liked_at[:, ::-1].cumsum(axis=1)[:, ::-1] - liked_at
    won = (disliked_at * (above + 0.5 * liked_at)).sum(axis=1)
    values = np.divide(won, pairs, out=np.full(len(pairs), 0.5), where=pairs > 0)
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
