"""The drill of guessed passwords, in short."""

from __future__ import annotations

import pytest

from tests.drills import password_guessing


def test_guessing_holds_nobody_up(capsys: pytest.CaptureFixture[str]):
    assert password_guessing.main(["--callers", "12", "--seconds", "4"]) == 0, (
        capsys.readouterr().out
    )
