"""What the owner's page shows, worked out as plain values: tiles, tables and sentences.

No widgets here; `bot.web.owner.page` lays out what these functions give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.evaluation.training_runs import TrainingRun
from bot.evaluation.usage import FEWEST_PEOPLE, Contrast, Period, RankerUse
from bot.replies.writer import WriterStatistics
from bot.web.view.texts import text

SURE = 0.05


@dataclass(frozen=True, slots=True)
class Tile:
    """One large figure with its name and a smaller line below."""

    name: str
    value: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; what is no number stands in the first column."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tiles(period: Period, people: int, written: WriterStatistics) -> list[Tile]:
    """The figures that stand on top."""
    each = period.turns / period.conversations if period.conversations else 0.0
    return [
        Tile(
            text("owner_people"),
            f"{period.people:,}",
            text("owner_people_all", count=f"{people:,}"),
        ),
        Tile(text("owner_conversations"), f"{period.conversations:,}"),
        Tile(
            text("owner_turns"),
            f"{period.turns:,}",
            text("owner_turns_each", count=f"{each:.1f}") if period.turns else "",
        ),
        _time_tile("owner_ranked", period.ranked_p50, period.ranked_p95),
        _time_tile("owner_total", period.total_p50, period.total_p95),
        Tile(
            text("owner_acceptance"),
            share(period.acceptance),
            text("owner_acceptance_of", accepted=f"{period.accepted:,}", shown=f"{period.shown:,}"),
        ),
        _written_tile(written),
    ]


Rows = list[tuple[str, float, str]]


def daily(
    days: Mapping[date, Period], values: Mapping[str, Callable[[Period], float | None]]
) -> Rows:
    """(day, value, name) for each named value of each day that has one."""
    return [
        (day.isoformat(), float(value), name)
        for name, of in values.items()
        for day, period in days.items()
        if (value := of(period)) is not None
    ]


def arms_table(found: Sequence[RankerUse]) -> Table:
    """The rankers side by side."""
    names = ("arm", "arm_share", "arm_people", "arm_accepted", "arm_shown")
    return Table(
        tuple(text(f"owner_{name}") for name in names),
        tuple(
            (
                arm.ranker,
                share(arm.acceptance),
                f"{arm.people:,}",
                f"{arm.accepted:,}",
                f"{arm.shown:,}",
            )
            for arm in found
        ),
    )


def verdict(contrast: Contrast) -> str:
    """What two rankers' figures allow one to say."""
    difference = _points(contrast.difference)
    if contrast.p is None or contrast.low is None or contrast.high is None:
        return text(
            "owner_contrast_few",
            ranker=contrast.ranker,
            against=contrast.against,
            difference=difference,
            people=FEWEST_PEOPLE,
        )
    sentence = text(
        "owner_contrast",
        ranker=contrast.ranker,
        against=contrast.against,
        difference=difference,
        low=_points(contrast.low),
        high=_points(contrast.high),
        p="p < 0.001" if contrast.p < 0.001 else f"p = {contrast.p:.3f}",
    )
    sure = "owner_contrast_sure" if contrast.p < SURE else "owner_contrast_unsure"
    return f"{sentence} {text(sure)}"


def runs_table(runs: Sequence[TrainingRun]) -> Table:
    """The trained adapters, each with how it was made and fares."""
    names = ("run", "run_recall", "run_loss", "run_dialogues", "run_time", "run_base")
    return Table(
        tuple(text(f"owner_{name}") for name in names),
        tuple(
            (
                f"{run.name} ({text('owner_run_in_use')})" if run.in_use else run.name,
                _figure(run.figures.get("recall@10")),
                _figure(run.figures.get("loss_lora")),
                text("owner_no_figure") if run.dialogues is None else f"{run.dialogues:,}",
                text("owner_no_figure") if run.seconds is None else f"{run.seconds / 60:.0f} min",
                run.base,
            )
            for run in runs
        ),
    )


def share(value: float | None) -> str:
    """A share in percent, ``12.5%``."""
    return text("owner_no_figure") if value is None else f"{100 * value:.1f}%"


def seconds(milliseconds: float | None) -> str:
    """A time as people read it: ``0.42 s``."""
    return text("owner_no_figure") if milliseconds is None else f"{milliseconds / 1000:.2f} s"


def _time_tile(name: str, middle: float | None, slow: float | None) -> Tile:
    below = "" if slow is None else text("owner_p95", time=seconds(slow))
    return Tile(text(name), seconds(middle), below)


def _written_tile(written: WriterStatistics) -> Tile:
    """What the checks said of the model's sentences; kept nowhere, so since the server's start."""
    below = text(
        "owner_written_of",
        again=f"{written.rewritten:,}",
        replaced=f"{written.replaced:,}",
    )
    found = sorted(written.problems.copy().items(), key=lambda pair: (-pair[1], pair[0]))
    reasons = ", ".join(f"{kind} {count:,}" for kind, count in found)
    if reasons:
        below = f"{below} ({reasons})"
    return Tile(text("owner_written"), f"{written.released:,}", below)


def _points(difference: float) -> str:
    return f"{100 * difference:+.1f}".replace("-", "−")


def _figure(value: float | None) -> str:
    return text("owner_no_figure") if value is None else f"{value:.3f}"
