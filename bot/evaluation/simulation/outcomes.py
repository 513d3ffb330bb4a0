"""What sessions come to: success by turn, debiased, with intervals, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table

from bot.evaluation.bootstrap import Difference, differences, intervals, mean_interval
from bot.evaluation.metrics import Tally
from bot.evaluation.simulation.sessions import SimulatedSession, shown_in

SUCCESS_AT = (1, 3, 5)


@dataclass(frozen=True)
class Outcome:
    """One arm's figures; `faults` are counts over all suggestions, `explanations` how many
    of the reasons were checked, true, and led by the largest term."""

    arm: str
    sessions: Sequence[SimulatedSession]
    tally: Tally
    metrics: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    rewards: Sequence[float]
    faults: Mapping[str, int]
    explanations: Mapping[str, int]
    seconds: float


def outcome_of(
    arm: str, sessions: Sequence[SimulatedSession], *, seconds: float = 0.0, seed: int = 0
) -> Outcome:
    """Measure an arm's sessions.

    Intervals resample people, who may have several sessions.

    - ``success@t``: the share of people with a hit within t turns.
    - ``debiased@t``: the mean worth of their hits within t turns, each by the inverse of its
      popularity, where 1 is a typical item that they want and nobody gets more.
    - ``turns_to_success``: the mean turn of the first hit, among those who had one.
    """
    names = [f"{kind}@{turn}" for kind in ("success", "debiased") for turn in SUCCESS_AT]
    rows = []
    for session in sessions:
        first = session.first_hit()
        rows.append(
            [float(first is not None and first <= turn) for turn in SUCCESS_AT]
            + [session.credit_by(turn) for turn in SUCCESS_AT]
        )
    values = np.array(rows, dtype=np.float64).reshape(len(sessions), len(names))
    counted = Tally(tuple(names), values, np.ones_like(values))
    firsts = [float(first) for session in sessions if (first := session.first_hit()) is not None]
    metrics = counted.means() | {"turns_to_success": float(np.mean(firsts)) if firsts else 0.0}
    bounds = intervals(counted, [session.person for session in sessions], seed=seed)
    bounds["turns_to_success"] = mean_interval(firsts, seed=seed)
    turns = [turn for session in sessions for turn in session.turns]
    longest = max((len(session.turns) for session in sessions), default=0)
    verdicts = [verdict for turn in turns for verdict in turn.verdicts]
    return Outcome(
        arm=arm,
        sessions=sessions,
        tally=counted,
        metrics=metrics,
        intervals=bounds,
        rewards=[
            float(np.mean([s.turns[n].credit for s in sessions if n < len(s.turns)]))
            for n in range(longest)
        ],
        faults={
            "repeats": sum(len(turn.repeats) for turn in turns),
            "off_catalogue": sum(len(turn.off_catalogue) for turn in turns),
            "violated_constraints": sum(len(turn.broken) for turn in turns),
        },
        explanations={
            "checked": len(verdicts),
            "true": sum(verdict.true for verdict in verdicts),
            "largest_first": sum(verdict.largest_first for verdict in verdicts),
        },
        seconds=seconds,
    )


def compare(outcomes: Sequence[Outcome], seed: int = 0) -> dict[str, Mapping[str, Difference]]:
    """The first arm minus each other, person by person."""
    if not outcomes:
        return {}
    first = outcomes[0]
    people = [session.person for session in first.sessions]
    return {
        other.arm: differences(first.tally, other.tally, people, seed=seed)
        for other in outcomes[1:]
    }


def outcomes_document(
    outcomes: Sequence[Outcome], gaps: Mapping[str, Mapping[str, Difference]]
) -> dict[str, Any]:
    """The arms of one comparison as JSON."""
    return {
        "arms": {
            each.arm: {
                "metrics": dict(each.metrics),
                "intervals": {name: list(pair) for name, pair in each.intervals.items()},
                "reward_by_turn": list(each.rewards),
                "suggestions": shown_in(each.sessions),
                **each.faults,
                "explanations": dict(each.explanations),
                "seconds": each.seconds,
            }
            for each in outcomes
        },
        "differences": {
            other: {
                name: {
                    "difference": gap.value,
                    "interval": [gap.low, gap.high],
                    "certain": gap.certain,
                }
                for name, gap in found.items()
            }
            for other, found in gaps.items()
        },
    }


def outcomes_table(
    title: str, outcomes: Sequence[Outcome], gaps: Mapping[str, Mapping[str, Difference]]
) -> Table:
    """A row for each arm; the last column is what the first arm is ahead of it."""
    table = Table(title=title)
    table.add_column("arm", no_wrap=True)
    for name in ("success@1", "success@3", "success@5", "debiased@5", "turns", "wrong", "true"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("first ahead, debiased@5", justify="right", no_wrap=True)
    for each in outcomes:
        low, high = each.intervals["debiased@5"]
        gap = gaps.get(each.arm, {}).get("debiased@5")
        told = each.explanations["checked"]
        table.add_row(
            each.arm,
            *(f"{each.metrics[f'success@{turn}']:.3f}" for turn in SUCCESS_AT),
            f"{each.metrics['debiased@5']:.3f} [{low:.3f}, {high:.3f}]",
            f"{each.metrics['turns_to_success']:.2f}",
            str(sum(each.faults.values())),
            f"{each.explanations['true']}/{told}" if told else "",
            ""
            if gap is None
            else f"{gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]{' *' if gap.certain else ''}",
        )
    return table
