"""Runs a ranker over queries and measures it; what is asked and of whom is the caller's."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np

from bot.core.protocols import Catalogue, Ranker, Understander
from bot.core.results import RankingQuery, Scored
from bot.core.values import Profile
from bot.data.queries import Query
from bot.evaluation.bootstrap import intervals
from bot.evaluation.metrics import (
    DEPTH,
    Numbers,
    Tally,
    diversity,
    exposure,
    popularity_bias,
    tally,
)
from bot.ranking.items.attribute_vectors import AttributeVectors
from bot.ranking.query import query_from_dialogue, query_of
from bot.understanding.remembering import RememberingUnderstander

Asked = TypeVar("Asked")


class Progress(Protocol):
    """Yields what it is given and may show how far it got."""

    def __call__(self, values: Sequence[Asked], /) -> Iterable[Asked]: ...


@dataclass(frozen=True, slots=True)
class Case:
    """A query as the file has it, and as the ranker gets it."""

    query: Query
    asked: RankingQuery
    cluster: str  # what is resampled as one: the dialogue, or the person

    @property
    def targets(self) -> tuple[str, ...]:
        """What should be recommended."""
        return self.query.targets


@dataclass(frozen=True)
class Evaluation:
    """What one ranker answered, and how long the ranking calls took, in seconds."""

    ranker: str
    cases: Sequence[Case]
    rankings: Sequence[Sequence[Scored]]
    seconds: float
    tally: Tally
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def clusters(self) -> list[str]:
        """The dialogue of each query."""
        return [case.cluster for case in self.cases]


def cases_of(
    queries: Sequence[Query], understander: Understander | None = None, progress: Progress = iter
) -> list[Case]:
    """The queries as a live turn would ask them.

    With an understander every message is read as if it had just been said, so that wishes and
    constraints count; without, a query holds the turns and their linked items.
    """
    if understander is None:
        return [
            Case(query, query_of(query.turns, Profile(user="")), query.dialogue)
            for query in queries
        ]
    reader = RememberingUnderstander(understander)
    return [
        Case(query, query_from_dialogue(query.turns, reader)[0], query.dialogue)
        for query in progress(queries)
    ]


@dataclass(frozen=True, slots=True)
class Background:
    """What some metrics need to know of the items and of the ranker's training.

    `known` (items,) is how well each row is known, for the popularity bias; the catalogue's
    popularity by default. `trained_items` are those that the ranker learned from, for recall on
    the others, `withheld` items that were kept from training on purpose. `index` is made anew
    where none is given.
    """

    known: Numbers | None = None
    trained_items: Collection[str] | None = None
    withheld: Collection[str] = ()
    index: AttributeVectors | None = None


def evaluate(
    ranker: Ranker,
    cases: Sequence[Case],
    catalogue: Catalogue,
    background: Background | None = None,
    *,
    progress: Progress = iter,
    seed: int = 0,
) -> Evaluation:
    """Rank every case, 50 deep, and measure. Only the calls of `rank` are timed."""
    behind = background or Background()
    rankings: list[list[Scored]] = []
    seconds = 0.0
    for asked in progress([case.asked for case in cases]):
        start = time.perf_counter()
        ranking = ranker.rank(asked, DEPTH)
        seconds += time.perf_counter() - start
        rankings.append(ranking)
    ids = [[scored.item_id for scored in ranking] for ranking in rankings]
    subsets: dict[str, Collection[str]] = {}
    if behind.trained_items is not None:
        all_items = {item.item_id for item in catalogue.items}
        subsets["unseen"] = all_items - frozenset(behind.trained_items)
    if behind.withheld:
        subsets["withheld"] = frozenset(behind.withheld)
    counted = tally(ids, [case.query for case in cases], subsets)
    known = behind.known
    if known is None:
        known = np.nan_to_num(np.asarray(catalogue.numbers("popularity"), dtype=np.float64))
    return Evaluation(
        ranker=ranker.name,
        cases=cases,
        rankings=rankings,
        seconds=seconds,
        tally=counted,
        metrics={
            **counted.means(),
            **exposure(ids, len(catalogue.items)),
            "popularity@10": popularity_bias(ids, known, catalogue),
            "diversity@10": diversity(ids, behind.index or AttributeVectors.of(catalogue)),
        },
        intervals=intervals(counted, [case.cluster for case in cases], seed=seed),
    )
