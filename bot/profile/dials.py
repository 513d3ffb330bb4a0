"""The dials a person can turn: what there are, how far they go, where they usually stand.

Owns names and ranges; leaves storing to the chatbot, and what a dial does to the ranking
(`bot.ranking`, by `RankingQuery.fame`) and to the choice that is shown (`bot.conversation.turn`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.errors import UsageError

VARIETY = "variety"
FAME = "fame"


@dataclass(frozen=True, slots=True)
class Dial:
    """One dial, from `low` to `high`; `usual` is where it stands until it is turned."""

    name: str
    low: float
    high: float
    usual: float

    def checked(self, value: float) -> float:
        """`value` if the dial goes that far. Raises UsageError."""
        if math.isfinite(value) and self.low <= value <= self.high:
            return float(value)
        raise UsageError(
            f"Expected {self.name} between {self.low:g} and {self.high:g}",
            found=f"{value:g}",
            remedy=f"Give for example {self.usual:g}",
        )


DIALS: Mapping[str, Dial] = {
    # How varied the choice is: 0 shows the likeliest, 1 only what differs.
    VARIETY: Dial(VARIETY, 0.0, 1.0, 0.15),
    # Factor on how much well-known items weigh: 0 not at all, 1 as learned.
    FAME: Dial(FAME, 0.0, 2.0, 1.0),
}


def dial_of(name: str) -> Dial:
    """A dial by name. Raises UsageError."""
    if name not in DIALS:
        raise UsageError(
            "Expected the name of a setting",
            found=repr(name[:80]),
            remedy=f"Take one of {', '.join(DIALS)}",
        )
    return DIALS[name]


def diversity_of(variety: float) -> float:
    """The strength of the diversity step, 0 to 1, where the variety dial stands at `variety`.

    Equal at 0, at the dial's usual place and at 1. Two items seldom share much, so the strength
    has to grow fast above the usual for each step of the dial to be seen: with the square root.
    """
    usual = DIALS[VARIETY].usual
    if variety <= usual:
        return variety
    return usual + (1 - usual) * math.sqrt((variety - usual) / (1 - usual))
