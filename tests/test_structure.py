"""Who may import whom: the rooms stay as the style says, read from the source itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "adapters", "storage", "prompts")

# Values and seams: they may be imported from everywhere and import little themselves.
FOUNDATION = {
    "bot.domain": {"numpy"},
    "bot.errors": set(),
    "bot.patterns": set(),
    "bot.protocols": {"numpy"},
    "bot.service": set(),
}
# The floors of the house, the lowest first. A module imports from its own floor or one below.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("bot", "bot.domain", "bot.errors", "bot.patterns", "bot.protocols", "bot.service"),
    (
        *("bot.settings", "bot.statements", "bot.documents", "bot.profile", "bot.filtering"),
        *("bot.preferences", "bot.correcting", "bot.keyed_locks", "bot.prepared"),
        *("bot.checksums", "bot.set_up"),
        *("bot.bounded_lines", "bot.data_folder"),
        "bot.wellformed",
    ),
    ("adapters", "prompts", "storage", "bot.data"),
    ("bot.understanding", "bot.policy", "bot.ranking", "bot.replies", "bot.querying"),
    ("bot.session",),
    ("bot.evaluation", "bot.benchmark"),
    ("bot.commands", "bot.web", "bot.cli", "bot.documentation", "bot.__main__"),
)
SESSION = next(number for number, names in enumerate(FLOORS) if "bot.session" in names)
DIALOGUE = ("bot.understanding", "bot.policy", "bot.replies", "bot.profile", "bot.querying")
HEAVY = {"torch", "transformers", "peft", "accelerate", "sqlalchemy", "alembic", "gradio"}


def modules() -> dict[str, Path]:
    """Every module of the product, by its dotted name."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, *, only_at_import: bool = False) -> Iterator[str]:
    """The dotted names that a module imports; those for type checking alone are left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in _walk(tree, only_at_import):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _walk(node: ast.AST, only_at_import: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        if only_at_import and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield child
        yield from _walk(child, only_at_import)


def floor(module: str) -> int:
    """The floor of the longest name that `module` is or lies under; beside the session if none."""
    named = {
        len(name): number
        for number, names in enumerate(FLOORS)
        for name in names
        if module == name or (module.startswith(f"{name}.") and name != "bot")
    }
    return named[max(named)] if named else SESSION


MODULES = modules()


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_downwards(module: str) -> None:
    own = floor(module)
    above = {name for name in imported(MODULES[module]) if name in MODULES and floor(name) > own}
    assert not above


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith(DIALOGUE)], ids=str)
def test_dialogue_logic_does_no_heavy_work(module: str) -> None:
    roots = {name.partition(".")[0] for name in imported(MODULES[module])}
    assert not roots & HEAVY


@pytest.mark.parametrize(("module", "allowed"), FOUNDATION.items(), ids=str)
def test_values_and_seams_stand_on_nothing(module: str, allowed: set[str]) -> None:
    import sys

    outside = {
        name.partition(".")[0]
        for name in imported(MODULES[module])
        if not name.startswith("bot.") and name.partition(".")[0] not in sys.stdlib_module_names
    }
    assert outside <= allowed
    own = {name for name in imported(MODULES[module]) if name in MODULES}
    assert own <= {"bot", *FOUNDATION}


@pytest.mark.parametrize(
    "module", [name for name in MODULES if name.startswith(("bot.commands", "bot.cli"))], ids=str
)
def test_commands_import_what_is_slow_when_they_run(module: str) -> None:
    roots = {name.partition(".")[0] for name in imported(MODULES[module], only_at_import=True)}
    assert not roots & (HEAVY | {"pandas", "pyarrow", "sklearn", "scipy", "matplotlib"})


def test_only_storage_speaks_to_the_database() -> None:
    speakers = {
        module
        for module, path in MODULES.items()
        if any(name.startswith(("sqlalchemy", "alembic", "sqlite3")) for name in imported(path))
    }
    assert {name for name in speakers if not name.startswith("storage.")} == set()


# What `re` itself may read: the addresses of requests, and what a model has or has written.
MAY_USE_RE = {
    "bot.patterns",  # the way for all others
    "bot.web.addresses",
    "bot.web.gate",
    "bot.web.headers",  # of Gradio's own page
    "bot.web.hosts",
    "adapters.base_model",
    "adapters.guards",
    "adapters.phrase_guard",
}


@pytest.mark.parametrize("module", [name for name in MODULES if name not in MAY_USE_RE], ids=str)
def test_what_people_write_is_read_by_patterns_that_cannot_freeze(module: str) -> None:
    roots = {name.partition(".")[0] for name in imported(MODULES[module])}
    assert not roots & {"re", "regex", "re2", "fnmatch"}


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """What a module calls, as it is written, with the call."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def is_given(call: ast.Call, name: str, value: object) -> bool:
    return any(
        each.arg == name and isinstance(each.value, ast.Constant) and each.value.value is value
        for each in call.keywords
    )


LOADING = (".from_pretrained", "AutoModelForCausalLM.from_config")
# PEFT takes no such argument: an adapter's folder brings no classes.
WITHOUT_CLASSES = "PeftModel.from_pretrained"


def test_no_code_that_a_model_folder_brings_is_run() -> None:
    found = [
        (module, name, call)
        for module, path in MODULES.items()
        for name, call in calls(path)
        if name.endswith(LOADING) and name != WITHOUT_CLASSES
    ]
    assert len(found) >= 4
    trusting = [
        (m, name) for m, name, call in found if not is_given(call, "trust_remote_code", False)
    ]
    assert trusting == []


def test_pickles_are_read_only_from_the_data_folder() -> None:
    """A pickle runs code when it is read; `bot.prepared` says when it is ours."""
    importers = {
        module
        for module, path in MODULES.items()
        if {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
        & {name.partition(".")[0] for name in imported(path)}
    }
    assert importers == {"bot.prepared"}
    for module, path in MODULES.items():
        for name, call in calls(path):
            if name in ("torch.load", "torch.hub.load"):
                assert is_given(call, "weights_only", True), module
            assert not is_given(call, "allow_pickle", True), module


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    unwanted = {"utils", "util", "helpers", "helper", "misc", "common", "manager"}
    assert {name for name in MODULES if set(name.split(".")) & unwanted} == set()


def test_every_module_says_what_it_owns() -> None:
    silent = {
        name
        for name, path in MODULES.items()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert silent == set()


def test_tests_run_loops_in_a_thread_of_their_own() -> None:
    """Where a browser is driven in the same run, the main thread has a loop already."""
    files = [*(ROOT / "tests").rglob("test_*.py")]
    assert [file.name for file in files if "asyncio" + ".run(" in file.read_text("utf-8")] == []
