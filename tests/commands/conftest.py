from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot import cli

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Tastebot = Callable[..., Outcome]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("TASTEBOT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TASTEBOT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def tastebot(home: Path, capsys: pytest.CaptureFixture[str]) -> Tastebot:
    """Run a command in this process, as the installed one would."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main([str(argument) for argument in arguments])
        caught = capsys.readouterr()
        return Outcome(int(left.value.code or 0), caught.out, caught.err)

    return run


@pytest.fixture
def process(home: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start a command in a process of its own."""

    def start(*arguments: object, code: str | None = None) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code] if code else [sys.executable, "-m", "bot"]
        return subprocess.Popen(
            [*command, *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
