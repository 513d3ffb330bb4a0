"""What sessions come to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rich.console import Console

from bot.evaluation.simulation.outcomes import (
    compare,
    outcome_of,
    outcomes_document,
    outcomes_table,
)
from bot.evaluation.simulation.sessions import SimulatedSession, SimulatedTurn
from bot.evaluation.simulation.truth import Verdict


def turn(credit: float = 0.0, **more: Any) -> SimulatedTurn:
    hits = ("x",) if credit else ()
    return SimulatedTurn("hi", "recommend", ("x", "y"), hits, credit, **more)


def session(person: int, *credits: float) -> SimulatedSession:
    return SimulatedSession(f"p{person}", tuple(turn(credit) for credit in credits))


def test_success_debiased_success_and_turns_are_counted() -> None:
    found = outcome_of("a", [session(0, 0, 0.25, 0, 0.5, 0), session(1, 0, 0, 0, 0, 0)])
    assert found.metrics["success@1"] == 0.0
    assert found.metrics["success@3"] == 0.5
    assert found.metrics["debiased@3"] == pytest.approx(0.125)
    assert found.metrics["debiased@5"] == pytest.approx(0.375)
    assert found.metrics["turns_to_success"] == 2.0
    assert found.rewards == pytest.approx([0, 0.125, 0, 0.25, 0])


def test_faults_and_verdicts_are_added_up() -> None:
    bad = turn(repeats=("x",), off_catalogue=("y",), broken=("y", "x"))
    judged = turn(verdicts=(Verdict(True, True), Verdict(False, True)))
    found = outcome_of("a", [SimulatedSession("p", (bad, judged))])
    assert found.faults == {"repeats": 1, "off_catalogue": 1, "violated_constraints": 2}
    assert found.explanations == {"checked": 2, "true": 1, "largest_first": 2}


def test_arms_are_compared_person_by_person() -> None:
    better = outcome_of("better", [session(n, n % 2, 0.5) for n in range(60)])
    worse = outcome_of("worse", [session(n, 0, n % 2) for n in range(60)])
    gaps = compare([better, worse])
    gap = gaps["worse"]["debiased@5"]
    assert gap.value == pytest.approx(0.25)
    assert gap.certain
    document = outcomes_document([better, worse], gaps)
    assert json.loads(json.dumps(document)) == document
    assert document["differences"]["worse"]["debiased@5"]["certain"] is True
    console = Console(width=160)
    with console.capture() as capture:
        console.print(outcomes_table("t", [better, worse], gaps))
    assert "+0.250" in capture.get()


def test_nobody_is_no_error() -> None:
    assert outcome_of("a", []).metrics["success@5"] == 0.0
    assert compare([]) == {}
