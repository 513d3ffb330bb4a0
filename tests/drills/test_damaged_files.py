"""A few of the damaged files, with a tiny model; the command has them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drills.damaged_files import LONG, SHORT, make_world, run_drill

KILLED_AFTER = 1.5
"""Seconds: in the midst of it."""


@pytest.mark.slow
def test_damaged_files_are_mended_or_told_and_killed_work_leaves_nothing(tmp_path: Path) -> None:
    world = make_world(tmp_path / "world", small=True)
    found = list(run_drill(world, SHORT, [KILLED_AFTER], tmp_path))
    assert len(found) == len(SHORT) + 1
    assert [(name, said) for name, well, said, _ in found if not well] == []


def test_the_long_form_has_every_kind_of_file_and_of_damage() -> None:
    assert len(LONG) >= 24
    assert len({case.damage for case in LONG}) == 7
