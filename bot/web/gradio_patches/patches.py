"""All that is changed in Gradio, each with its reason, and the one call that does it.

Gradio has no settings for any of this. It does some of it while it is imported, so functions are
replaced as their modules are loaded, and whoever builds the page calls `patch_gradio` before that.
What is changed in Gradio's blocks is a subclass, `bot.web.gradio_patches.safe_blocks`, and stands
in the list too: the list is what to look at when Gradio changes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any

from bot.web.gradio_patches.lazy_import import import_lazily


@dataclass(frozen=True, slots=True)
class Patch:
    """One change: `attribute` (by dots) of `module`, and why it is not left as it is.

    `parameters` are the attribute's in the releases that were tested; with others it may be
    something else. `instead` takes its place; None where a stand-in for the module or a subclass
    makes the change.
    """

    name: str
    reason: str
    module: str
    attribute: str = ""
    parameters: tuple[str, ...] = ()
    instead: Callable[..., Any] | None = None


def _write_no_stubs(component_class: type, class_name: str, events: list[Any]) -> None:
    """No file is read and none written."""


def _keep_template(listener: Any, component: str) -> None:
    """The docstring stays the template that it is."""


def _keep_summary(queue: Any, records: Any) -> Any:
    """The empty one that the queue began with."""
    return queue.cached_event_analytics_summary


PATCHES = (
    Patch(
        "stubs",
        "Stubs serve editors of people who write components. Parsing every component's source for "
        "them took three of the five seconds that the import takes, and a server should not write "
        "where its libraries are.",
        "gradio.component_meta",
        "create_or_modify_pyi",
        ("component_class", "class_name", "events"),
        _write_no_stubs,
    ),
    Patch(
        "docstrings",
        "The docstring of every event of every component is a template; rendering them takes half "
        "a second.",
        "gradio.events",
        "EventListener.set_doc",
        ("self", "component"),
        _keep_template,
    ),
    Patch(
        "summary",
        "A table of all events, made anew after each for a dashboard that is switched off; making "
        "it takes pandas.",
        "gradio.queueing",
        "Queue.compute_analytics_summary",
        ("self", "records"),
        _keep_summary,
    ),
    Patch(
        "plots",
        "Around each event it sets matplotlib's backend, where that is installed: the first person "
        "waited half a second for it, and it took 25 MB.",
        "gradio.utils",
        "MatplotlibBackendMananger",
        instead=nullcontext,
    ),
    Patch(
        "pandas",
        "Imported for tables and plots that most visits never open: with pyarrow, which it brings "
        "along, that is a second and 67 MB.",
        "pandas",
    ),
    Patch(
        "errors",
        "Gradio shows either every error as it is, with whatever the text of an exception tells of "
        "this machine, or none.",
        "gradio.blocks",
        "Blocks.process_api",
        (
            *("self", "block_fn", "inputs", "state", "request", "iterator", "session_hash"),
            *("event_id", "event_data", "in_event_listener", "simple_format", "explicit_call"),
            *("root_path", "oauth_token"),
        ),
    ),
    Patch(
        "pace",
        "The queue looks for events a thousand times a second even when nobody is there, which "
        "took a tenth of a processor.",
        "gradio.blocks",
        "Blocks.queue",
        ("self", "status_update_rate", "api_open", "max_size", "default_concurrency_limit"),
    ),
)


def patch_gradio() -> None:
    """Make every change: at once in what is imported already, else when it is. Safe to repeat."""
    import_lazily("pandas")
    for patch in PATCHES:
        if patch.module in sys.modules:
            _replace(patch, sys.modules[patch.module])
    if not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _replace(patch: Patch, module: ModuleType) -> None:
    *owners, name = patch.attribute.split(".")
    owner: Any = module
    for each in owners:
        owner = getattr(owner, each, None)
    if patch.instead is not None and hasattr(owner, name):
        setattr(owner, name, patch.instead)


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        for patch in PATCHES:
            if patch.module == module.__name__:
                _replace(patch, module)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not any(patch.module == fullname and patch.instead for patch in PATCHES):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec
