"""A run as a picture for the documentation; matplotlib is an optional extra."""

from __future__ import annotations

from pathlib import Path

from bot.benchmark.figures import Benchmark
from bot.core.errors import UsageError

ENDINGS = (".png", ".svg", ".pdf")


def check_plot_file(file: Path) -> None:
    """UsageError unless a picture can be written there, before minutes are spent on measuring."""
    if file.suffix.lower() not in ENDINGS or not file.resolve().parent.is_dir():
        raise UsageError(
            f"--plot was expected to be a {', '.join(ENDINGS)} file in a folder that exists",
            found=str(file),
            remedy="Give it as speed.png",
        )
    try:
        import matplotlib  # noqa: F401 - only whether it is there
    except ImportError:
        raise UsageError(
            "Plots need matplotlib",
            found="none installed",
            remedy="Install it with: pip install 'tastebot[train]'",
        ) from None


def save_plot(found: Benchmark, file: Path) -> None:
    """Ratios to plain transformers, milliseconds of a turn, and turns a second by people."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (ratios, turns, people) = pyplot.subplots(1, 3, figsize=(11, 3.4))
    names = ("decode", "prefill", "training")
    values = (found.engine.decode_ratio, found.engine.prefill_ratio, found.training.ratio)
    ratios.bar(names, values, color="#3b6ea5")
    ratios.axhline(1.0, color="#6b6b6b", linewidth=1)
    ratios.set_title("times plain transformers")
    for place, value in enumerate(values):
        ratios.annotate(f"{value:.1f}", (place, value), ha="center", va="bottom")
    labels = {"ranked_ms": "suggestions", "first_token_ms": "first words", "total_ms": "whole"}
    for shift, (name, turn) in enumerate((("turn 1", found.turn1), ("turn 5", found.turn5))):
        places = [place + 0.4 * shift for place in range(len(labels))]
        heights = [turn.median_ms[key] for key in labels]
        turns.bar(places, heights, width=0.38, label=name, color=("#3b6ea5", "#d1773b")[shift])
    turns.set_xticks([place + 0.2 for place in range(len(labels))], list(labels.values()))
    turns.set_title("milliseconds of a turn")
    turns.legend(frameon=False)
    counts = list(found.people)
    people.plot(counts, [found.people[count].turns_per_s for count in counts], marker="o")
    people.set_xticks(counts)
    people.set_xlabel("people at once")
    people.set_title("turns a second")
    for axes in (ratios, turns, people):
        axes.set_ylim(0, 1.1 * axes.get_ylim()[1])  # room for what stands above the highest
    figure.tight_layout()
    figure.savefig(file, dpi=130)
    pyplot.close(figure)
