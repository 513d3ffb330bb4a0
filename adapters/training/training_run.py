"""A training run on disk: its options, how far it got, and what to go on from after a kill.

Owns the files; leaves the training itself to `trainer`. A state is written beside the last one and
renamed, so that a kill at any moment leaves one that is whole.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.core.errors import ModelError

PROGRESS = "progress.json"
STATE = "state"
BEST = "best"


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """What a run is made with; all of it goes into the adapter's card.

    `trained_layers` upper layers get LoRA of `rank`; the others are frozen and computed once.
    `learning_rate` falls linearly to a twentieth after `warm_up` steps. `most_tokens` is the size
    of a batch after padding. Training ends after `epochs`, when the held-out loss has not fallen
    for `patience` epochs, or when `max_minutes` are over.
    """

    seed: int = 0
    rank: int = 16
    trained_layers: int = 6
    dropout: float = 0.1
    epochs: int = 1
    patience: int = 1
    learning_rate: float = 4e-4
    warm_up: int = 20
    most_tokens: int = 1500
    max_minutes: float | None = None


@dataclass(slots=True)
class RunProgress:
    """How far a run got: the next batch is `batch` of `epoch`; losses are held-out ones."""

    epoch: int = 0
    batch: int = 0
    best_loss: float | None = None
    best_epoch: int | None = None
    seconds: float = 0.0
    finished: bool = False


class RunFolder:
    """The folder in which a run keeps its state."""

    def __init__(self, folder: Path, fingerprint: str):
        self.folder = folder
        self._fingerprint = fingerprint

    @property
    def logs(self) -> Path:
        """Where TensorBoard's files go."""
        return self.folder / "logs"

    @property
    def best(self) -> Path:
        """Where the best epoch's weights lie."""
        return self.folder / BEST

    @property
    def state(self) -> Path:
        """Where the newest whole state lies."""
        return self.folder / STATE

    def resume(self, options: TrainingOptions) -> RunProgress:
        """How far an earlier run of the same data and options got; a new start when there is none.

        Raises ModelError when the folder holds a run of other data or options.
        """
        found = self._read(self.state / PROGRESS) or self._read(self.folder / PROGRESS)
        if found is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            return RunProgress()
        wanted = self._identity(options)
        if found.get("identity") != wanted:
            differing = sorted(
                key for key in wanted if found.get("identity", {}).get(key) != wanted[key]
            )
            raise ModelError(
                f"The unfinished training in {self.folder} was started with other data or options",
                found=f"a difference in {', '.join(differing)}",
                remedy="Remove that folder to start anew, or repeat the first command",
            )
        return RunProgress(**found["progress"])

    def write(self, progress: RunProgress, options: TrainingOptions, save: Any) -> None:
        """Keep a state: `save` is called with the folder to write the weights to."""
        fresh = self.folder / f"{STATE}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        save(fresh)
        document = {"identity": self._identity(options), "progress": asdict(progress)}
        (fresh / PROGRESS).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        old = self.folder / f"{STATE}.old"
        shutil.rmtree(old, ignore_errors=True)
        if self.state.exists():
            self.state.rename(old)
        fresh.rename(self.state)
        shutil.rmtree(old, ignore_errors=True)

    def clear(self) -> None:
        """Remove the run when its result is safe elsewhere."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _identity(self, options: TrainingOptions) -> dict[str, Any]:
        identity = asdict(options)
        identity.pop("max_minutes")  # more time for the same run is no other run
        return {**identity, "data": self._fingerprint}

    def _read(self, file: Path) -> dict[str, Any] | None:
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            old = file.parent.with_name(f"{STATE}.old") / PROGRESS
            if file.parent.name == STATE and old.is_file():
                # Killed between the two renames: the old state is the newest whole one.
                old.parent.rename(file.parent)
                return self._read(file)
            return None
        return content if isinstance(content, dict) else None
