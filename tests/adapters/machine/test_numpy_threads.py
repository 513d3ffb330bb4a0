"""A server's NumPy has no threads of its own, unless it is told to."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from adapters.machine.numpy_threads import VARIABLE, keep_to_one_thread

THREADS = """
import os
import bot.commands.serve
from adapters.machine.numpy_threads import keep_to_one_thread
assert keep_to_one_thread()
import numpy as np
np.ones((400, 400)) @ np.ones((400, 400))
print(os.environ["OPENBLAS_NUM_THREADS"], len(os.listdir("/proc/self/task")))
"""


def number_and_threads(given: str | None) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if given is not None:
        environment[VARIABLE] = given
    found = subprocess.run(
        [sys.executable, "-c", THREADS],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return found.stdout.split()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads in /proc")
def test_products_stay_in_the_thread_that_asks_for_them() -> None:
    assert number_and_threads(None) == ["1", "1"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads in /proc")
def test_a_number_that_the_environment_gives_stays() -> None:
    assert number_and_threads("2")[0] == "2"


def test_it_is_too_late_once_numpy_is_there() -> None:
    import numpy as np

    assert np.__name__ in sys.modules
    assert keep_to_one_thread() is False
