"""Files are damaged one at a time: each is mended by itself, or told in one line, and nothing else.

Owns the cases and what counts as passed. For each case a whole data folder is copied and damaged;
`setup --check` has to name the file and change nothing; the command has to mend it, and suggest
what it suggested before, or to end with exit code 2 and one line that names it. Then killed
set-ups: whatever they leave, the next one ends with all right and nothing left over.

    python -m tests.drills.damaged_files            the default base model and films, half an hour
    python -m tests.drills.damaged_files --small    a tiny model and a dozen films, some minutes
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ASK = ("recommend", "--user", "ana", "--text", "a tense crime film", "-k", "5", "--json")
SET_UP = ("setup",)
LIMIT = 600
"""Seconds that a command may take; the base model may have to be fetched."""
HALF_MADE = ("**/*.partial", "**/.*.partial-*", "models/.int8-*", "prepared/*.npz")


def _flip(file: Path) -> None:
    """Some bytes in the middle become others; the length stays."""
    with file.open("r+b") as opened:
        opened.seek(file.stat().st_size // 2)
        middle = opened.read(8)
        opened.seek(file.stat().st_size // 2)
        opened.write(bytes(byte ^ 0x5A for byte in middle))


def _zero(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def _cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size * 2 // 3)


def _replace_by_folder(file: Path) -> None:
    file.unlink()
    (file / "in-the-way").mkdir(parents=True)


def _lock_up(file: Path) -> None:
    file.chmod(0)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "flipped": _flip,
    "zeros": _zero,
    "cut short": _cut,
    "empty": lambda file: file.write_bytes(b""),
    "deleted": lambda file: file.unlink(),
    "a folder": _replace_by_folder,
    "unreadable": _lock_up,
}


@dataclass(frozen=True)
class Case:
    """`place` is a pattern below the world's folder; `told` cases cannot be mended here."""

    place: str
    damage: str
    told: bool = False
    command: Sequence[str] = ASK
    settings: dict[str, str] = field(default_factory=dict)
    """Settings besides the world's own, ``{world}`` standing for its folder."""


BASE = "home/models/*-*/"  # a base model's folder has a dash in its name, default or tiny
GRAPHS, PREPARED = "home/models/", "home/prepared/"
OWN_ADAPTER = {"TASTEBOT_ADAPTER": "{world}/adapter"}
OWN_BASE = {"TASTEBOT_BASE_MODEL": "{world}/own"}

SHORT = (
    Case(f"{BASE}model.safetensors", "flipped"),
    Case(f"{GRAPHS}layers-*.data", "zeros", command=SET_UP),
    Case("adapter/adapter_model.safetensors", "flipped", told=True, settings=OWN_ADAPTER),
)
LONG = (
    Case("adapter/adapter_model.safetensors", "flipped", told=True, settings=OWN_ADAPTER),
    Case("adapter/ranking.safetensors", "cut short", told=True, settings=OWN_ADAPTER),
    Case("adapter/card.json", "empty", told=True, settings=OWN_ADAPTER),
    Case("own/model.safetensors", "cut short", told=True, settings=OWN_BASE),
    Case("own/tokenizer.json", "zeros", told=True, settings=OWN_BASE),
    Case("own/config.json", "deleted", told=True, settings=OWN_BASE),
    Case("home/tastebot.sqlite3", "zeros", told=True),
    Case("home/tastebot.sqlite3", "cut short", told=True, command=SET_UP),
    Case(f"{PREPARED}*.vectors.npy", "flipped"),
    Case(f"{PREPARED}*.vectors.npy", "cut short"),
    Case(f"{PREPARED}*.features.npy", "zeros"),
    Case(f"{PREPARED}*.features.npy", "unreadable", command=SET_UP),
    Case(f"{PREPARED}terms-*.sums.json", "flipped"),
    Case(f"{PREPARED}items-*.pickle", "flipped"),
    Case(f"{PREPARED}attributes-*.pickle", "empty"),
    Case(f"{PREPARED}terms-*.pickle", "cut short"),
    Case(f"{PREPARED}understander-*.pickle", "a folder"),
    Case(f"{PREPARED}understander-*.sums.json", "deleted"),
    Case(f"{PREPARED}set-up-*", "zeros", command=SET_UP),
    Case(f"{GRAPHS}int8-*.safetensors", "flipped"),
    Case(f"{GRAPHS}int8-*.safetensors", "empty", command=SET_UP),
    Case(f"{GRAPHS}layers-*.data", "zeros"),
    Case(f"{GRAPHS}layers-*.data", "cut short"),
    Case(f"{GRAPHS}layers-*.onnx", "flipped"),
    Case(f"{GRAPHS}output-*.data", "deleted"),
    Case(f"{GRAPHS}output-*.onnx", "a folder"),
    Case(f"{GRAPHS}int8-*.sums.json", "zeros"),
    Case(f"{BASE}model.safetensors", "flipped"),
    Case(f"{BASE}model.safetensors", "cut short", command=SET_UP),
    Case(f"{BASE}tokenizer.json", "zeros"),
    Case(f"{BASE}tokenizer_config.json", "empty"),
    Case(f"{BASE}config.json", "a folder"),
    Case(f"{BASE}base.json", "flipped"),
    Case(f"{BASE}base.sums.json", "cut short"),
)

KILLS, KILLS_SMALL = (3.0, 8.0, 15.0, 25.0), (0.5, 1.5, 3.0, 6.0)
"""Seconds after which a set-up is killed."""


@dataclass(frozen=True)
class World:
    """A folder with a whole data folder, and an adapter and a base model that somebody brought."""

    folder: Path
    settings: dict[str, str]

    def copied(self, to: Path) -> World:
        shutil.copytree(self.folder, to)
        return World(to, self.settings)

    def environment(self, more: dict[str, str]) -> dict[str, str]:
        rest = {name: value for name, value in os.environ.items() if "TASTEBOT_" not in name}
        given = {"TASTEBOT_HOME": "{world}/home", **self.settings, **more}
        shown = {name: value.format(world=self.folder) for name, value in given.items()}
        return {**rest, **shown, "PYTHONPATH": str(ROOT)}

    def run(
        self, *arguments: str, settings: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env=self.environment(settings or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )


class Failed(Exception):
    """What a case was expected to show and did not."""


def make_world(folder: Path, *, small: bool, home: Path | None = None) -> World:
    """Everything whole: set up by the program itself, or copied from a `home` that is."""
    from tests.tiny_model import save_tiny_model

    folder.mkdir()
    settings: dict[str, str] = {}
    if home is not None:
        shutil.copytree(home, folder / "home")
        for note in (folder / "home" / "prepared").glob("set-up-*"):
            note.unlink()  # so that all is looked at, and made where it is not there
    shutil.copytree(ROOT / "adapters" / "tastebot-films", folder / "adapter")
    save_tiny_model(folder / "own")
    if small:
        from tests.tiny_gguf import save_tiny_gguf

        save_tiny_gguf(folder / "tiny.gguf")
        _write_films(folder / "few.csv")
        settings = {
            "TASTEBOT_BASE_MODEL": "{world}/tiny.gguf",
            "TASTEBOT_CATALOGUE": "few",
        }
    world = World(folder, settings)
    if small:
        _expect(world.run("catalogue", "import", "few", str(folder / "few.csv")), 0)
    _expect(world.run("setup"), 0)
    return world


def _write_films(file: Path) -> None:
    from tests.small_films import FILMS

    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["id", "title", "year", "genres", "directors", "cast"])
        for film in FILMS:
            lists = ("|".join(film.attributes[name]) for name in ("genres", "directors", "cast"))
            rows.writerow([film.item_id, film.title, film.year, *lists])


def play(case: Case, world: World, wanted: list[str]) -> str:
    """Damage `world` as the case says and see what happens; gives what was said."""
    files = sorted(world.folder.glob(case.place))
    if len(files) != 1:
        raise Failed(f"one file was expected at {case.place}, found {files}")
    (file,) = files
    DAMAGES[case.damage](file)
    looked = world.run("setup", "--check", "--json", settings=case.settings)
    _expect(looked, 1)
    named = [each for each in json.loads(looked.stdout)["checked"] if each["state"] != "right"]
    if not any(_names(str(each), file) for each in named):
        raise Failed(f"setup --check was expected to name {file.name}, said {named}")
    done = world.run(*case.command, settings=case.settings)
    if case.told:
        _expect(done, 2)
        lines = done.stderr.strip().splitlines()
        if len(lines) != 1 or not _names(lines[0], file):
            raise Failed(f"one line that names {file.name} was expected, found {lines}")
        return lines[0]
    _expect(done, 0)
    said = [line for line in done.stderr.splitlines() if "made_again" in line]
    again = done if case.command == ASK else world.run(*ASK)
    if suggested(again) != wanted:
        raise Failed(f"{wanted} was expected, suggested {suggested(again)}")
    _expect(world.run("setup", "--check"), 0)
    return said[0] if said else "mended without a word"


def _names(text: str, file: Path) -> bool:
    """Whether a text names a file, or for one that is part of a whole, the whole."""
    whole = {"set-up": "what is prepared", "tokenizer": "tokeniser"}
    stem = file.name.partition(".")[0]
    return (
        file.name in text
        or any(stem.startswith(start) and said in text for start, said in whole.items())
        or stem in text
    )


def play_killed(world: World, after: float, wanted: list[str]) -> str:
    """Kill a set-up that has everything but the base to make; the next one mends all."""
    for kept in (*world.folder.glob("home/models/*.*"), *world.folder.glob("home/prepared/*")):
        kept.unlink()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "setup"],
        cwd=world.folder,
        env=world.environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.wait()
    left = [str(path.name) for path in _half_made(world)]
    time.sleep(1.0)  # what it had started ends by itself
    _expect(world.run("setup"), 0)
    _expect(world.run("setup", "--check"), 0)
    rest = _half_made(world)
    if rest:
        raise Failed(f"nothing half-made was expected, found {rest}")
    if suggested(world.run(*ASK)) != wanted:
        raise Failed("other suggestions than before")
    return f"left {', '.join(left) or 'nothing half-made'}"


def _half_made(world: World) -> list[Path]:
    return [path for kind in HALF_MADE for path in (world.folder / "home").glob(kind)]


def suggested(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The item ids that `recommend --json` printed."""
    _expect(done, 0)
    document: Any = json.loads(done.stdout)
    return [each["item_id"] for each in document["recommendations"]]


def _expect(done: subprocess.CompletedProcess[str], code: int) -> None:
    if "Traceback" in done.stderr:
        raise Failed(f"a traceback: {done.stderr[-400:]}")
    if done.returncode != code:
        tail = (done.stderr or done.stdout)[-400:]
        raise Failed(f"exit code {code} was expected, found {done.returncode}: {tail}")


def run_drill(
    world: World, cases: Sequence[Case], kills: Sequence[float], scratch: Path
) -> Iterator[tuple[str, bool, str, float]]:
    """Each case in a copy of `world`: (what, whether it passed, what was said, seconds)."""
    wanted = suggested(world.run(*ASK))
    for after in kills:
        with _timed(world, scratch) as (copy, since):
            name = f"setup killed after {after:g} s"
            yield name, *_outcome(partial(play_killed, copy, after, wanted)), since()
    for case in cases:
        if case.damage == "unreadable" and os.geteuid() == 0:
            continue  # root reads everything
        name = f"{case.place.rpartition('/')[2]} {case.damage}, {case.command[0]}"
        with _timed(world, scratch) as (copy, since):
            yield name, *_outcome(partial(play, case, copy, wanted)), since()


@contextmanager
def _timed(world: World, scratch: Path) -> Iterator[tuple[World, Callable[[], float]]]:
    copy = world.copied(scratch / "case")
    began = time.monotonic()
    try:
        yield copy, lambda: time.monotonic() - began
    finally:
        shutil.rmtree(copy.folder)


def _outcome(play: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, play()
    except (Failed, subprocess.TimeoutExpired, ValueError) as error:
        return False, f"{type(error).__name__}: {error}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--small", action="store_true", help="a tiny model and a dozen films")
    parser.add_argument("--home", type=Path, help="a data folder to copy instead of fetching")
    parser.add_argument("--only", default="", help="cases with this in their names, no kills")
    given = parser.parse_args()
    cases = [case for case in LONG if given.only in f"{case.place} {case.damage}"]
    if given.small:  # item vectors come with an adapter, which the tiny model has not
        cases = [case for case in cases if not case.place.endswith(".npy")]
    kills = () if given.only else KILLS_SMALL if given.small else KILLS
    passed, ran = 0, 0
    with tempfile.TemporaryDirectory(prefix="damaged-") as folder:
        world = make_world(Path(folder) / "world", small=given.small, home=given.home)
        for name, well, said, seconds in run_drill(world, cases, kills, Path(folder)):
            ran, passed = ran + 1, passed + well
            print(f"{'ok    ' if well else 'FAILED'} {seconds:6.1f} s  {name}: {said}", flush=True)
    print(f"{passed} of {ran} cases mended or told")
    return 0 if passed == ran else 1


if __name__ == "__main__":
    sys.exit(main())
