"""Drill: files made to do harm are imported; none takes a gigabyte, all end with one sentence.

    python -m tests.drills.hostile_catalogues            a process each, large files
    python -m tests.drills.hostile_catalogues --short    small files, as CI runs it

The short form looks at Parquet and at small files as the page does too, before the import.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.drills.hostile_files import CASES, good_file

MOST_MB = 1_000
LONG_SCALE = 10
LOOKED_AT = 1_000_000
"""Bytes of a file that the short form looks at besides."""
SECONDS = {"short": 30.0, "long": 120.0}
"""What one file may take on a busy machine; the long form's are ten times as large."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one import ended: its exit code, what it said, seconds, peak memory in MB."""

    name: str
    code: int
    said: str
    seconds: float
    peak: float

    def wrong(self, most_seconds: float) -> list[str]:
        """What of it is not as it must be."""
        found = []
        if self.code not in (0, 2):
            found.append(f"exit code {self.code}")
        if self.code == 2 and (self.said.count("\n") != 1 or len(self.said) > 1_000):
            found.append(f"not one short line: {self.said[:300]!r}")
        if "Traceback" in self.said or "should not" in self.said:
            found.append("an unforeseen error")
        if self.peak > MOST_MB:
            found.append("too much memory")
        if self.seconds > most_seconds:
            found.append("too slow")
        return found


def run(name: str, file: Path, home: Path, *, fresh: bool) -> Outcome:
    """Import a file in a process of its own, `fresh` or forked off this one."""
    said = home / f"{name}.said"
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _import(name, file, home, said, fresh)
    peak = 0.0
    while True:
        ended, status, used = os.wait4(child, os.WNOHANG)
        if ended:
            break
        peak = max(peak, _memory(child))
        time.sleep(0.01)
    own = used.ru_maxrss / (1 << 10 if sys.platform == "linux" else 1 << 20)
    return Outcome(
        name,
        os.waitstatus_to_exitcode(status),
        said.read_text(encoding="utf-8", errors="replace"),
        time.monotonic() - began,
        max(peak, own),
    )


def _import(name: str, file: Path, home: Path, said: Path, fresh: bool) -> None:
    """The import itself, in the child; does not come back."""
    command = ["catalogue", "import", name, str(file)]
    os.environ["TASTEBOT_HOME"] = str(home)
    out = os.open(said, os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(out, 2)
    if fresh:
        os.execv(sys.executable, [sys.executable, "-m", "bot", *command])
    from bot import cli
    from storage.catalogue.catalogue_preview import preview_catalogue

    code = 1
    try:
        looked = file.suffix == ".parquet" or not file.is_file() or file.stat().st_size < LOOKED_AT
        errors = preview_catalogue(file).errors if looked else None
        code = cli.run(command)
        if errors is not None and bool(errors) != bool(code):
            code = 3
        sys.stderr.flush()
    finally:
        os._exit(code)


def _memory(process: int) -> float:
    """MB that a process and all its children hold now."""
    total = 0
    try:
        first = psutil.Process(process)
        for each in (first, *first.children(recursive=True)):
            total += each.memory_info().rss
    except psutil.Error:  # it has just ended
        pass
    return total / (1 << 20)


def _make(files: dict[str, Path], scale: int) -> None:
    """Make the files in a child, which takes what that needed with it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            for name, path in files.items():
                CASES[name][1](path, scale)
            code = 0
        finally:
            os._exit(code)
    if os.waitpid(child, 0)[1] != 0:
        raise SystemExit("the files could not be made")


def drill(folder: Path, *, short: bool, only: str = "") -> list[str]:
    """Run every case; prints a line each and returns what went wrong."""
    if short:
        import storage.catalogue.catalogue_preview  # once, for all that are forked off
        import storage.catalogue.catalogues  # noqa: F401
        from bot.commands import catalogue  # noqa: F401
    form = "short" if short else "long"
    home = folder / "home"
    home.mkdir()
    broken: list[str] = []
    outcomes = []
    begin = run("before", good_file(folder / "good.jsonl"), home, fresh=not short)
    files = {name: folder / f"{name}{CASES[name][0]}" for name in CASES if only in name}
    _make(files, 1 if short else LONG_SCALE)
    for name, path in files.items():
        outcome = run(name, path, home, fresh=not short)
        outcomes.append(outcome)
        wrong = outcome.wrong(SECONDS[form])
        broken += [f"{name}: {each}" for each in wrong]
        verdict = "refused" if outcome.code == 2 else "imported" if outcome.code == 0 else "BROKEN"
        line = f"{verdict:9}{outcome.peak:6.0f} MB{outcome.seconds:7.2f} s  {name}"
        print(f"{line}: {outcome.said.strip()[:180]}", flush=True)
    after = run("after", good_file(folder / "good.jsonl"), home, fresh=not short)
    broken += [f"{each.name}: a good file" for each in (begin, after) if each.code != 0]
    peak = max(outcomes, key=lambda outcome: outcome.peak)
    slow = max(outcomes, key=lambda outcome: outcome.seconds)
    print(
        f"{len(outcomes)} hostile catalogues, {len(broken)} wrong; at most {peak.peak:.0f} MB "
        f"({peak.name}; {begin.peak:.0f} MB for a good one) and {slow.seconds:.1f} s ({slow.name})"
    )
    return broken


def main() -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="small files, one process forked each")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        broken = drill(Path(folder), short=given.short, only=given.only)
    for each in broken:
        print(f"WRONG  {each}")
    print("FAILED" if broken else "PASSED")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
