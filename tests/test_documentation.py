from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot import documentation
from bot.cli import COMMANDS
from bot.core.settings import Settings
from tests.test_structure import FLOORS, MODULES


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docs").mkdir()
    room = tmp_path / "bot"
    room.mkdir()
    (room / "__init__.py").write_text('"""The conversation. And more."""\n')
    start, end = documentation.TREE_START, documentation.TREE_END
    (tmp_path / "README.md").write_text(f"# Title\n\n{start}\nold\n{end}\n\nRest.\n")
    monkeypatch.setattr(documentation, "ROOT", tmp_path)
    return tmp_path


def test_pages_are_written_and_then_in_step(elsewhere: Path) -> None:
    assert documentation.main(["--check"]) == 1
    assert documentation.main([]) == 0
    assert documentation.main(["--check"]) == 0
    readme = (elsewhere / "README.md").read_text()
    assert "bot/  The conversation\n" in readme
    assert readme.startswith("# Title\n")
    assert readme.endswith("\nRest.\n")
    assert "old" not in readme


@pytest.mark.parametrize(
    ("page", "word"),
    [("docs/cli.md", "Usage"), ("docs/configuration.md", "default"), ("README.md", "conversation")],
)
def test_a_page_out_of_step_is_named_and_left_alone(
    elsewhere: Path, capsys: pytest.CaptureFixture[str], page: str, word: str
) -> None:
    documentation.main([])
    path = elsewhere / page
    changed = path.read_text().replace(word, "weather")
    path.write_text(changed)
    capsys.readouterr()
    assert documentation.main(["--check"]) == 1
    assert capsys.readouterr().out.startswith(page)
    assert path.read_text() == changed


def test_every_setting_and_command_is_listed() -> None:
    configuration = documentation.configuration_page()
    for name in Settings.model_fields:
        assert f"`TASTEBOT_{name.upper()}`" in configuration
    page = documentation.cli_page()
    for path in sorted((documentation.ROOT / "bot" / "commands").glob("*.py")):
        if path.stem in COMMANDS:
            assert f"\n### tastebot {path.stem}\n" in page


def test_every_command_shows_one_example() -> None:
    for _, command in documentation._commands():
        assert (command.epilog or "").startswith("Example: ")
        assert command.help


def test_a_readme_without_markers_is_left_as_it_is() -> None:
    assert documentation.with_tree("# Nothing\n") == "# Nothing\n"


def test_an_unknown_argument_is_refused() -> None:
    assert documentation.main(["--nope"]) == 2


PAGES = [
    documentation.ROOT / "README.md",
    *sorted((documentation.ROOT / "docs").glob("*.md")),
]
_ROOMS = "|".join(documentation.ROOMS)
_PATH = re.compile(rf"(?<![\w/.])((?:{_ROOMS})/[\w./-]*|[\w./-]+\.py)\b/?")
_DOTTED = re.compile(rf"(?:`|-m )((?:{_ROOMS})(?:\.\w+)+)")


def _defines(module: Path, name: str) -> bool:
    if not module.is_file():
        return False
    named = {
        getattr(node, "name", None) or getattr(node, "id", None)
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
    }
    return name in named


def _is_there(dotted: str) -> bool:
    """Whether a dotted name is a module, or a name that the module before it defines."""
    *before, last = dotted.split(".")
    path = documentation.ROOT.joinpath(*before)
    return (
        (path / last).is_dir()
        or (path / f"{last}.py").is_file()
        or _defines(path.with_suffix(".py"), last)
        or _defines(path / "__init__.py", last)
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_and_module_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    gone = {path for path in _PATH.findall(text) if not (documentation.ROOT / path).exists()}
    assert gone | {name for name in _DOTTED.findall(text) if not _is_there(name)} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_that_a_page_links_to_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert {link for link in links if not (page.parent / link).exists()} == set()


def test_the_tree_knows_the_place_of_every_room() -> None:
    assert [name for name in documentation.WAY if not (documentation.ROOT / name).is_dir()] == []
    rooms = {package.parent.name for package in (documentation.ROOT / "bot").glob("*/__init__.py")}
    assert {f"bot/{room}" for room in rooms} <= set(documentation.WAY)


def test_the_page_on_the_design_opens_on_the_rooms_by_their_floors() -> None:
    page = (documentation.ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d+) \| `([\w/]+)(?:/|\.py)` \|", page.split("## The way")[0], re.M)
    assert sorted((int(floor), path.replace("/", ".")) for floor, path in listed) == sorted(
        (floor, room) for floor, rooms in enumerate(FLOORS) for room in rooms
    )


def test_a_message_passes_no_file_twice() -> None:
    page = (documentation.ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    stops = re.findall(r"^\| (\d+) \| `([\w/]+)\.py` \|", page.split("## The way")[1], re.M)
    assert [int(number) for number, _ in stops] == [*range(1, len(stops) + 1)]
    assert len({path for _, path in stops}) == len(stops) <= 15
    assert {path.replace("/", ".") for _, path in stops} <= MODULES.keys()
