"""The documents and tables of a measurement."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from bot.evaluation.baselines.registry import fit_baseline
from bot.evaluation.bootstrap import differences
from bot.evaluation.like_prediction import MajorityPredictor, cross_validate, like_cases
from bot.evaluation.report import (
    CONTRACT_METRICS,
    comparison_document,
    comparison_table,
    evaluation_document,
    evaluation_table,
    likes_document,
    likes_table,
)
from bot.evaluation.runner import Evaluation, cases_of, evaluate
from tests.evaluation.small_world import CATALOGUE, DATA
from tests.evaluation.test_like_prediction import DIALOGUE
from tests.evaluation.test_runner import QUERIES


def measured(name: str) -> Evaluation:
    return evaluate(fit_baseline(name, DATA), cases_of(QUERIES), CATALOGUE)


def printed(table: object) -> str:
    console = Console(width=160)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_the_document_has_every_key_of_the_contract() -> None:
    document = evaluation_document(measured("co-mention"))
    assert document["n_queries"] == 3
    assert document["n_targets"] == 4
    assert set(CONTRACT_METRICS) <= set(document["metrics"])
    assert document["seconds"] > 0
    assert document["queries_per_second"] * document["seconds"] == pytest.approx(3)
    assert document["intervals"]["recall@10"] == [1.0, 1.0]
    assert json.loads(json.dumps(document)) == document


def test_tables_hold_rankers_metrics_and_intervals() -> None:
    one, other = measured("co-mention"), measured("popularity")
    table = printed(evaluation_table([one, other]))
    assert "co-mention" in table
    assert "popularity" in table
    assert "1.000 [1.000, 1.000]" in table
    gaps = differences(one.tally, other.tally, one.clusters)
    assert "recall@10" in printed(comparison_table(gaps, "one", "other"))
    assert set(comparison_document(gaps)["recall@1"]) == {"difference", "interval", "certain"}


def test_likes_are_told_with_their_confusion_matrix() -> None:
    found = cross_validate(MajorityPredictor(), like_cases([DIALOGUE]))
    document = likes_document([found])
    assert document["n_cases"] == 2
    assert sum(document["predictors"]["majority"]["confusion"].values()) == 2
    assert "liked as liked" in printed(likes_table([found]))
