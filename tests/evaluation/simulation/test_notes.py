"""Kept sessions are taken again, those of another comparison are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import DataFileError
from bot.evaluation.simulation.notes import SessionNotes
from bot.evaluation.simulation.sessions import SimulatedSession, SimulatedTurn
from bot.evaluation.simulation.truth import Verdict

TURN = SimulatedTurn(
    "hi", "recommend", ("x", "y"), ("x",), 0.5, verdicts=(Verdict(True, False, ("so",)),)
)
SESSION = SimulatedSession("ana", (TURN, TURN))


def test_a_session_comes_back_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    SessionNotes.open("one", file).add(("arm", "ana", 0), SESSION)
    assert SessionNotes.open("one", file).held == {("arm", "ana", 0): SESSION}


def test_notes_of_another_comparison_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    SessionNotes.open("one", file).add(("arm", "ana", 0), SESSION)
    with pytest.raises(DataFileError, match="this comparison: two"):
        SessionNotes.open("two", file)


def test_a_line_that_was_cut_short_is_held_again(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    notes = SessionNotes.open("one", file)
    notes.add(("arm", "ana", 0), SESSION)
    notes.add(("arm", "bo", 0), SESSION)
    file.write_text(file.read_text()[:-20])
    assert set(SessionNotes.open("one", file).held) == {("arm", "ana", 0)}


def test_without_a_file_sessions_are_only_remembered() -> None:
    notes = SessionNotes.open("one", None)
    notes.add(("arm", "ana", 0), SESSION)
    assert notes.held[("arm", "ana", 0)] == SESSION
