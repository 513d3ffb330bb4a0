"""Queries are asked as a live turn asks them, and what is timed is the ranking."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from bot.core.results import RankingQuery, Scored
from bot.core.values import Message, Understanding
from bot.data.queries import Query
from bot.evaluation.baselines.registry import fit_baseline
from bot.evaluation.next_item import leave_one_out
from bot.evaluation.runner import Background, cases_of, evaluate
from tests.evaluation.small_world import CATALOGUE, DATA, INTERACTIONS

QUERIES = [
    Query("d_1-1", (Message("user", "I liked s0", ("s0",)),), ("s1", "s2")),
    Query(
        "d_1-3",
        (
            Message("user", "I liked s0", ("s0",)),
            Message("assistant", "try s1", ("s1",)),
            Message("user", "seen it"),
        ),
        ("s3",),
    ),
    Query("d_2-1", (), ("m0",)),
]


class Counting:
    """Hears a year in every message, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def understand(
        self,
        text: str,
        *,
        turns: Sequence[Message] = (),
        shown: Sequence[str] = (),
        question: str | None = None,
    ) -> Understanding:
        self.asked.append(text)
        return Understanding(constraints={"year_min": 1996.0})


class Slow:
    name = "slow"

    def rank(self, query: RankingQuery, k: int) -> list[Scored]:
        time.sleep(0.01)
        return [Scored("s3", 1.0)]


def test_mentioned_items_are_left_out_and_dialogues_are_the_clusters() -> None:
    cases = cases_of(QUERIES)
    assert [case.cluster for case in cases] == ["d_1", "d_1", "d_2"]
    assert cases[1].asked.exclude >= {"s0", "s1"}
    assert cases[1].asked.turns == QUERIES[1].turns


def test_an_understander_reads_each_message_once_and_its_constraints_hold() -> None:
    understander = Counting()
    cases = cases_of(QUERIES, understander)
    assert sorted(understander.asked) == ["I liked s0", "seen it", "try s1"]
    assert cases[1].asked.constraints == {"year_min": 1996.0}


def test_an_evaluation_measures_times_and_names() -> None:
    found = evaluate(fit_baseline("co-mention", DATA), cases_of(QUERIES), CATALOGUE)
    assert found.ranker == "co-mention"
    assert found.metrics["recall@10"] == 1.0
    assert found.intervals["recall@10"] == (1.0, 1.0)
    assert set(found.metrics) >= {"coverage@10", "gini@10", "popularity@10", "diversity@10"}
    slow = evaluate(Slow(), cases_of(QUERIES), CATALOGUE)
    assert 0.03 <= slow.seconds < 1.0
    assert slow.metrics["recall@1"] == pytest.approx(1 / 4)


def test_items_outside_training_and_withheld_ones_have_a_recall_of_their_own() -> None:
    ranker = fit_baseline("co-mention", DATA)
    found = evaluate(
        ranker,
        cases_of(QUERIES),
        CATALOGUE,
        Background(trained_items={"s1", "s2"}, withheld=["m0"]),
    )
    assert found.metrics["recall@50_unseen"] == 1.0
    assert found.metrics["recall@50_withheld"] == 1.0
    places = [found.tally.names.index(f"recall@10_{name}") for name in ("unseen", "withheld")]
    assert found.tally.denominators[:, places].sum(axis=0).tolist() == [2.0, 1.0]


def test_the_last_item_somebody_took_to_is_held_out_with_what_came_after() -> None:
    cases, rest = leave_one_out(INTERACTIONS, CATALOGUE)
    assert len(cases) == 12
    case = next(case for case in cases if case.query.id == "s-2")
    assert case.targets == ("s5",)
    assert case.asked.liked == ("s0", "s1", "s2", "s3", "s4")
    assert "s5" not in case.asked.exclude
    assert len(rest) == len(INTERACTIONS) - 12


def test_what_was_disliked_is_neither_asked_for_nor_counted_as_liked() -> None:
    from bot.data.interactions import Interaction

    taken = [
        Interaction("ana", "s0", 5.0, 1),
        Interaction("ana", "s1", 1.0, 2),
        Interaction("ana", "s2", 4.0, 3),
        Interaction("ana", "s3", 4.0, 4),
        Interaction("ana", "s4", 2.0, 5),
        Interaction("bo", "s0", 5.0, 1),
    ]
    (case,), rest = leave_one_out(taken, CATALOGUE)
    assert case.targets == ("s3",)
    assert case.asked.liked == ("s0", "s2")
    assert case.asked.disliked == ("s1",)
    assert {(each.user, each.item_id) for each in rest} == {
        ("ana", "s0"),
        ("ana", "s1"),
        ("ana", "s2"),
        ("bo", "s0"),
    }


def test_next_items_of_a_small_world_are_found() -> None:
    from dataclasses import replace

    cases, rest = leave_one_out(INTERACTIONS, CATALOGUE)
    data = replace(DATA, dialogues=(), interactions=rest)
    found = evaluate(fit_baseline("popularity", data), cases, CATALOGUE)
    assert found.metrics["recall@10"] == 1.0
