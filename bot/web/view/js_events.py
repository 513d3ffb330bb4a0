"""The page's few scripts, each carried by an invisible widget, with what Python needs of them.

Cards are markup, so their buttons cannot have listeners of their own: a bridge listens for clicks
on ``data-act`` buttons inside its part of the page and fires one event with their data.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from bot.web.view.texts import text

FOLDER = Path(__file__).parents[1] / "static"


def bridge(*buttons: str) -> gr.HTML:
    """An invisible widget with an `act` event for the `buttons` (CSS selectors)."""
    return _script("bridge.js", "tb-bridge", inside=", ".join(buttons))


def thread_scroll(chat: str) -> gr.HTML:
    """Keeps the last question in view in the chat widget at the selector `chat`."""
    return _script("thread.js", "tb-bridge", chat=chat)


def message_keys(box: str) -> gr.HTML:
    """Esc stops an answer and ``/`` goes to the message box at the selector `box`."""
    return _script("keys.js", "tb-bridge", box=box)


def arrival_watch(box: str) -> gr.HTML:
    """Loads a page again whose message box, at the selector `box`, is not opened in good time."""
    return _script("arrival.js", "tb-bridge", box=box)


def status_strip() -> gr.HTML:
    """The strip that says when the server is waking up or away; hidden when all is well."""
    words = {"warming": text("status_warming"), "offline": text("status_offline")}
    return _script("status.js", "tb-status", words=words)


def sign_in_watch() -> gr.HTML:
    """Leads to the sign-in page when the server answers that nobody is signed in any more."""
    return _script("sign_in.js", "tb-bridge")


def _script(name: str, css_class: str, **props: Any) -> gr.HTML:
    return gr.HTML(
        "",
        js_on_load=(FOLDER / name).read_text(encoding="utf-8"),
        elem_classes=css_class,
        apply_default_css=False,
        **props,
    )
