"""Finds a Chromium to drive: the system's, else Playwright's download, else Debian's package.

``python -m tests.web.chromium`` fetches one where there is none, or says what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
REMEDY = (
    "The browser tests need a Chromium and none could be had. Install one, for example with "
    "`apt-get install chromium` or `python -m playwright install --with-deps chromium`."
)


def installed() -> str | None:
    """The path of a Chromium that starts; None when there is none."""
    for name in NAMES:
        path = shutil.which(name)
        if path and _starts(path):
            return path
    return next(filter(_starts, _downloaded()), None)


def chromium() -> str:
    """The path of a Chromium, fetched if need be. SystemExit with a remedy when none can be had."""
    path = installed()
    for fetch in (_download, _install_package):
        if path is None:
            fetch()
            path = installed()
    if path is None:
        raise SystemExit(REMEDY)
    return path


def _starts(path: str) -> bool:
    try:
        run = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0


def _downloaded() -> list[str]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return [path] if Path(path).exists() else []


def _download() -> None:
    print("Fetching a Chromium with Playwright…", file=sys.stderr)
    _try([sys.executable, "-m", "playwright", "install", "chromium"])


def _install_package() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    print("Installing the system's chromium package…", file=sys.stderr)
    _try(["apt-get", "update", "-qq"])
    _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])


def _try(command: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(command, env=environment, stdout=sys.stderr, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)


if __name__ == "__main__":
    print(f"Browser tests use {chromium()}")
