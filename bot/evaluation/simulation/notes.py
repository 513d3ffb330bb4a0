"""Sessions kept in a file as they are held, so that a long comparison can go on where it ended.

One JSON line for each session, under the arm, the person and the deal of their ratings. Whoever
reads it must ask for the same comparison: what differs in seed or ranker belongs in another file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot.core.errors import DataFileError
from bot.evaluation.simulation.sessions import SimulatedSession, SimulatedTurn
from bot.evaluation.simulation.truth import Verdict

Key = tuple[str, str, int]
"""Arm, person, and number of the deal."""


@dataclass
class SessionNotes:
    """What has been held of the comparison called `what`; without a file nothing is kept."""

    what: str
    file: Path | None = None
    held: dict[Key, SimulatedSession] = field(default_factory=dict)

    @classmethod
    def open(cls, what: str, file: Path | None) -> SessionNotes:
        """Read what is there. Raises DataFileError for notes of another comparison."""
        notes = cls(what, file)
        if file is None or not file.exists():
            return notes
        for line in file.read_text(encoding="utf-8").splitlines():
            try:
                note = json.loads(line)
                key = (note["arm"], note["person"], int(note["deal"]))
                session = _session(note)
            except (ValueError, KeyError, TypeError):
                break  # cut short: whatever came after is held again
            if note.get("what") != what:
                raise DataFileError(
                    f"{file.name} was expected to hold sessions of this comparison: {what}",
                    found=str(note.get("what"))[:200],
                    remedy="Name another file, or ask for that comparison",
                )
            notes.held[key] = session
        return notes

    def add(self, key: Key, session: SimulatedSession) -> None:
        """Note a session, at once."""
        self.held[key] = session
        if self.file is None:
            return
        arm, person, deal = key
        note = {"what": self.what, "arm": arm, "person": person, "deal": deal}
        turns = [asdict(turn) for turn in session.turns]
        with self.file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({**note, "turns": turns}) + "\n")


def _session(note: Mapping[str, Any]) -> SimulatedSession:
    turns = []
    for turn in note["turns"]:
        verdicts = tuple(
            Verdict(each["true"], each["largest_first"], tuple(each["sentences"]))
            for each in turn["verdicts"]
        )
        lists = {
            name: tuple(turn[name])
            for name in ("shown", "hits", "repeats", "off_catalogue", "broken")
        }
        turns.append(SimulatedTurn(**{**turn, **lists, "verdicts": verdicts}))
    return SimulatedSession(note["person"], tuple(turns))
