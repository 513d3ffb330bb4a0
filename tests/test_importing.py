"""Importing a module of ours changes nothing in the process: what is changed, somebody calls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.test_structure import MODULES, imported

# Run by others, as a program or by Alembic.
PROGRAMS = {"bot.__main__", "storage.migrations.env"}
OURS = sorted(
    name
    for name in MODULES
    if name not in PROGRAMS and not name.startswith(("prompts", "storage.migrations.versions"))
)
OTHERS = sorted(
    {
        name
        for module in OURS
        for name in imported(MODULES[module], only_at_import=True)
        if name.partition(".")[0] not in {"bot", "adapters", "storage", "prompts", "__future__"}
    }
)

# Prints what a process is like after the modules given were imported: names that are none of a
# module's, which `from … import …` asks for too, are left out.
LOOKS = """
import faulthandler, importlib, json, logging, os, signal, sys, threading, warnings
first, ours = json.load(sys.stdin)
for name in first:
    try:
        importlib.import_module(name)
    except ImportError:
        pass
for name in ours:
    importlib.import_module(name)

def handlers(logger):
    return sorted(type(each).__name__ for each in logger.handlers + logger.filters)

def of_gradio():
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] != "gradio":
            continue
        for key, value in sorted(vars(module).items()):
            made = getattr(value, "__module__", None) or ""
            if made.partition(".")[0] in ("gradio", "bot", "contextlib"):
                yield f"{name}.{key} = {value.__module__}.{getattr(value, '__qualname__', '')}"
                if isinstance(value, type):
                    for inner, part in sorted(vars(value).items()):
                        if callable(part):
                            made = getattr(part, "__module__", "")
                            yield f"{name}.{key}.{inner} = {made}"

loggers = {"": logging.root} | {
    name: each
    for name, each in logging.root.manager.loggerDict.items()
    if isinstance(each, logging.Logger)
}
json.dump({
    "meta path": [repr(getattr(each, "__name__", type(each))) for each in sys.meta_path],
    "path hooks": [getattr(each, "__qualname__", repr(each)) for each in sys.path_hooks],
    "path": sys.path,
    "environment": dict(os.environ),
    "warnings": sorted({repr(each) for each in warnings.filters}),
    "loggers": {name: [each.level, handlers(each)] for name, each in loggers.items()
                if each.level or handlers(each)},
    "signals": [repr(signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGTERM)],
    "hooks": [sys.excepthook.__module__, threading.excepthook.__module__],
    "threads": sorted(each.name for each in threading.enumerate()),
    "pandas": type(sys.modules.get("pandas")).__name__,
    "gradio": list(of_gradio()),
}, sys.stdout)
"""


def process_after(first: list[str], ours: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", LOOKS],
        input=json.dumps([first, ours]),
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
    )
    return dict(json.loads(done.stdout))


@pytest.mark.timeout(600)
def test_importing_every_module_changes_nothing() -> None:
    """Others' modules do change a process; so it is compared with one that has those alone."""
    without_ours = process_after(OTHERS, [])
    with_ours = process_after([], OURS)

    assert len(OURS) > 250
    assert len(with_ours["gradio"]) > 1000
    for what, expected in without_ours.items():
        found = with_ours[what]
        if isinstance(expected, list):
            assert [each for each in found if each not in expected] == [], what
            assert [each for each in expected if each not in found] == [], what
        else:
            assert found == expected, what
