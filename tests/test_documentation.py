from __future__ import annotations

from pathlib import Path

import pytest

from bot import documentation
from bot.cli import COMMANDS
from bot.core.settings import Settings


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
