"""What the chat consists of: the widgets at the side, the thread and the box, not yet connected."""

from __future__ import annotations

import gradio as gr

from bot.web.view.markup import markup
from bot.web.view.texts import openings, text
from bot.web.view.thread import answer_frame


def side_widgets(*, accounts: bool) -> tuple[gr.HTML, gr.Dropdown, gr.Button, gr.HTML]:
    """Who is signed in, or else picks a name; a new conversation; the conversations so far."""
    account = gr.HTML(visible=accounts, apply_default_css=False)
    name = gr.Dropdown(
        visible=not accounts,
        choices=[],
        label=text("who_label"),
        info=text("who_info"),
        allow_custom_value=True,
        filterable=True,
        elem_id="tb-name",
    )
    new = gr.Button(text("new_conversation"), variant="primary", elem_id="tb-new")
    return account, name, new, gr.HTML(elem_id="tb-conversations", apply_default_css=False)


def thread_widgets() -> tuple[gr.Chatbot, gr.Textbox]:
    """The messages, and the box to write in."""
    answer_frame()
    chatbot = gr.Chatbot(
        label=text("tab_chat"),
        show_label=False,
        container=False,
        elem_id="tb-chat",
        height="var(--tb-chat-height)",
        render_markdown=False,  # and every message is escaped on top: see bot.web.view.markup
        latex_delimiters=[],
        allow_tags=False,
        buttons=["copy"],
        editable="user",
        autoscroll=False,
        placeholder=markup("welcome"),
        examples=[{"text": opening} for opening in openings()],
    )
    box = gr.Textbox(
        label=text("message_label"),
        show_label=False,
        container=False,
        placeholder=text("message_placeholder"),
        lines=1,
        max_lines=6,
        submit_btn=text("send"),
        stop_btn=False,
        interactive=False,  # until it is known who is talking
        elem_id="tb-message",
        html_attributes=gr.InputHTMLAttributes(enterkeyhint="send"),
    )
    return chatbot, box


def busy_box() -> gr.Textbox:
    """The box while an answer comes: emptied, and to stop it."""
    return gr.Textbox(value="", submit_btn=False, stop_btn=text("stop"))


def free_box(words: str | None = None) -> gr.Textbox:
    """The box to send from, with `words` given back; by default with whatever stands there."""
    if words is None:
        return gr.Textbox(submit_btn=text("send"), stop_btn=False)
    return gr.Textbox(value=words, submit_btn=text("send"), stop_btn=False)
