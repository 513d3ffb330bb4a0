"""The taste page: what is known of a person and where from, their lists, and their data.

What it shows is worked out in `bot.web.pages.taste_figures`; here are the widgets and what a click
does.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from typing import Any

import gradio as gr
import pandas as pd

from bot.conversation.api import ChatService
from bot.core.errors import TastebotError, UnknownPersonError
from bot.core.values import EventKind, Profile
from bot.profile.dials import DIALS, Dial
from bot.web.pages.taste_figures import (
    decade_counts,
    fact_groups,
    history,
    shares_over_time,
    value_counts,
)
from bot.web.view.cards import TOGGLES, Known, item_card
from bot.web.view.error_sentences import told
from bot.web.view.js_events import bridge
from bot.web.view.markup import markup, plain
from bot.web.view.texts import card_layout, column_name, text

Who = dict[str, Any]
Updates = dict[Any, Any]

LATEST = 6  # turns of the history that are not folded away
LEAST_TOP = 4

# The document goes from the answer into a file on the person's side; nothing stays on the server.
_DOWNLOAD = """(name, data) => {
  if (!data) return [];
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([data], {type: 'application/json'}));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
  return [];
}"""


class TastePage:
    """Builds the page inside the open tab and answers its events."""

    def __init__(self, service: ChatService, who: gr.BrowserState):
        self._service = service
        self._who = who
        columns = service.catalogue.columns
        self._columns = [name for name in card_layout()["plots"] if name in columns]
        if not self._columns:
            self._columns = [name for name, column in columns.items() if not column.numeric][:2]
        self._column = column_name(self._columns[0]) if self._columns else ""

    def build(self) -> None:
        """The widgets, top to bottom."""
        with gr.Column(elem_id="tb-taste", elem_classes="tb-page"):
            _html(markup("heading", words=text("taste_dials"), hint=text("taste_dials_hint")))
            with gr.Row():
                self._dials = {name: _dial(dial) for name, dial in DIALS.items()}
            self._saved = _html()
            self._heading = _html()
            with gr.Row():
                with gr.Column(scale=3, min_width=300):
                    self._facts = _html()
                    _html(markup("heading", words=text("taste_watchlist"), hint=""))
                    self._watchlist = _html()
                with gr.Column(scale=2, min_width=300, visible=False) as self._pictures:
                    _html(markup("heading", words=text("taste_plots"), hint=text("plot_hint")))
                    self._bars = {name: _bars(column_name(name)) for name in self._columns}
                    self._decades = _bars(text("plot_decades"))
                    self._change = gr.LinePlot(
                        x="moment",
                        y="percent",
                        color="value",
                        title=text("plot_over_time", column=self._column.lower()),
                        x_title=" ",
                        y_title=text("plot_share"),
                        color_title=" ",
                        y_lim=[0, 100],
                        height=220,
                        container=False,
                        buttons=[],
                    )
            _html(markup("heading", words=text("taste_history"), hint=""))
            self._history = _html()
            _html(markup("heading", words=text("taste_data"), hint=text("taste_data_hint")))
            with gr.Row():
                with gr.Column(min_width=280):
                    self._export = gr.Button(text("export"), elem_id="tb-export")
                with gr.Column(min_width=280):
                    self._confirm = gr.Textbox(
                        label=text("delete_confirm_label"), elem_id="tb-delete-name"
                    )
                    self._delete = gr.Button(text("delete"), variant="stop", elem_id="tb-delete")
            self._file = gr.Textbox(visible="hidden")
            self._data = gr.Textbox(visible="hidden")

    def wire(self, tab: gr.Tab) -> gr.events.Dependency:
        """Connect the events; returns the deletion's, so that the chat can start afresh after."""
        clicks = bridge("#tb-taste [data-act]:not([data-act='more'], [data-act='open'])")
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        shown = [
            self._heading,
            self._facts,
            self._pictures,
            *self._bars.values(),
            self._decades,
            self._change,
            self._watchlist,
            self._history,
            self._saved,
            *self._dials.values(),
        ]
        tab.select(self._view, [self._who], shown, **quiet)
        clicks.act(self._act, [self._who], shown, trigger_mode="multiple", **quiet)
        for name, dial in self._dials.items():
            dial.input(
                partial(self._turn_dial, name),
                [dial, self._who],
                [self._saved],
                trigger_mode="always_last",
                **quiet,
            )
        exported = self._export.click(
            self._export_data, [self._who], [self._file, self._data], **quiet
        )
        exported.then(None, [self._file, self._data], None, js=_DOWNLOAD, api_visibility="private")
        return self._delete.click(
            self._delete_data, [self._confirm, self._who], [self._confirm, *shown], **quiet
        )

    def _view(self, who: Who) -> Updates:
        user = who["user"]
        profile = self._profile(user)
        catalogue = self._service.catalogue
        known = Known.of(profile)
        saved = self._service.items(profile.about(EventKind.SAVED))
        conversations = [
            (info, self._service.turns(user, info.conversation))
            for info in self._service.conversations(user)
        ]
        return {
            self._heading: markup(
                "heading", words=text("taste_title", user=user), hint=text("taste_intro")
            ),
            self._facts: markup("facts", groups=fact_groups(profile, catalogue)),
            self._pictures: gr.Column(visible=bool(profile.facts)),
            **{
                plot: _filled(value_counts(profile, catalogue, name))
                for name, plot in self._bars.items()
            },
            self._decades: _filled(decade_counts(profile, catalogue)),
            self._change: _change(
                shares_over_time(profile, catalogue, self._columns[0]) if self._columns else []
            ),
            self._watchlist: markup(
                "cards",
                cards=[item_card(item, known) for item in saved],
                label=text("taste_watchlist"),
                empty=text("taste_watchlist_empty"),
                heading="",
            ),
            self._history: markup("history", asked=history(conversations), latest=LATEST),
            self._saved: "",
            **{
                slider: round(100 * profile.settings.get(name, DIALS[name].usual))
                for name, slider in self._dials.items()
            },
        }

    def _turn_dial(self, name: str, percent: float | None, who: Who) -> str:
        """Keep a dial as it was set; the sliders show percent."""
        if percent is None:
            return ""
        try:
            self._service.set_preference(who["user"], name, percent / 100)
        except TastebotError as error:
            return markup("notice", kind="error", words=told(error))
        return markup("notice", kind="notice", words=text("dial_saved"))

    def _act(self, who: Who, click: gr.EventData) -> Updates:
        data = {key: str(value) for key, value in dict(click._data or {}).items()}
        act, event = data.get("act", ""), data.get("event")
        try:
            if event and (act in ("remove", "undo") or act in TOGGLES):
                self._service.undo(who["user"], event)
            elif act == "remove":
                self._service.forget(who["user"], data["about"])
            elif act in TOGGLES:
                self._service.feedback(who["user"], data["item"], act)
        except TastebotError as error:
            gr.Warning(plain(told(error)))
        return self._view(who)

    def _export_data(self, who: Who) -> tuple[str, str]:
        try:
            document = self._service.export(who["user"])
        except UnknownPersonError:
            gr.Info(plain(text("nothing_to_export", user=who["user"])))
            return "", ""
        name = "".join(letter if letter.isalnum() else "-" for letter in who["user"])
        data = json.dumps(document, indent=2, ensure_ascii=False)
        return text("export_file", user=name), data

    def _delete_data(self, name: str, who: Who) -> Updates:
        if " ".join((name or "").split()) != who["user"]:
            gr.Warning(text("delete_mismatch"))
            return {self._confirm: gr.skip()}
        try:
            wiped = self._service.delete(who["user"])
        except UnknownPersonError:
            gr.Info(plain(text("nothing_to_export", user=who["user"])))
            return {self._confirm: ""}
        gr.Info(plain(text("deleted" if wiped else "deleted_not_wiped", user=who["user"])))
        return {self._confirm: "", **self._view(who)}

    def _profile(self, user: str) -> Profile:
        try:
            return self._service.profile(user)
        except UnknownPersonError:
            return Profile(user)


def _html(value: str = "") -> gr.HTML:
    return gr.HTML(value, apply_default_css=False, js_on_load=None)


def _bars(title: str) -> gr.BarPlot:
    return gr.BarPlot(
        x="name",
        y="count",
        title=title,
        x_title=" ",
        y_title=text("plot_count"),
        sort="-y",
        x_label_angle=-30,
        y_lim=[0, None],
        y_axis_format="d",
        height=200,
        container=False,
        buttons=[],
    )


def _filled(counts: list[tuple[str, int]]) -> gr.BarPlot:
    """The bars; the axis has room for at least a few, so that its marks are whole numbers."""
    table = pd.DataFrame(counts, columns=["name", "count"])
    top = max((count for _, count in counts), default=0)
    return gr.BarPlot(value=table, y_lim=[0, max(LEAST_TOP, top)])


def _change(rows: list[tuple[datetime, float, str]]) -> gr.LinePlot:
    """The lines; nothing to draw before there are two moments."""
    table = pd.DataFrame(rows, columns=["moment", "percent", "value"])
    table["moment"] = pd.to_datetime(table["moment"], utc=True)
    return gr.LinePlot(value=table, visible=table["moment"].nunique() > 1)


def _dial(dial: Dial) -> gr.Slider:
    return gr.Slider(
        round(100 * dial.low),
        round(100 * dial.high),
        value=round(100 * dial.usual),
        step=5,
        label=text(f"dial_{dial.name}"),
        info=text(f"dial_{dial.name}_hint"),
        elem_id=f"tb-dial-{dial.name}",
        min_width=280,
    )
