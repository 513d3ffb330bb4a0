"""What a second core is worth: how much more two processes do at once than one.

Where two cores are two threads of one, or share their power with other machines, no program does
twice as much on both; figures of many people at once mean little without knowing how much.
"""

from __future__ import annotations

import subprocess
import sys

SECONDS = 1.0
_PRODUCTS = """
import os, sys
for library in ("OPENBLAS", "MKL", "OMP"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
from time import perf_counter
import numpy as np
matrix = np.random.default_rng(0).random((256, 256), dtype=np.float32)
for _ in range(20):
    matrix @ matrix
print("ready", flush=True)
sys.stdin.readline()
count, end = 0, perf_counter() + float(sys.argv[1])
while perf_counter() < end:
    matrix @ matrix
    count += 1
print(count, flush=True)
"""


def gain_of_two(seconds: float = SECONDS) -> float:
    """Matrix products of two processes at once, each on one thread, against those of one."""
    return _products(2, seconds) / max(_products(1, seconds), 1)


def _products(processes: int, seconds: float) -> int:
    """How many they do together in so many seconds."""
    command = [sys.executable, "-c", _PRODUCTS, str(seconds)]
    pipe = subprocess.PIPE
    started = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(processes)
    ]
    try:
        for each in started:
            assert each.stdout is not None
            each.stdout.readline()
        for each in started:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        return sum(int(each.communicate()[0]) for each in started)
    finally:
        for each in started:
            each.kill()
            each.wait()
