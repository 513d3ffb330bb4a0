"""The generated documentation: commands, settings and the tree of folders.

Writes ``docs/cli.md`` from the help of the commands, ``docs/configuration.md`` from the settings,
and the tree in ``README.md`` between its two markers; with ``--check`` it only says what differs
and exits 1.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from bot.cli import COMMANDS, cli
from bot.core.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
TREE_START = "<!-- tree: made by `make docs` -->"
TREE_END = "<!-- end of tree -->"
ROOMS = ("bot", "adapters", "storage", "prompts", "tests")
WAY = (
    "bot/web",
    "bot/web/pages",
    "bot/web/turns",
    "bot/web/view",
    "bot/web/requests",
    "bot/web/auth",
    "bot/web/owner",
    "bot/web/gradio_patches",
    "bot/conversation",
    "bot/understanding",
    "bot/understanding/linking",
    "bot/understanding/stances",
    "bot/understanding/limits",
    "bot/profile",
    "bot/policy",
    "bot/ranking",
    "bot/ranking/terms",
    "bot/ranking/items",
    "bot/replies",
    "bot/core",
    "bot/commands",
    "bot/training",
    "bot/data",
    "bot/evaluation",
    "bot/benchmark",
    "bot/installation",
    "adapters/engine",
    "adapters/runtime",
    "adapters/models",
    "adapters/training",
    "adapters/machine",
    "storage/person",
    "storage/catalogue",
    "storage/account",
    "storage/backup",
    "storage/sql",
)
"""The order of the tree: a message's way through the code first, then the rest."""
DEPTHS = {"bot": 3, "tests": 1}
"""Levels of folders that are shown of each, two where none is given. The tests mirror the rest."""
HELP_WIDTH = 90
MADE = "<!-- Made by `make docs`; change the code instead. -->"


def cli_page() -> str:
    """Every command with its help, as Markdown."""
    parts = [f"# Commands\n\n{MADE}\n"]
    for path, command in _commands():
        context = click.Context(
            command,
            info_name=" ".join(path),
            terminal_width=HELP_WIDTH,
            max_content_width=HELP_WIDTH,
            help_option_names=["-h", "--help"],
        )
        level = "#" * (1 + len(path))
        parts.append(f"{level} {' '.join(path)}\n\n```\n{command.get_help(context).strip()}\n```\n")
    return "\n".join(parts)


def configuration_page() -> str:
    """Every setting with its variable, its default and what it is for, as Markdown."""
    lines = [
        "# Configuration",
        "",
        MADE,
        "",
        "Settings are read from environment variables, once, when a command starts. A variable "
        f"that begins with `{PREFIX}` and is not in this table is reported.",
        "",
        "| variable | default | meaning |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        if field.default_factory is not None:
            default = "the system's folder for data"
        elif field.default in (None, ()):
            default = "not set"
        else:
            default = f"`{str(field.default).lower() if field.default is False else field.default}`"
        meaning = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{PREFIX}{name.upper()}` | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


def tree() -> str:
    """The folders of code, each with the first sentence of what it says it owns."""
    lines = []
    for room in ROOMS:
        for folder in _packages(ROOT / room):
            name = folder.relative_to(ROOT)
            depth = len(name.parts) - 1
            lines.append((f"{'    ' * depth}{folder.name}/", _first_sentence(folder)))
    width = max(len(name) for name, _ in lines) + 2
    drawn = "\n".join(f"{name.ljust(width)}{about}".rstrip() for name, about in lines)
    return f"```\n{drawn}\n```"


def with_tree(readme: str) -> str:
    """A README with the tree put between its markers; unchanged when it has none."""
    before, start, rest = readme.partition(TREE_START)
    _, end, after = rest.partition(TREE_END)
    if not start or not end:
        return readme
    return f"{before}{start}\n{tree()}\n{end}{after}"


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` name those that differ; the exit code."""
    check = arguments == ["--check"]
    if arguments and not check:
        click.echo(f"expected --check or nothing; found {' '.join(arguments)}", err=True)
        return 2
    pages: dict[Path, Callable[[str], str]] = {
        ROOT / "docs" / "cli.md": lambda _: cli_page(),
        ROOT / "docs" / "configuration.md": lambda _: configuration_page(),
        ROOT / "README.md": with_tree,
    }
    stale = []
    for path, made in pages.items():
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after = made(before)
        if after != before:
            stale.append(path)
            if not check:
                path.write_text(after, encoding="utf-8")
    for path in stale:
        name = path.relative_to(ROOT)
        click.echo(f"{name} is not in step; run `make docs`." if check else f"Wrote {name}.")
    return 1 if check and stale else 0


def _commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(cli, info_name="tastebot")
    yield ("tastebot",), cli
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if command is None:
            continue
        yield ("tastebot", name), command
        if isinstance(command, click.Group):
            for inner in sorted(command.commands):
                yield ("tastebot", name, inner), command.commands[inner]


def _packages(folder: Path) -> Iterator[Path]:
    if not (folder / "__init__.py").exists():
        return
    yield folder
    parts = folder.relative_to(ROOT).parts
    if len(parts) < DEPTHS.get(parts[0], 2):
        for inner in sorted((each for each in folder.iterdir() if each.is_dir()), key=_place):
            yield from _packages(inner)


def _place(folder: Path) -> tuple[int, str]:
    name = folder.relative_to(ROOT).as_posix()
    return (WAY.index(name) if name in WAY else len(WAY), name)


def _first_sentence(folder: Path) -> str:
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(text.split("\n\n")[0].split())
    return paragraph.split(". ")[0].rstrip(".")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
