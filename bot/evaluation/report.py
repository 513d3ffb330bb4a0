"""Measurements as JSON documents and as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.evaluation.bootstrap import Difference
from bot.evaluation.like_prediction import LikeReport
from bot.evaluation.runner import Evaluation

CONTRACT_METRICS = (
    "recall@1",
    "recall@5",
    "recall@10",
    "recall@20",
    "recall@50",
    "ndcg@10",
    "mrr@10",
    "coverage@10",
)


NARROWEST = 140  # columns of a table that goes into a file or a pipe


def wide_console() -> Console:
    """Standard output, wide enough for the tables where it is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, NARROWEST))


def evaluation_document(evaluation: Evaluation) -> dict[str, Any]:
    """The document of ``evaluate --json`` for one ranker."""
    count = len(evaluation.cases)
    return {
        "ranker": evaluation.ranker,
        "n_queries": count,
        "n_targets": sum(len(case.targets) for case in evaluation.cases),
        "metrics": {name: evaluation.metrics[name] for name in CONTRACT_METRICS}
        | {
            name: value
            for name, value in evaluation.metrics.items()
            if name not in CONTRACT_METRICS
        },
        "intervals": {name: list(pair) for name, pair in evaluation.intervals.items()},
        "seconds": evaluation.seconds,
        "queries_per_second": count / evaluation.seconds if evaluation.seconds else 0.0,
    }


def comparison_document(found: Mapping[str, Difference]) -> dict[str, Any]:
    """Differences by metric, each with its interval and whether that leaves out zero."""
    return {
        name: {
            "difference": each.value,
            "interval": [each.low, each.high],
            "certain": each.certain,
        }
        for name, each in found.items()
    }


def likes_document(reports: Sequence[LikeReport]) -> dict[str, Any]:
    """The document of ``evaluate --like-prediction --json``."""
    return {
        "n_cases": reports[0].cases if reports else 0,
        "predictors": {
            each.predictor: {
                "metrics": each.metrics,
                "intervals": {name: list(pair) for name, pair in each.intervals.items()},
                "confusion": asdict(each.confusion),
            }
            for each in reports
        },
    }


def evaluation_table(evaluations: Sequence[Evaluation]) -> Table:
    """A row for each metric, a column for each ranker, intervals beside the values."""
    first = evaluations[0]
    targets = sum(len(case.targets) for case in first.cases)
    table = Table(title=f"{len(first.cases):,} queries, {targets:,} targets, 95% intervals")
    table.add_column("metric", no_wrap=True)
    for each in evaluations:
        table.add_column(each.ranker, justify="right", no_wrap=True)
    names = dict.fromkeys(name for each in evaluations for name in each.metrics)
    ordered = sorted(
        names, key=lambda name: CONTRACT_METRICS.index(name) if name in CONTRACT_METRICS else 99
    )
    for name in ordered:
        table.add_row(name, *(_cell(each.metrics, each.intervals, name) for each in evaluations))
    table.add_row("seconds", *(f"{each.seconds:.1f}" for each in evaluations))
    table.add_row(
        "queries per second",
        *(f"{len(each.cases) / each.seconds:.1f}" if each.seconds else "" for each in evaluations),
    )
    return table


def comparison_table(found: Mapping[str, Difference], one: str, other: str) -> Table:
    """The differences of two rankers."""
    table = Table(title=f"{one} minus {other}, paired 95% intervals")
    table.add_column("metric", no_wrap=True)
    table.add_column("difference", justify="right", no_wrap=True)
    for name, each in found.items():
        mark = " *" if each.certain else ""
        table.add_row(name, f"{each.value:+.3f} [{each.low:+.3f}, {each.high:+.3f}]{mark}")
    return table


def likes_table(reports: Sequence[LikeReport]) -> Table:
    """A row for each metric and cell of the confusion matrix, a column for each predictor."""
    table = Table(title=f"{reports[0].cases:,} answers, 95% intervals")
    table.add_column("metric", no_wrap=True)
    for each in reports:
        table.add_column(each.predictor, justify="right", no_wrap=True)
    for name in reports[0].metrics:
        table.add_row(name, *(_cell(each.metrics, each.intervals, name) for each in reports))
    for name in asdict(reports[0].confusion):
        counts = (asdict(each.confusion)[name] for each in reports)
        table.add_row(name.replace("_", " "), *(f"{count:,}" for count in counts))
    return table


def _cell(
    metrics: Mapping[str, float], bounds: Mapping[str, tuple[float, float]], name: str
) -> str:
    if name not in metrics:
        return ""
    if name not in bounds:
        return f"{metrics[name]:.3f}"
    low, high = bounds[name]
    return f"{metrics[name]:.3f} [{low:.3f}, {high:.3f}]"
