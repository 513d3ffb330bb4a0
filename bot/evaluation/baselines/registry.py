"""Every baseline by the name that `tastebot evaluate --ranker` takes.

A baseline's module is imported when it is first fitted, so that none costs a start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, cast

from bot.core.errors import UsageError
from bot.core.protocols import Ranker
from bot.evaluation.baselines.scoring import FitData

Need = Literal["dialogues", "interactions", "either", "nothing"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Where a baseline lives, what it must be given to learn from, and what it is."""

    location: str  # module:class, under this package
    needs: Need
    summary: str


BASELINES: Mapping[str, Baseline] = {
    "random": Baseline("plain:RandomRanker", "nothing", "chance"),
    "popularity": Baseline("plain:PopularityRanker", "nothing", "most mentioned"),
    "co-mention": Baseline(
        "collaborative:CoMentionRanker", "dialogues", "mentioned in the same dialogues"
    ),
    "item-knn": Baseline(
        "collaborative:ItemKnnRanker", "either", "item-based collaborative filtering"
    ),
    "ease": Baseline("collaborative:EaseRanker", "either", "EASE collaborative filtering"),
    "bm25": Baseline("text:Bm25Ranker", "nothing", "BM25 over item texts"),
    "text-similarity": Baseline(
        "text:TextSimilarityRanker", "nothing", "TF-IDF and SVD likeness of texts"
    ),
    "lstm": Baseline("lstm:LstmRanker", "either", "LSTM over the items so far"),
}


def fit_baseline(name: str, data: FitData) -> Ranker:
    """Fit the baseline of that name.

    Raises UsageError for an unknown name, and when it needs files that were not given.
    """
    baseline = BASELINES.get(name)
    if baseline is None:
        raise UsageError(
            "Expected a baseline's name",
            found=repr(name),
            remedy=f"Take one of {', '.join(BASELINES)}",
        )
    missing = {
        "dialogues": not data.dialogues,
        "interactions": not data.interactions,
        "either": not (data.dialogues or data.interactions),
        "nothing": False,
    }[baseline.needs]
    if missing:
        options = {
            "dialogues": "--dialogues FILE",
            "interactions": "--interactions FILE",
            "either": "--dialogues FILE, --interactions FILE or both",
        }[baseline.needs]
        raise UsageError(
            f"Ranker {name} learns from files",
            found="none to learn from",
            remedy=f"Add {options}",
        )
    module, _, attribute = baseline.location.partition(":")
    ranker = getattr(import_module(f"bot.evaluation.baselines.{module}"), attribute)
    return cast("Ranker", ranker(data))
