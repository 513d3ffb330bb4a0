from __future__ import annotations

import inspect
from contextlib import nullcontext
from types import SimpleNamespace

import gradio as gr

import bot.web  # noqa: F401 - what is tested happens when it is imported
from bot.web.gradio_patches.import_hooks import BACKEND, DOCUMENT, LISTENER, MODULE, SUMMARY, WRITER


def test_gradio_is_there_whole_and_its_writer_of_stubs_is_not() -> None:
    import gradio.component_meta

    writer = getattr(gradio.component_meta, WRITER)
    assert gradio.component_meta.__name__ == MODULE
    assert "import_hooks" in inspect.getfile(writer)
    assert writer(gr.Textbox, "Textbox", []) is None


def test_no_summary_of_events_is_made() -> None:
    from gradio.queueing import Queue

    summarise = getattr(Queue, SUMMARY)
    queue = SimpleNamespace(cached_event_analytics_summary={"functions": {}})
    assert "import_hooks" in inspect.getfile(summarise)
    assert summarise(queue, [{"function": "chat"}]) == {"functions": {}}


def test_no_docstrings_are_rendered() -> None:
    from gradio import events

    assert "import_hooks" in inspect.getfile(getattr(getattr(events, LISTENER), DOCUMENT))
    assert callable(gr.Textbox().submit)


def test_no_backend_for_plots_is_set_around_events() -> None:
    from gradio import utils

    assert getattr(utils, BACKEND) is nullcontext
