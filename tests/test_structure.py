"""Who may import whom: the rooms stay as the style says, read from the source itself."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent

# The floors of the house, the lowest first. A room is named once, and imports from its own folder
# or from a floor below; rooms of one floor do not know each other.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("bot.core",),
    ("prompts", "bot.data", "bot.profile", "adapters.machine", "adapters.models", "storage.sql"),
    ("adapters.runtime", "storage.person", "storage.catalogue", "storage.backup"),
    ("adapters.engine", "storage.account", "storage.health", "storage.migrations"),
    ("adapters.training", "bot.understanding"),
    ("bot.ranking",),
    ("bot.policy", "bot.training"),
    ("bot.replies",),
    ("bot.conversation",),
    ("bot.evaluation", "bot.benchmark", "bot.installation"),
    ("bot.web",),
    ("bot.commands", "bot.cli"),
    ("bot.documentation", "bot.__main__"),
)
FOLDERS = {"bot", "adapters", "storage"}
"""Their own ``__init__`` holds no more than a docstring and the version: anybody may have it."""
DIALOGUE = ("bot.understanding", "bot.policy", "bot.replies", "bot.profile", "bot.ranking.query")
HEAVY = {"torch", "transformers", "peft", "accelerate", "sqlalchemy", "alembic", "gradio"}


def modules() -> dict[str, Path]:
    """Every module of the product, by its dotted name."""
    found = {}
    for folder in (*sorted(FOLDERS), "prompts"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported(path: Path, *, only_at_import: bool = False) -> tuple[str, ...]:
    """The dotted names that a module imports; those for type checking alone are left out."""
    found = []
    for node in _walk(tree(path), only_at_import):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            found += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(found)


def _walk(node: ast.AST, only_at_import: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        if only_at_import and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield child
        yield from _walk(child, only_at_import)


def room(module: str) -> str:
    """The room that a module stands in, as it is named among the floors."""
    named = {name for names in FLOORS for name in names}
    parts = module.split(".")
    return next(
        (".".join(parts[:n]) for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in named),
        module,
    )


FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
MODULES = modules()


NEEDS = {
    name: {each for each in imported(path) if each in MODULES} - {name}
    for name, path in MODULES.items()
}


def test_every_module_stands_in_a_room() -> None:
    assert {name for name in MODULES if room(name) not in FLOOR} == FOLDERS


def test_imports_run_downwards() -> None:
    wrong = {
        (module, needed)
        for module, all_needed in NEEDS.items()
        for needed in all_needed - FOLDERS
        if module not in FOLDERS
        and room(needed) != room(module)
        and FLOOR[room(needed)] >= FLOOR[room(module)]
    }
    assert wrong == set()


def test_no_module_needs_itself() -> None:
    """Imports for type checking, and inside functions, count: a circle is one idea in two files."""
    try:
        TopologicalSorter(NEEDS).prepare()
    except CycleError as error:
        raise AssertionError(" needs ".join(error.args[1])) from None


def reached(module: str) -> set[str]:
    """All that comes with a module when it is imported: ours with what they import, and others'."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        if name in MODULES:
            waiting += imported(MODULES[name], only_at_import=True)
            waiting += [name.rpartition(".")[0]] if "." in name else []
    return found


def test_dialogue_logic_does_no_heavy_work_however_far_one_looks() -> None:
    heavy = {
        (module, name.partition(".")[0])
        for module in MODULES
        if module.startswith(DIALOGUE)
        for name in reached(module)
        if name.partition(".")[0] in HEAVY
    }
    assert heavy == set()


def test_the_core_stands_on_the_standard_library_and_little_else() -> None:
    outside = {
        name.partition(".")[0]
        for module in MODULES
        if room(module) == "bot.core"
        for name in imported(MODULES[module])
        if name.partition(".")[0] not in {*sys.stdlib_module_names, "bot"}
    }
    assert outside <= {
        "filelock",
        "numpy",
        "platformdirs",
        "pydantic",
        "pydantic_core",
        "pydantic_settings",
        "structlog",
    }


def test_commands_import_what_is_slow_when_they_run() -> None:
    slow = HEAVY | {"pandas", "pyarrow", "sklearn", "scipy", "matplotlib"}
    found = {
        (module, name.partition(".")[0])
        for module in MODULES
        if room(module) in ("bot.commands", "bot.cli")
        for name in reached(module)
        if name.partition(".")[0] in slow
    }
    assert found == set()


MOST_LINES = 350
MOST_IN_A_FUNCTION = 60
MOST_LONG_FUNCTIONS = 10
MOST_PARAMETERS = 8


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_a_module_is_one_idea() -> None:
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: many for name, many in lines.items() if many > MOST_LINES} == {}


def test_functions_are_short_and_ask_for_little() -> None:
    found = [(name, each) for name, path in MODULES.items() for each in functions(path)]
    long = [
        f"{name}.{each.name}"
        for name, each in found
        if (each.end_lineno or 0) - each.lineno >= MOST_IN_A_FUNCTION
    ]
    assert len(long) < MOST_LONG_FUNCTIONS, long
    greedy = [
        f"{name}.{each.name}"
        for name, each in found
        if len([*each.args.posonlyargs, *each.args.args, *each.args.kwonlyargs])
        - any(a.arg in ("self", "cls") for a in each.args.args[:1])
        > MOST_PARAMETERS
    ]
    assert greedy == []


def test_only_storage_speaks_to_the_database() -> None:
    speakers = {
        module
        for module, path in MODULES.items()
        if any(name.startswith(("sqlalchemy", "alembic", "sqlite3")) for name in imported(path))
    }
    assert {name for name in speakers if not name.startswith("storage.")} == set()


# What `re` itself may read: the addresses of requests, and what a model has or has written.
MAY_USE_RE = {
    "bot.core.patterns",  # the way for all others
    "bot.web.requests.served_routes",
    "bot.web.auth.auth_middleware",
    "bot.web.requests.security_headers",  # of Gradio's own page
    "bot.web.requests.allowed_hosts",
    "adapters.models.base_model",
    "adapters.engine.guards",
    "adapters.engine.phrase_guard",
}


def test_what_people_write_is_read_by_patterns_that_cannot_freeze() -> None:
    others = {
        module
        for module, path in MODULES.items()
        if {"re", "regex", "re2", "fnmatch"} & {n.partition(".")[0] for n in imported(path)}
    }
    assert others == MAY_USE_RE


ABOUT_FILMS = {"film", "movie", "director", "actor", "actress", "cinema", "genre"}
"""Words, and what they are in the plural, that only whoever knows what is recommended would use."""
MAY_KNOW_OF_FILMS = {
    "storage.catalogue.films": "loads them",
    "storage.catalogue.catalogues": "names the loaders of built-in catalogues",
    "bot.core.settings": "the default catalogue's name",
    "bot.conversation.factory": "the name of the adapter that comes with us",
    "bot.ranking.factory": "the name of the adapter that comes with us",
    "bot.commands.catalogue": "examples in the help",
    "bot.commands.recommend": "an example in the help",
    "bot.commands.simulate": "an example in the help",
    "bot.commands.train": "an example in the help; known from the built-in catalogue",
    "bot.cli": "examples in the help",
    "bot.data.interactions": "the name of MovieLens's column",
    "bot.data.redial": "the names of ReDial's fields",
    "bot.understanding": "words that people use, known in catalogues without a lexicon too",
    "bot.ranking.terms.likeness": "words that tell titles little apart",
}


def words_of(path: Path) -> Iterator[str]:
    """The words of a module's names and texts; docstrings and comments may have examples."""
    remarks = {
        (node.value.lineno, node.value.col_offset)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    spoken = {tokenize.NAME, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type in spoken and token.start not in remarks:
            yield from (word.lower() for word in re.findall("[A-Z]?[a-z]+|[A-Z]+", token.string))


def test_no_code_knows_that_items_are_films() -> None:
    several = {f"{word}{ending}" for word in ABOUT_FILMS for ending in ("s", "es")}
    knowing = {
        name for name, path in MODULES.items() if (ABOUT_FILMS | several) & {*words_of(path)}
    }
    allowed = {
        name: next((each for each in MAY_KNOW_OF_FILMS if f"{name}.".startswith(f"{each}.")), None)
        for name in knowing
    }
    assert {name for name, by in allowed.items() if by is None} == set()
    assert {*allowed.values()} == {*MAY_KNOW_OF_FILMS}, "allowed without need"


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """What a module calls, as it is written, with the call."""
    for node in ast.walk(tree(path)):
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
    """A pickle runs code when it is read; `bot.core.artifact_cache` says when it is ours."""
    importers = {
        module
        for module, path in MODULES.items()
        if {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
        & {name.partition(".")[0] for name in imported(path)}
    }
    assert importers == {"bot.core.artifact_cache"}
    trusting = {
        (module, name)
        for module, path in MODULES.items()
        for name, call in calls(path)
        if is_given(call, "allow_pickle", True)
        or (name in ("torch.load", "torch.hub.load") and not is_given(call, "weights_only", True))
    }
    assert trusting == set()


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    unwanted = {"utils", "util", "helpers", "helper", "misc", "common", "manager"}
    assert {name for name in MODULES if set(name.split(".")) & unwanted} == set()


def test_every_module_says_what_it_owns() -> None:
    silent = {name for name, path in MODULES.items() if not ast.get_docstring(tree(path))}
    assert silent == set()


# What is tested through more than one module, in words of its own.
TESTED_ACROSS = {
    "adapters": {"engine_real", "own_code"},
    "benchmark": {"benchmark"},
    "commands": {"conversation"},
    "prompts": {"every_text"},
    "conversation": {"service_contract"},
    "ranking": {"plain_terms"},
    "understanding": {
        *("corpus", "declining", "everyday_talk", "genres"),
        *("labelled_messages", "long_messages", "real_talk", "understander_contract"),
    },
    "web": {"accounts_page", "look", "proxy", "real_accounts", "real_server"},
}


def test_tests_stand_as_the_modules_do() -> None:
    """``tests/core/test_x.py`` is of ``bot/core/x.py``; a drill's tests are of the drill."""
    found: dict[str, set[str]] = {}
    for file in (ROOT / "tests").glob("*/**/test_*.py"):
        folder = file.parent.relative_to(ROOT / "tests")
        name = file.stem.removeprefix("test_")
        homes = [ROOT / "bot" / folder, ROOT / folder]
        homes += [file.parent] if folder.parts[0] == "drills" else []
        if not any((home / f"{name}.py").exists() or (home / name).is_dir() for home in homes):
            found.setdefault(folder.as_posix(), set()).add(name)
    assert found == TESTED_ACROSS


def test_tests_run_loops_in_a_thread_of_their_own() -> None:
    """Where a browser is driven in the same run, the main thread has a loop already."""
    files = [*(ROOT / "tests").rglob("test_*.py")]
    assert [file.name for file in files if "asyncio" + ".run(" in file.read_text("utf-8")] == []
