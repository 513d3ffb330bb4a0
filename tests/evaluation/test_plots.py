"""Plots are files, or a clear word on what is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.core.errors import UsageError
from bot.evaluation.plots import save_plots
from tests.evaluation.test_report import measured


def test_plots_are_written_as_pictures(tmp_path: Path) -> None:
    files = save_plots([measured("co-mention"), measured("random")], tmp_path / "new")
    assert {file.suffix for file in files} == {".png", ".svg"}
    assert all(file.stat().st_size > 1000 for file in files)


def test_a_folder_that_cannot_be_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--output"):
        save_plots([measured("random")], tmp_path / "file")


def test_without_matplotlib_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"pip install 'tastebot\[train\]'"):
        save_plots([measured("random")], tmp_path)
