"""A module that is imported lazily is the real one to whoever asks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SETS_IN = (
    "from bot.web.gradio_patches.lazy_import import import_lazily\n"
    "import_lazily('late'); import sys; "
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that prints when it is imported, with a part."""
    folder = tmp_path / "late"
    folder.mkdir()
    (folder / "__init__.py").write_text("print('imported')\nnumber = 3\n", encoding="utf-8")
    (folder / "part.py").write_text("from late import number\n", encoding="utf-8")
    return tmp_path


def run(code: str, package: Path) -> list[str]:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(package)!r}); {SETS_IN}{code}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import late", []),
        ("import late, inspect; inspect.getmodule(run)", []),
        ("import late; print(late.number)", ["imported", "3"]),
        ("from late import number; print(number)", ["imported", "3"]),
        ("import late.part; print(late.part.number)", ["imported", "3"]),
        ("import late; late.number; print(sys.modules['late'] is late)", ["imported", "False"]),
        ("import late; late.number; import late as again; print(again.number)", ["imported", "3"]),
        ("import late; print(hasattr(late, 'nothing'))", ["imported", "False"]),
    ],
)
def test_it_is_imported_when_something_is_asked_of_it(
    code: str, said: list[str], package: Path
) -> None:
    assert run("run = lambda: None; " + code, package) == said


def test_what_is_not_installed_stays_missing(package: Path) -> None:
    code = "import_lazily('nowhere'); print('nowhere' in sys.modules)"
    assert run(code, package) == ["False"]
