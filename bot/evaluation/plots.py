"""Plots of measurements as files; matplotlib is an optional extra and asked for when missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.core.errors import UsageError
from bot.evaluation.metrics import RECALL_AT
from bot.evaluation.runner import Evaluation
from bot.evaluation.simulation.outcomes import SUCCESS_AT, Outcome

WIDTH = 8.0  # inches
COLOURS = ("#3b6ea5", "#d1773b", "#5b9360", "#8a5a9e", "#b8504f", "#6b6b6b", "#c2a33a", "#4aa3a3")


def save_plots(evaluations: Sequence[Evaluation], folder: Path) -> list[Path]:
    """Recall by list length, and accuracy with intervals, as PNG and SVG; the files written.

    Raises UsageError when matplotlib is not installed or the folder cannot be written.
    """
    pyplot = _pyplot()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [
            *_save(_recall_curve(pyplot, evaluations), folder / "recall", pyplot),
            *_save(_accuracy_bars(pyplot, evaluations), folder / "accuracy", pyplot),
            *_save(_spread(pyplot, evaluations), folder / "spread", pyplot),
        ]
    except OSError as error:
        raise _unwritable(folder, error) from None


def save_session_plots(found: Mapping[str, Sequence[Outcome]], folder: Path) -> list[Path]:
    """For each comparison a picture: debiased success at 1, 3, 5 turns, and credit by turn."""
    pyplot = _pyplot()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files: list[Path] = []
        for name, outcomes in found.items():
            files += _save(_sessions(pyplot, outcomes), folder / f"simulate-{name}", pyplot)
        return files
    except OSError as error:
        raise _unwritable(folder, error) from None


def _sessions(pyplot: Any, outcomes: Sequence[Outcome]) -> Any:
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(WIDTH, 4.0))
    for place, each in enumerate(outcomes):
        colour = COLOURS[place % len(COLOURS)]
        names = [f"debiased@{turn}" for turn in SUCCESS_AT]
        values = [each.metrics[name] for name in names]
        low, high = zip(*(each.intervals[name] for name in names), strict=True)
        left.plot(SUCCESS_AT, values, marker="o", color=colour, label=each.arm)
        left.fill_between(SUCCESS_AT, low, high, color=colour, alpha=0.12, linewidth=0)
        turns = range(1, len(each.rewards) + 1)
        right.plot(turns, each.rewards, marker="o", color=colour, label=each.arm)
    left.set_ylabel("debiased success")
    right.set_ylabel("credit in the turn")
    for axes in (left, right):
        axes.set_xlabel("turn")
        axes.set_xticks(range(1, max(SUCCESS_AT) + 1))
        axes.set_ylim(bottom=0)
    left.legend(frameon=False)
    return figure


def _recall_curve(pyplot: Any, evaluations: Sequence[Evaluation]) -> Any:
    figure, axes = pyplot.subplots(figsize=(WIDTH, 4.5))
    for place, each in enumerate(evaluations):
        names = [f"recall@{k}" for k in RECALL_AT]
        values = [each.metrics[name] for name in names]
        colour = COLOURS[place % len(COLOURS)]
        axes.plot(RECALL_AT, values, marker="o", color=colour, label=each.ranker)
        low, high = zip(*(each.intervals[name] for name in names), strict=True)
        axes.fill_between(RECALL_AT, low, high, color=colour, alpha=0.12, linewidth=0)
    axes.set_xscale("log")
    axes.set_xticks(RECALL_AT, [str(k) for k in RECALL_AT])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("suggestions")
    axes.set_ylabel("recall of targets")
    axes.legend(frameon=False)
    return figure


def _accuracy_bars(pyplot: Any, evaluations: Sequence[Evaluation]) -> Any:
    names = ("recall@10", "ndcg@10", "mrr@10")
    figure, axes = pyplot.subplots(
        1, len(names), figsize=(WIDTH, 1.2 + 0.35 * len(evaluations)), sharey=True
    )
    places = range(len(evaluations))
    for axis, name in zip(axes, names, strict=True):
        values = [each.metrics[name] for each in evaluations]
        below = [
            value - each.intervals[name][0] for value, each in zip(values, evaluations, strict=True)
        ]
        above = [
            each.intervals[name][1] - value for value, each in zip(values, evaluations, strict=True)
        ]
        axis.barh(
            places, values, xerr=[below, above], color=COLOURS[0], ecolor="#333333", capsize=2
        )
        axis.set_title(name)
    axes[0].set_yticks(places, [each.ranker for each in evaluations])
    axes[0].invert_yaxis()
    return figure


def _spread(pyplot: Any, evaluations: Sequence[Evaluation]) -> Any:
    figure, axes = pyplot.subplots(figsize=(WIDTH, 4.5))
    for place, each in enumerate(evaluations):
        point = each.metrics["popularity@10"], each.metrics["recall@10"]
        axes.scatter(
            *point, s=40 + 600 * each.metrics["coverage@10"], color=COLOURS[place % len(COLOURS)]
        )
        axes.annotate(each.ranker, point, xytext=(6, 6), textcoords="offset points")
    axes.set_xlabel("mean popularity percentile of suggestions (size: coverage of the catalogue)")
    axes.set_ylabel("recall@10")
    axes.margins(0.15)
    return figure


def _save(figure: Any, stem: Path, pyplot: Any) -> list[Path]:
    figure.tight_layout()
    files = [stem.with_suffix(suffix) for suffix in (".png", ".svg")]
    for file in files:
        figure.savefig(file, dpi=150)
    pyplot.close(figure)
    return files


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        f"--output {folder} was expected to be a folder to write to",
        found=(error.strerror or str(error)).lower(),
        remedy="Name another folder",
    )


def _pyplot() -> Any:
    try:
        import matplotlib as mpl
    except ImportError:
        raise UsageError(
            "Plots need matplotlib",
            found="none installed",
            remedy="Install it with: pip install 'tastebot[train]'",
        ) from None
    mpl.use("Agg")
    from matplotlib import pyplot

    return pyplot
