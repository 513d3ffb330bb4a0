"""Adding a catalogue by file on the catalogue page: choose, look, import.

Widgets and what they say; what a file holds and whether it may be imported is `bot.web.shelf`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from bot import patterns
from bot.errors import TastebotError
from bot.web.markup import markup
from bot.web.shelf import Shelf
from bot.web.texts import text

FILE_TYPES = [".csv", ".jsonl", ".parquet"]

Updates = dict[Any, Any]


class Adding:
    """The folded part of the page that takes a file."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def build(self) -> None:
        """The widgets, folded away until they are wanted."""
        with gr.Accordion(text("add_title"), open=False, elem_id="tb-add"):
            gr.HTML(
                markup("hint", words=text("add_hint")), apply_default_css=False, js_on_load=None
            )
            self._file = gr.File(
                label=text("add_file"), file_types=FILE_TYPES, height=120, elem_id="tb-add-file"
            )
            self._preview = gr.HTML(
                apply_default_css=False, js_on_load=None, elem_id="tb-add-preview"
            )
            with gr.Row(visible=False) as self._choice:
                self._name = gr.Textbox(
                    label=text("add_name"), max_lines=1, max_length=64, elem_id="tb-add-name"
                )
                self._add = gr.Button(
                    text("add_import"), variant="primary", elem_id="tb-add-import"
                )

    def wire(self) -> gr.events.Dependency:
        """Connect the events; returns the import's, after which there may be one more."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        looked = [self._preview, self._choice, self._name, self._add]
        self._file.upload(
            self._look, [self._file], looked, show_progress="minimal", api_visibility="private"
        )
        self._file.clear(self._clear, None, looked, **quiet)
        return self._add.click(
            self._import, [self._file, self._name], [*looked, self._file], **quiet
        )

    def _look(self, file: str | None) -> Updates:
        if file is None:
            return self._clear()
        path = Path(file)
        preview = self._shelf.preview(path)
        name = patterns.sub(r"[^\w.-]+", "-", path.stem).strip("-.")[:64]
        return {
            self._preview: markup("preview", preview=preview),
            self._choice: gr.Row(visible=not preview.errors),
            self._name: name,
            self._add: gr.Button(text("add_import"), interactive=True),
        }

    def _clear(self) -> Updates:
        return {
            self._preview: "",
            self._choice: gr.Row(visible=False),
            self._name: "",
            self._add: gr.Button(text("add_import"), interactive=True),
        }

    def _import(self, file: str | None, name: str) -> Iterator[Updates]:
        if file is None:
            yield self._clear()
            return
        yield {self._add: gr.Button(text("add_importing"), interactive=False)}
        try:
            report = self._shelf.add(name or "", Path(file))
        except TastebotError as error:
            yield {
                self._preview: markup("notice", kind="error", words=str(error)),
                self._add: gr.Button(text("add_import"), interactive=True),
            }
            return
        done = text("add_done", count=f"{report.size:,}", called=report.name)
        yield self._clear() | {
            self._preview: markup("added", words=done, called=report.name),
            self._file: None,
        }
