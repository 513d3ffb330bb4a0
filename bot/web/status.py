"""The strip that says when the server is waking up or away, and hides when all is well."""

from __future__ import annotations

import json

import gradio as gr

from bot.web.texts import text

# Asks often while something is wrong, seldom otherwise; a failed fetch means the server is away.
_WATCH = """
const words = %(words)s;
element.setAttribute('role', 'status');
const show = (state) => {
  element.textContent = words[state] || '';
  element.closest('.tb-status').classList.toggle('tb-shown', state in words);
};
const ask = async () => {
  let state = 'offline';
  try {
    const answer = await fetch('healthz', {cache: 'no-store'});
    state = answer.ok ? 'ok' : 'warming';
  } catch (error) { /* away */ }
  show(state);
  setTimeout(ask, state === 'ok' ? 10000 : 1000);
};
window.addEventListener('offline', () => show('offline'));
ask();
"""


def status_strip() -> gr.HTML:
    """The strip, hidden until there is something to say."""
    words = {"warming": text("status_warming"), "offline": text("status_offline")}
    return gr.HTML(
        "",
        js_on_load=_WATCH % {"words": json.dumps(words)},
        elem_classes="tb-status",
        apply_default_css=False,
    )
