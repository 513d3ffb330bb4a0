"""The training runs whose traces lie on this machine: cards of adapters, curves of unfinished ones.

Reads what `tastebot train` wrote and changes nothing; a folder that cannot be read is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CARD = "card.json"
LOGS = "logs"
HELD = "held_"
MOST_RUNS = 20


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One trained adapter as its card tells; `figures` are those of held-out dialogues."""

    name: str
    in_use: bool
    command: str
    base: str
    dialogues: int | None
    seconds: float | None
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """A loss by step, as TensorBoard's files keep it: ``train/loss``, ``held/loss``, …"""

    run: str
    tag: str
    steps: tuple[int, ...]
    values: tuple[float, ...]


def training_runs(in_use: Path | None, home: Path) -> list[TrainingRun]:
    """The adapter in use first, then those beside it and in the data folder, by name."""
    folders = dict.fromkeys(path.parent for path in _beside(in_use, home, CARD))
    runs = []
    for folder in sorted(folders, key=lambda folder: (folder != in_use, folder.name)):
        run = _run(folder, folder == in_use)
        if run is not None:
            runs.append(run)
    return runs[:MOST_RUNS]


def training_curves(in_use: Path | None, home: Path) -> list[Curve]:
    """The curves of runs that left logs; none where TensorBoard is not installed."""
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError:
        return []
    curves = []
    for logs in sorted(set(_beside(in_use, home, LOGS)))[:MOST_RUNS]:
        if not logs.is_dir():
            continue
        read = EventAccumulator(str(logs))
        read.Reload()
        run = logs.parent.name.removeprefix(".").removesuffix(".run")
        for tag in read.Tags()["scalars"]:
            if tag.endswith("/loss"):
                points = read.Scalars(tag)
                steps = tuple(point.step for point in points)
                curves.append(Curve(run, tag, steps, tuple(point.value for point in points)))
    return curves


def _beside(in_use: Path | None, home: Path, name: str) -> Iterator[Path]:
    if in_use is not None:
        yield from in_use.parent.glob(f"*/{name}")
    for depth in ("*", "*/*"):
        yield from home.glob(f"{depth}/{name}")


def _run(folder: Path, in_use: bool) -> TrainingRun | None:
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        figures = card["figures"]
        return TrainingRun(
            name=str(card.get("name") or folder.name),
            in_use=in_use,
            command=str(card.get("command") or ""),
            base=str(card.get("base_name") or ""),
            dialogues=card.get("dialogues"),
            seconds=figures.get("training_seconds"),
            figures={
                name.removeprefix(HELD): float(value)
                for name, value in figures.items()
                if name.startswith(HELD)
            },
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
