"""What the commands share on a terminal and off it."""

from __future__ import annotations

import time

import pytest

from bot.commands import terminal


def test_a_log_gets_a_line_of_progress_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 5.0, 31.0, 32.0, 70.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))

    with terminal.progress_bar() as step:
        step("Reading", 1, 10)
        step("Reading", 2, 10)
        step("Reading", 3, 10)
        step("Writing", 7, None)

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == ["Reading: 2 of 10", "Writing: 7"]


def test_what_ends_soon_leaves_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress_bar() as step:
        step("Reading", 1, 2)
        step("Reading", 2, 2)

    assert capsys.readouterr().err == ""
