"""The catalogue page: search, filters, what is like a title, cards with all the catalogue says.

Adding a catalogue by file is `bot.web.pages.catalogue_upload`; what fits a search is
`bot.web.pages.catalogue_search`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from bot.conversation.api import ChatService
from bot.core.errors import TastebotError, UnknownPersonError
from bot.core.protocols import Catalogue
from bot.core.values import Item, Profile
from bot.web.pages.catalogue_library import Shelf
from bot.web.pages.catalogue_search import Filters, browse, filter_columns
from bot.web.pages.catalogue_upload import Adding
from bot.web.requests.uploads import Uploads
from bot.web.view.cards import TOGGLES, Known, item_card
from bot.web.view.error_sentences import told
from bot.web.view.js_events import bridge
from bot.web.view.markup import markup, plain
from bot.web.view.texts import column_name, text

PAGE = 24
SIMILAR = 12

Who = dict[str, Any]
Updates = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class View:
    """What of the page is open: how many cards, whose details, and what others are like."""

    size: int = PAGE
    opened: str = ""
    near: str = ""


class CataloguePage:
    """Builds the page inside the open tab and answers its events."""

    def __init__(
        self,
        service: ChatService,
        who: gr.BrowserState,
        shelf: Shelf | None = None,
        uploads: Uploads | None = None,
    ):
        self._service = service
        self._who = who
        self._shelf = shelf
        self._adding = None
        if shelf is not None and uploads is not None:
            self._adding = Adding(shelf, uploads)
        self._choices = filter_columns(service.catalogue)

    def build(self) -> None:
        """The widgets, top to bottom."""
        with gr.Column(elem_id="tb-catalogue", elem_classes="tb-page"):
            with gr.Row(elem_id="tb-search-row"):
                self._words = gr.Textbox(
                    label=text("catalogue_search"),
                    placeholder=text("catalogue_search_hint"),
                    elem_id="tb-search",
                    max_lines=1,
                    scale=3,
                    min_width=200,
                )
                self._name = gr.Dropdown(
                    [self._service.catalogue.name],
                    value=self._service.catalogue.name,
                    label=text("catalogue_which"),
                    visible=False,
                    filterable=False,
                    elem_id="tb-which",
                    min_width=160,
                )
            with gr.Accordion(text("catalogue_filters"), open=False), gr.Row():
                self._from = _year(text("catalogue_from"))
                self._to = _year(text("catalogue_to"))
                self._values = [
                    gr.Dropdown(values, label=column_name(name), multiselect=True, min_width=200)
                    for name, values in self._choices.items()
                ]
            if self._adding is not None:
                self._adding.build()
            self._found = gr.HTML(apply_default_css=False, js_on_load=None, elem_id="tb-found")
            self._more = gr.Button(text("catalogue_more"), visible=False)

    def wire(
        self, tab: gr.Tab, arrived: gr.events.Dependency, deletion: gr.events.Dependency
    ) -> None:
        """Connect the events; a change of any filter shows its result at once.

        What the page asks for at first comes after `arrived`: of two events at once the answer of
        one can be missed, when the stream for both is closed after the other. After `deletion`,
        which takes all that is a person's, nothing that they brought is kept either.
        """
        self._open = gr.State(View())
        clicks = bridge("#tb-catalogue [data-act]:not([data-act='more'])")
        filters: list[Any] = [self._name, self._words, self._from, self._to, *self._values]
        inputs = [self._who, self._open, *filters]
        shown = [self._found, self._more, self._open]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        tab.select(self._view, inputs, shown, **quiet)
        for widget in filters:
            widget.change(self._search, inputs, shown, trigger_mode="always_last", **quiet)
        self._more.click(self._show_more, inputs, shown, **quiet)
        clicks.act(self._act, inputs, shown, trigger_mode="multiple", **quiet)
        if self._shelf is not None:
            arrived.then(self._names, None, [self._name, *self._values], **quiet)
            self._name.change(self._fit_filters, [self._name], self._values, **quiet)
        if self._adding is not None:
            added = self._adding.wire(deletion)
            added.then(self._names, None, [self._name, *self._values], **quiet)

    def _names(self) -> Updates:
        """The catalogues to choose from; nothing to choose while there is one."""
        assert self._shelf is not None
        own = self._service.catalogue.name
        names = [own, *(name for name in self._shelf.names() if name != own)]
        return {self._name: gr.Dropdown(choices=names, visible=len(names) > 1)}

    def _fit_filters(self, name: str) -> list[gr.Dropdown]:
        """The filters by value are the own catalogue's."""
        mine = name == self._service.catalogue.name
        return [gr.Dropdown(visible=mine) for _ in self._values]

    def _search(self, who: Who, view: View, *filters: Any) -> Updates:
        return self._view(who, View(), *filters)

    def _show_more(self, who: Who, view: View, *filters: Any) -> Updates:
        return self._view(who, replace(view, size=view.size + PAGE), *filters)

    def _act(self, who: Who, view: View, click: gr.EventData, *filters: Any) -> Updates:
        data = {key: str(value) for key, value in dict(click._data or {}).items()}
        act, event, item = data.get("act", ""), data.get("event"), data.get("item", "")
        try:
            if act == "details":
                view = replace(view, opened="" if view.opened == item else item)
            elif act == "similar":
                view = View(near=item)
            elif act == "all":
                view = View()
            elif event and (act == "undo" or act in TOGGLES):
                self._service.undo(who["user"], event)
            elif act in TOGGLES:
                self._service.feedback(who["user"], item, act)
        except TastebotError as error:
            gr.Warning(plain(told(error)))
        return self._view(who, view, *filters)

    def _view(self, who: Who, view: View, name: str, *filters: Any) -> Updates:
        mine = name in (None, self._service.catalogue.name)
        known = Known.of(self._profile(who["user"]))
        if view.near and mine:
            found = self._service.similar(view.near, SIMILAR)
            [of] = self._service.items([view.near])
            heading = markup("similar_heading", item=of)
        else:
            found = self._found_by(self._catalogue(name) if not mine else None, *filters)
            shown = min(view.size, len(found))
            words = text("catalogue_shown", shown=f"{shown:,}", count=f"{len(found):,}")
            heading = markup("found_heading", words=words) if found else ""
        cards = [
            item_card(item, known, details=item.item_id == view.opened, similar=True, own=mine)
            for item in found[: view.size]
        ]
        listed = markup(
            "cards",
            cards=cards,
            label=text("tab_catalogue"),
            empty=text("catalogue_none"),
            heading="",
        )
        return {
            self._found: heading + listed,
            self._more: gr.Button(visible=len(found) > view.size),
            self._open: view,
        }

    def _found_by(self, other: Catalogue | None, *filters: Any) -> list[Item]:
        words, year_min, year_max, *values = filters
        wanted = dict(zip(self._choices, (value or [] for value in values), strict=True))
        return browse(
            other or self._service.catalogue,
            Filters(
                words or "",
                _number(year_min),
                _number(year_max),
                {} if other is not None else wanted,
            ),
        )

    def _catalogue(self, name: str) -> Catalogue | None:
        return self._shelf.view(name) if self._shelf is not None else None

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
