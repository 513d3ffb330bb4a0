from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_no_hostile_catalogue_takes_a_gigabyte_or_ends_without_a_sentence() -> None:
    # In a process with one thread, which can be forked.
    done = subprocess.run(
        [sys.executable, "-m", "tests.drills.hostile_catalogues", "--short"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("refused") >= 38
