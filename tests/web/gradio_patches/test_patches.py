"""What is changed in Gradio is what Gradio has, still does by itself, and no longer does here.

A failure after an update of Gradio says which patch to look at: what it replaces is gone or other,
or Gradio does not do it any more and the patch can go.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from fastapi.testclient import TestClient

from bot.web.app import create_app
from bot.web.gradio_patches.patches import PATCHES, Patch, patch_gradio
from bot.web.gradio_patches.safe_blocks import LOOK_AFTER, SafeBlocks
from tests.fakes import FakeService
from tests.web.conftest import HERE

BY_NAME = {patch.name: patch for patch in PATCHES}

READS_GRADIO = """
import importlib, inspect, json, sys
import gradio
found = {}
for name, module, attribute in json.loads(sys.argv[1]):
    here = sys.modules.get(module)
    for each in attribute.split(".") if attribute else ():
        here = getattr(here, each, None)
    known = inspect.isfunction(here)
    found[name] = {
        "is": type(here).__name__ if here is not None else None,
        "file": inspect.getfile(here) if here is not None else None,
        "parameters": list(inspect.signature(here).parameters) if known else [],
    }
queue = gradio.Blocks(analytics_enabled=False)._queue
found["waits"] = [queue.sleep_when_free, queue.progress_update_sleep_when_free]
found["has pandas"] = "pandas.core" in sys.modules
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def untouched() -> dict[str, Any]:
    """What a process finds in Gradio that imports nothing of ours."""
    asked = json.dumps([(each.name, each.module, each.attribute) for each in PATCHES])
    done = subprocess.run(
        [sys.executable, "-c", READS_GRADIO, asked], capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def replaced(patch: Patch) -> Any:
    """What stands there now in this process."""
    here: Any = sys.modules[patch.module]
    for each in patch.attribute.split("."):
        here = getattr(here, each)
    return here


def put(patch: Patch, instead: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{patch.module}.{patch.attribute}", instead)


@pytest.mark.parametrize("patch", PATCHES, ids=list(BY_NAME))
def test_what_is_patched_is_there_as_it_was_tested(patch: Patch, untouched: dict[str, Any]) -> None:
    found = untouched[patch.name]
    assert found["is"] is not None, f"{patch.module} has no {patch.attribute} any more"
    assert found["parameters"] == list(patch.parameters)
    assert Path(found["file"]).is_relative_to(Path(gr.__file__).parent) or patch.name == "pandas"
    assert len(patch.reason) > 20


@pytest.mark.parametrize(
    "patch", [each for each in PATCHES if each.instead], ids=lambda each: each.name
)
def test_the_replacement_stands_in_its_place(patch: Patch) -> None:
    assert replaced(patch) is patch.instead


def test_a_component_comes_without_stubs_and_without_rendered_docstrings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[str] = []
    for name in ("stubs", "docstrings"):
        put(BY_NAME[name], lambda *_, name=name, **__: called.append(name), monkeypatch)

    class Component(gr.Textbox):
        EVENTS = [*gr.Textbox.EVENTS[:1]]

    assert called == ["docstrings", "stubs"], "Gradio asks for them when a component is defined"
    assert "{{" in (gr.events.Events.click.listener.__doc__ or ""), "the template as it is"
    assert callable(gr.Textbox().submit)


def test_a_component_that_is_defined_leaves_no_stub(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "import gradio as gr\nclass Own(gr.Textbox):\n    EVENTS = ['change']\n"
    )

    def define(before: str) -> bool:
        code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {before}; import own"
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        return (tmp_path / "own.pyi").exists()

    ours = "from bot.web.gradio_patches.patches import patch_gradio; patch_gradio()"
    assert not define(ours)
    assert define("import gradio"), "Gradio alone does write one"


@pytest.fixture
def served() -> Callable[[], str]:
    """Asks a served page for one queued event; what came of it."""

    def ask() -> str:
        with TestClient(create_app(FakeService()), base_url=HERE) as client:
            client.post("/gradio_api/run/feedback", json={"data": ["ana", "heat", "like"]})
            event = client.post("/gradio_api/call/profile", json={"data": ["ana"]}).json()
            return client.get(f"/gradio_api/call/profile/{event['event_id']}").text

    return ask


def test_no_summary_of_events_is_made(
    served: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    patch = BY_NAME["summary"]
    kept = SimpleNamespace(cached_event_analytics_summary={"functions": {}})
    assert replaced(patch)(kept, [{"function": "chat"}]) == {"functions": {}}
    asked: list[Any] = []
    put(patch, lambda queue, records: asked.append(records), monkeypatch)

    assert "ana" in served()

    assert asked, "Gradio asks for one with each queued event"


def test_no_backend_for_plots_is_set_around_events(
    served: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[bool] = []

    @contextmanager
    def backend() -> Any:
        entered.append(True)
        yield

    put(BY_NAME["plots"], backend, monkeypatch)

    assert "ana" in served()

    assert entered, "Gradio sets one around each event"


def test_the_page_is_there_without_pandas(untouched: dict[str, Any]) -> None:
    code = (
        "from bot.web.gradio_patches.patches import patch_gradio; patch_gradio()\n"
        "import bot.web.app, sys; print('pandas.core' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
    assert untouched["has pandas"], "Gradio alone imports it"


def test_the_errors_of_events_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What they say is tests/web/gradio_patches/test_safe_blocks.py's."""
    ran: list[str] = []
    ours = SafeBlocks.process_api

    async def noted(blocks: Any, *arguments: Any, **more: Any) -> Any:
        ran.append("ours")
        return await ours(blocks, *arguments, **more)

    monkeypatch.setattr(SafeBlocks, "process_api", noted)
    with TestClient(create_app(FakeService()), base_url=HERE) as client:
        client.post("/gradio_api/run/profile", json={"data": ["nobody"]})
        event = client.post("/gradio_api/call/profile", json={"data": ["nobody"]}).json()
        client.get(f"/gradio_api/call/profile/{event['event_id']}")
    assert len(ran) == 2, "every event is run by this method, queued or not"


@pytest.mark.skipif(sys.platform == "win32", reason="there it waits longer by itself")
def test_the_queue_looks_less_often_than_gradio_s(untouched: dict[str, Any]) -> None:
    assert max(untouched["waits"]) <= LOOK_AFTER, "else the patch can go"
    blocks = SafeBlocks(analytics_enabled=False)
    for _ in range(2):  # as it is made, and made anew
        queue = blocks._queue
        assert queue.sleep_when_free == LOOK_AFTER
        assert queue.progress_update_sleep_when_free == 10 * LOOK_AFTER
        blocks.queue()


def test_patching_again_changes_nothing() -> None:
    finders = len(sys.meta_path)
    before = {patch.name: replaced(patch) for patch in PATCHES if patch.instead}
    patch_gradio()
    assert len(sys.meta_path) == finders
    assert {patch.name: replaced(patch) for patch in PATCHES if patch.instead} == before


def test_what_is_imported_already_is_patched_too() -> None:
    code = (
        "import gradio, gradio.utils\n"
        "from bot.web.gradio_patches.patches import PATCHES, patch_gradio\n"
        "patch_gradio()\n"
        "from contextlib import nullcontext\n"
        "print(gradio.utils.MatplotlibBackendMananger is nullcontext)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"]
