"""Adding a catalogue by file on the catalogue page: choose, look, import.

Widgets and what they say; what a file holds and whether it may be imported is
`bot.web.pages.catalogue_library`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import GradioModel

from bot.core import patterns
from bot.core.errors import TastebotError
from bot.web.pages.catalogue_library import Shelf
from bot.web.requests.uploads import LASTS, TYPES, Uploads
from bot.web.view.error_sentences import told
from bot.web.view.markup import markup
from bot.web.view.texts import text

Updates = dict[Any, Any]


class _Chosen(GradioModel):
    """What the page knows of a file: not where it lies, which Gradio's own model would say."""

    path: str


class Adding:
    """The folded part of the page that takes a file."""

    def __init__(self, shelf: Shelf, uploads: Uploads) -> None:
        self._shelf = shelf
        self._uploads = uploads

    def build(self) -> None:
        """The widgets, folded away until they are wanted."""
        with gr.Accordion(text("add_title"), open=False, elem_id="tb-add"):
            gr.HTML(
                markup("hint", words=text("add_hint")), apply_default_css=False, js_on_load=None
            )
            self._file = gr.File(
                label=text("add_file"), file_types=list(TYPES), height=120, elem_id="tb-add-file"
            )
            self._file.data_model = _Chosen
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

    def wire(self, deletion: gr.events.Dependency) -> gr.events.Dependency:
        """Connect the events; returns the import's, after which there may be one more.

        After `deletion`, of somebody with all that is theirs, the file is gone as well.
        """
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        raw: dict[str, Any] = {"preprocess": False, "api_visibility": "private"}
        looked = [self._preview, self._choice, self._name, self._add]
        self._file.upload(self._look, [self._file], looked, show_progress="minimal", **raw)
        self._file.clear(self._clear, None, looked, **quiet)
        deletion.then(self._forget, None, [*looked, self._file], **quiet)
        return self._add.click(
            self._import,
            [self._file, self._name],
            [*looked, self._file],
            show_progress="hidden",
            **raw,
        )

    def _look(self, file: Any, request: gr.Request) -> Updates:
        path = self._brought(file, request)
        if path is None:
            return self._clear(request)
        preview = self._shelf.preview(path)
        name = patterns.sub(r"[^\w.-]+", "-", path.stem).strip("-.")[:64]
        return {
            self._preview: markup("preview", preview=preview),
            self._choice: gr.Row(visible=not preview.errors),
            self._name: name,
            self._add: gr.Button(text("add_import"), interactive=True),
        }

    def _brought(self, file: Any, request: gr.Request) -> Path | None:
        """Where the file lies that the page names; None when there is none, or it is gone."""
        called = file.get("path") if isinstance(file, dict) else None
        if not isinstance(called, str):
            return None
        return self._uploads.bring(str(request.session_hash), called)

    def _forget(self, request: gr.Request) -> Updates:
        return self._clear(request) | {self._file: None}

    def _clear(self, request: gr.Request) -> Updates:
        self._uploads.drop(str(request.session_hash))
        return {
            self._preview: "",
            self._choice: gr.Row(visible=False),
            self._name: "",
            self._add: gr.Button(text("add_import"), interactive=True),
        }

    def _import(self, file: Any, name: Any, request: gr.Request) -> Iterator[Updates]:
        path = self._brought(file, request)
        if path is None:
            gone = text("add_gone", minutes=round(LASTS / 60))
            yield self._forget(request) | {
                self._preview: markup("notice", kind="error", words=gone)
            }
            return
        yield {self._add: gr.Button(text("add_importing"), interactive=False)}
        try:
            report = self._shelf.add(str(name or ""), path)
        except TastebotError as error:
            yield {
                self._preview: markup("notice", kind="error", words=told(error)),
                self._add: gr.Button(text("add_import"), interactive=True),
            }
            return
        done = text("add_done", count=f"{report.size:,}", called=report.name)
        yield self._forget(request) | {
            self._preview: markup("added", words=done, called=report.name),
        }
