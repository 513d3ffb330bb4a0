"""The drill of guessed passwords, in short."""

from __future__ import annotations

import pytest

from tests.drills import password_guessing


@pytest.mark.slow
def test_guessing_holds_nobody_up(capsys: pytest.CaptureFixture[str]) -> None:
    # More patient than the drill itself: other tests may have the machine.
    short = ["--callers", "12", "--seconds", "3", "--patience", "6"]
    assert password_guessing.main(short) == 0, capsys.readouterr().out
