"""The catalogue page: search, filters, cards with everything the catalogue says."""

from __future__ import annotations

from typing import Any

import gradio as gr

from bot.domain import Profile
from bot.errors import TastebotError, UnknownPersonError
from bot.service import ChatService
from bot.web.bridge import bridge
from bot.web.browse import Filters, browse, filter_columns
from bot.web.cards import TOGGLES, Known, item_card
from bot.web.markup import markup, plain
from bot.web.texts import column_name, text

PAGE = 24

Who = dict[str, Any]
Updates = dict[Any, Any]


class CataloguePage:
    """Builds the page inside the open tab and answers its events."""

    def __init__(self, service: ChatService, who: gr.BrowserState):
        self._service = service
        self._who = who
        self._choices = filter_columns(service.catalogue)

    def build(self) -> None:
        """The widgets, top to bottom."""
        with gr.Column(elem_id="tb-catalogue", elem_classes="tb-page"):
            self._words = gr.Textbox(
                label=text("catalogue_search"), elem_id="tb-search", max_lines=1
            )
            with gr.Accordion(text("catalogue_filters"), open=False), gr.Row():
                self._from = _year(text("catalogue_from"))
                self._to = _year(text("catalogue_to"))
                self._values = [
                    gr.Dropdown(values, label=column_name(name), multiselect=True, min_width=200)
                    for name, values in self._choices.items()
                ]
            self._found = gr.HTML(apply_default_css=False, js_on_load=None, elem_id="tb-found")
            self._more = gr.Button(text("catalogue_more"), visible=False)

    def wire(self, tab: gr.Tab) -> None:
        """Connect the events; a change of any filter shows its result at once."""
        self._size = gr.State(PAGE)
        self._opened = gr.State("")
        clicks = bridge("#tb-catalogue [data-act]:not([data-act='more'])")
        filters: list[Any] = [self._words, self._from, self._to, *self._values]
        inputs = [self._who, self._size, self._opened, *filters]
        shown = [self._found, self._more, self._size, self._opened]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        tab.select(self._view, inputs, shown, **quiet)
        for widget in filters:
            widget.change(self._search, inputs, shown, trigger_mode="always_last", **quiet)
        self._more.click(self._show_more, inputs, shown, **quiet)
        clicks.act(self._act, inputs, shown, trigger_mode="multiple", **quiet)

    def _search(self, who: Who, size: int, opened: str, *filters: Any) -> Updates:
        return self._view(who, PAGE, "", *filters)

    def _show_more(self, who: Who, size: int, opened: str, *filters: Any) -> Updates:
        return self._view(who, size + PAGE, opened, *filters)

    def _act(self, who: Who, size: int, opened: str, click: gr.EventData, *filters: Any) -> Updates:
        data = {key: str(value) for key, value in dict(click._data or {}).items()}
        act, event, item = data.get("act", ""), data.get("event"), data.get("item", "")
        try:
            if act == "details":
                opened = "" if opened == item else item
            elif event and (act == "undo" or act in TOGGLES):
                self._service.undo(who["user"], event)
            elif act in TOGGLES:
                self._service.feedback(who["user"], item, act)
        except TastebotError as error:
            gr.Warning(plain(str(error)))
        return self._view(who, size, opened, *filters)

    def _view(self, who: Who, size: int, opened: str, *filters: Any) -> Updates:
        words, year_min, year_max, *values = filters
        wanted = dict(zip(self._choices, (value or [] for value in values), strict=True))
        found = browse(
            self._service.catalogue,
            Filters(words or "", _number(year_min), _number(year_max), wanted),
        )
        known = Known.of(self._profile(who["user"]))
        shown = found[:size]
        cards = [item_card(item, known, details=item.item_id == opened) for item in shown]
        heading = text("catalogue_shown", shown=len(shown), count=len(found))
        return {
            self._found: markup(
                "cards",
                cards=cards,
                label=text("tab_catalogue"),
                empty=text("catalogue_none"),
                heading=heading,
            ),
            self._more: gr.Button(visible=len(found) > size),
            self._size: size,
            self._opened: opened,
        }

    def _profile(self, user: str) -> Profile | None:
        try:
            return self._service.profile(user)
        except UnknownPersonError:
            return None


def _year(label: str) -> gr.Textbox:
    # A number widget would start at 0; an empty box is what "any year" looks like.
    return gr.Textbox(label=label, max_lines=1, max_length=4, min_width=110)


def _number(written: str | None) -> float | None:
    return float(written) if written and written.strip().isdecimal() else None
