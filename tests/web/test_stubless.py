from __future__ import annotations

import inspect

import gradio as gr

import bot.web  # noqa: F401 - what is tested happens when it is imported
from bot.web.stubless import MODULE, WRITER


def test_gradio_is_there_whole_and_its_writer_of_stubs_is_not() -> None:
    import gradio.component_meta

    writer = getattr(gradio.component_meta, WRITER)
    assert gradio.component_meta.__name__ == MODULE
    assert "stubless" in inspect.getfile(writer)
    assert writer(gr.Textbox, "Textbox", []) is None
