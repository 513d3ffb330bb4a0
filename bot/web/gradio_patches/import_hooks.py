"""Gradio without what it does beside serving: stubs, docstrings, a summary, a place for plots.

Stubs serve editors of people who write components. Parsing every component's source for them took
three of the five seconds that the import takes, and a server should not write where its libraries
are. The docstring of every event of every component is a template, half a second in all. The
summary is a table of all events, made anew after each for a dashboard that is switched off; making
it takes pandas. Around each event it sets matplotlib's backend, where that is installed: the first
person waited half a second for it, and it took 25 MB. Gradio has no settings for any of it, so the
functions are replaced as their modules are loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

MODULE = "gradio.component_meta"
WRITER = "create_or_modify_pyi"
QUEUE_MODULE = "gradio.queueing"
QUEUE, SUMMARY = "Queue", "compute_analytics_summary"
EVENTS_MODULE = "gradio.events"
LISTENER, DOCUMENT = "EventListener", "set_doc"
UTILITIES = "gradio.utils"
BACKEND = "MatplotlibBackendMananger"


def _no_summary(queue: Any, records: Any) -> Any:
    """The empty one that the queue began with."""
    return queue.cached_event_analytics_summary


def _no_document(listener: Any, component: str) -> None:
    """The docstring stays the template that it is."""


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        if hasattr(module, WRITER):
            setattr(module, WRITER, lambda *_: None)
        queue = getattr(module, QUEUE, None)
        if hasattr(queue, SUMMARY):
            setattr(queue, SUMMARY, _no_summary)
        listener = getattr(module, LISTENER, None)
        if hasattr(listener, DOCUMENT):
            setattr(listener, DOCUMENT, _no_document)
        if hasattr(module, BACKEND):
            setattr(module, BACKEND, nullcontext)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in (MODULE, QUEUE_MODULE, EVENTS_MODULE, UTILITIES):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def import_gradio_without_stubs() -> None:
    """See to it that Gradio, if it is not imported yet, does none of it when it is."""
    if MODULE not in sys.modules and not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
