"""Recommendation without words: each person's last item is held out and asked for.

The whole catalogue is ranked; sampled negatives would flatter (Krichene and Rendle 2020, "On
sampled metrics for item recommendation").
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.core.protocols import Catalogue
from bot.core.values import Event, EventKind
from bot.data.interactions import Interaction
from bot.data.queries import Query
from bot.evaluation.baselines.scoring import FitData
from bot.evaluation.runner import Case
from bot.profile.fold import fold_profile
from bot.ranking.query import query_of

FEWEST = 3  # positive interactions that a person must have to be asked about


def leave_one_out(
    interactions: Sequence[Interaction], catalogue: Catalogue
) -> tuple[list[Case], list[Interaction]]:
    """A case for each person, and the interactions that are left to learn from.

    Held out is the last item by time that a person took to (rated 3.5 or better, or unrated);
    whatever they did after it goes unused, and people with fewer than three such items are not
    asked about. What came before it is the stored history of the case. Two ids of one item
    (equal `same_as`) count as one.
    """
    cases: list[Case] = []
    rest: list[Interaction] = []
    for user, taken in FitData(catalogue, interactions=interactions).people().items():
        positive = [each for each in taken if each.positive]
        if len({each.item_id for each in positive}) < FEWEST:
            rest.extend(taken)
            continue
        target = positive[-1]
        before = [each for each in taken[: taken.index(target)] if each.item_id != target.item_id]
        rest.extend(before)
        cases.append(_case(user, before, target.item_id))
    return cases, rest


def _case(user: str, history: Sequence[Interaction], target: str) -> Case:
    events = [
        Event(
            kind=EventKind.LIKES if each.rating is None else EventKind.RATING,
            about=each.item_id,
            source="",
            at=datetime.fromtimestamp(each.timestamp, UTC),
            value=each.rating,
        )
        for each in history
    ]
    profile = fold_profile(user, events, conversation="")
    query = Query(id=user, turns=(), targets=(target,))
    return Case(query, query_of((), profile), cluster=user)
