"""A process that hangs as a whole says where."""

from __future__ import annotations

import subprocess
import sys

HANGS = """
import re, time
from bot.web.turns import heartbeat
heartbeat.BEAT, heartbeat.HANGS_AFTER = 0.05, 0.5
beats = heartbeat.Heartbeat()
beats.start()
time.sleep(1.0)
print("beats", flush=True)
def hangs():
    re.match(r"(a|a)*b", "a" * {length})
hangs()
beats.stop()
time.sleep(1.0)
"""


def test_what_lets_nothing_else_run_is_told_and_a_beating_heart_is_not() -> None:
    quiet, hanging = (
        subprocess.run(
            [sys.executable, "-c", HANGS.format(length=length)],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        for length in (3, 24)
    )
    assert "beats" in quiet.stdout
    assert quiet.stderr == ""
    assert "in hangs" in hanging.stderr
