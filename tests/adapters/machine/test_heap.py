"""The C library is told to give memory back, where it can be told."""

from __future__ import annotations

import subprocess
import sys

import pytest

MEASURE = """
import threading
from adapters.machine.heap import limit_heaps
if {limited}:
    assert limit_heaps()
import torch
for _ in range(2):
    threads = [threading.Thread(target=lambda: [torch.ones(2_000_000) for _ in range(4)])
               for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
status = open("/proc/self/status").read()
print(int(status.split("VmRSS:")[1].split()[0]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's alone")
def test_what_threads_freed_is_given_back() -> None:
    free, limited = (
        int(
            subprocess.run(
                [sys.executable, "-c", MEASURE.format(limited=limited)],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for limited in (False, True)
    )
    assert limited <= free + 5


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    from adapters.machine import heap

    monkeypatch.setattr(sys, "platform", "darwin")
    assert heap.limit_heaps() is False
