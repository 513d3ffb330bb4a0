"""Clicks on rendered markup, carried to Python: one invisible widget for each part of the page.

Cards are markup, so their buttons cannot have listeners of their own; a bridge listens for clicks
on ``data-act`` buttons inside its part of the page and fires one event with their data.
"""

from __future__ import annotations

import json

import gradio as gr

CHAT = ("#tb-chat", "#tb-conversations")
TASTE = ("#tb-taste",)
CATALOGUE = ("#tb-catalogue",)

# `confirm` and `prompt` are the browser's own dialogs: they keep the focus and need no styling.
_LISTEN = """
const inside = %(inside)s;
document.addEventListener('click', (event) => {
  const button = event.target.closest(inside);
  if (!button) return;
  const data = {...button.dataset};
  if (data.confirm && !window.confirm(data.confirm)) return;
  if (data.prompt) {
    data.answer = window.prompt(data.prompt, data.value);
    if (data.answer === null) return;
  }
  trigger('act', data);
});
"""


def bridge(parts: tuple[str, ...]) -> gr.HTML:
    """An invisible widget with an `act` event for buttons inside `parts` (CSS selectors)."""
    inside = json.dumps(", ".join(f"{part} [data-act]" for part in parts))
    return gr.HTML(
        "",
        js_on_load=_LISTEN % {"inside": inside},
        elem_classes="tb-bridge",
        apply_default_css=False,
    )
