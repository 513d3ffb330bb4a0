from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_no_acknowledged_turn_is_lost_when_the_process_is_killed() -> None:
    # In a process with one thread, which can be forked.
    done = subprocess.run(
        [sys.executable, "-m", "tests.drills.kills", "--kills", "30"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "30 kills" in done.stdout
