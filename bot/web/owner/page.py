"""The owner's page: use, speed, suggestions, ranker against ranker, training, over all people.

Widgets and when they are filled; the figures come from `bot.evaluation` and their wording from
`bot.web.owner.figures`. Nothing that one person said reaches this module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any, Protocol, cast

import gradio as gr
import pandas as pd

from bot.core.protocols import Catalogue
from bot.evaluation.training_runs import Curve, TrainingRun
from bot.evaluation.usage import Period, arms, by_day, contrasts, offered, overall
from bot.replies.writer import WriterStatistics
from bot.web.gradio_patches.safe_blocks import SafeBlocks
from bot.web.owner.figures import Rows, arms_table, daily, runs_table, tiles, verdict
from bot.web.view.js_events import sign_in_watch
from bot.web.view.markup import markup
from bot.web.view.texts import text
from storage.sql.usage import Use

PERIODS = (7, 30, 90)
USUAL = 30
ALWAYS = 0
COLOURS = (
    "#0d9488",
    "#b45309",
    "#6366f1",
    "#db2777",
)  # three to one and more against the paper, light and dark
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

Updates = dict[Any, Any]


class Log(Protocol):
    """Where use is read from: `storage.sql.usage.UsageLog`."""

    def since(self, moment: datetime) -> Use: ...


@dataclass(frozen=True)
class OwnerSources:
    """What the page reads each time it is asked."""

    log: Log
    catalogue: Catalogue
    written: WriterStatistics = field(default_factory=WriterStatistics)
    runs: Callable[[], list[TrainingRun]] = list
    curves: Callable[[], list[Curve]] = list
    compares: bool = False  # whether people get different rankers now


@dataclass(frozen=True)
class _Line:
    """A line plot over days: what it is called and which value of a day each line is."""

    title: str
    values: dict[str, Callable[[Period], float | None]]
    form: str | None = None
    top: float | None = None


def _seconds(of: Callable[[Period], float | None]) -> Callable[[Period], float | None]:
    return lambda period: None if (value := of(period)) is None else value / 1000


USE = (
    _Line("owner_turns_day", {"owner_turns": lambda day: day.turns}, form="d"),
    _Line("owner_people_day", {"owner_people": lambda day: day.people}, form="d"),
)
SPEED = (
    _Line(
        "owner_ranked_day",
        {
            "owner_middle": _seconds(lambda day: day.ranked_p50),
            "owner_slowest": _seconds(lambda day: day.ranked_p95),
        },
    ),
    _Line(
        "owner_total_day",
        {
            "owner_middle": _seconds(lambda day: day.total_p50),
            "owner_slowest": _seconds(lambda day: day.total_p95),
        },
    ),
)
SUGGESTIONS = (
    _Line("owner_acceptance_day", {"owner_acceptance": lambda day: day.acceptance}, form=".0%"),
    _Line("owner_coverage_day", {"owner_coverage_day": lambda day: day.coverage}, form=".2~p"),
    _Line("owner_popularity_day", {"owner_popularity_day": lambda day: day.popularity}, top=1),
)


def build_owner_page(sources: OwnerSources) -> gr.Blocks:
    """The page's blocks with all their events, not yet served."""
    page = _OwnerPage(sources)
    with SafeBlocks(
        title=f"{text('name')} · {text('owner_name')}", analytics_enabled=False, fill_width=True
    ) as blocks:
        page.build()
        page.wire(blocks)
    return cast("gr.Blocks", blocks)


class _OwnerPage:
    def __init__(self, sources: OwnerSources):
        self._sources = sources

    def build(self) -> None:
        sign_in_watch()
        with gr.Column(elem_id="tb-owner", elem_classes="tb-page"):
            _html(markup("owner_head"))
            with gr.Row(elem_id="tb-owner-time"):
                choices = [(text("owner_days", days=days), days) for days in PERIODS]
                self._days = gr.Dropdown(
                    [*choices, (text("owner_always"), ALWAYS)],
                    value=USUAL,
                    label=text("owner_period"),
                    filterable=False,
                    container=False,
                    scale=0,
                    min_width=220,
                )
                self._again = gr.Button(text("owner_refresh"), scale=0, min_width=140)
            self._tiles = _html()
            with gr.Column(visible=False) as self._drawn:
                self._lines = {
                    **self._section("owner_use", USE),
                    **self._section("owner_speed", SPEED),
                    **self._section("owner_suggestions", SUGGESTIONS),
                }
            _heading("owner_arms")
            self._arms = _html()
            _heading("owner_runs")
            self._runs = _html()
            self._curves = gr.LinePlot(
                x="step",
                y="loss",
                color="run",
                title=text("owner_curves"),
                x_title=" ",
                y_title=" ",
                color_title=" ",
                height=240,
                container=False,
                buttons=[],
                visible=False,
            )

    def _section(self, name: str, lines: tuple[_Line, ...]) -> dict[gr.LinePlot, _Line]:
        _heading(name)
        made = {}
        with gr.Row():
            for line in lines:
                with gr.Column(min_width=280):
                    made[_plot(line)] = line
        return made

    def wire(self, blocks: gr.Blocks) -> None:
        shown = [self._tiles, self._drawn, *self._lines, self._arms, self._runs, self._curves]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        blocks.load(self._view, [self._days], shown, **quiet)
        self._days.change(self._view, [self._days], shown, **quiet)
        self._again.click(self._view, [self._days], shown, **quiet)

    def _view(self, days: int) -> Updates:
        now = datetime.now(UTC)
        use = self._sources.log.since(now - timedelta(days=days) if days else BEGINNING)
        catalogue = self._sources.catalogue
        periods = by_day(use, catalogue)
        offers = offered(use)
        found = arms(offers)
        compared = [verdict(contrast) for contrast in contrasts(offers)]
        runs = self._sources.runs()
        return {
            self._tiles: markup(
                "owner_tiles",
                tiles=tiles(overall(use, catalogue), use.people, self._sources.written),
                empty=_what_is_missing(use, len(periods)),
                read=text("owner_read_at", time=f"{now.astimezone():%H:%M:%S}"),
            ),
            self._drawn: gr.Column(visible=len(periods) > 1),
            **{
                plot: _table(daily(periods, {text(n): of for n, of in line.values.items()}))
                for plot, line in self._lines.items()
            },
            self._arms: markup(
                "owner_table",
                name=text("owner_arms"),
                table=arms_table(found) if found else None,
                below=compared,
                empty=self._why_no_comparison(len(found)),
            ),
            self._runs: markup(
                "owner_table",
                name=text("owner_runs"),
                table=runs_table(runs) if runs else None,
                below=[],
                empty="" if runs else text("owner_runs_none"),
            ),
            self._curves: self._drawn_curves(),
        }

    def _why_no_comparison(self, rankers: int) -> str:
        if rankers > 1:
            return ""
        return text("owner_arms_waiting" if self._sources.compares else "owner_arms_none")

    def _drawn_curves(self) -> gr.LinePlot:
        rows = [
            (step, value, f"{curve.run} {curve.tag.partition('/')[0]}")
            for curve in self._sources.curves()
            for step, value in zip(curve.steps, curve.values, strict=True)
        ]
        table = pd.DataFrame(rows, columns=["step", "loss", "run"])
        colours = dict(zip(dict.fromkeys(table["run"]), cycle(COLOURS), strict=False))
        return gr.LinePlot(value=table, color_map=colours, visible=bool(rows))


def _what_is_missing(use: Use, days: int) -> str:
    if not use.turns:
        return text("owner_nothing")
    return text("owner_one_day") if days < 2 else ""


def _html(value: str = "") -> gr.HTML:
    return gr.HTML(value, apply_default_css=False, js_on_load=None)


def _heading(name: str) -> None:
    _html(markup("heading", words=text(name), hint=text(f"{name}_hint")))


def _plot(line: _Line) -> gr.LinePlot:
    many = len(line.values) > 1
    return gr.LinePlot(
        x="day",
        y="value",
        color="name" if many else None,
        title=text(line.title),
        x_title=" ",
        y_title=" ",
        color_title=" " if many else None,
        color_map=dict(zip(map(text, line.values), COLOURS, strict=False)) if many else None,
        y_lim=[0, line.top],
        y_axis_format=line.form,
        height=220,
        container=False,
        buttons=[],
    )


def _table(rows: Rows) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["day", "value", "name"])
    return table.astype({"day": "datetime64[ns]"})
