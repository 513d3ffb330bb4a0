"""Made-up use of a server: a month of people, half of them with a ranker that suits them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from bot.core.values import EventKind
from storage.sql.usage import Reaction, Shown, TurnUse, Use

END = datetime(2026, 3, 31, 18, tzinfo=UTC)


def busy_month(
    items: Sequence[str], *, people: int = 30, days: int = 30, end: datetime = END, seed: int = 0
) -> Use:
    """A turn or two a day and person; even people see `tuned`, odd ones `affinity`."""
    random = np.random.default_rng(seed)
    turns, shown, reactions = [], [], []
    for day in range(days):
        for person in range(people):
            if random.random() > 0.3:
                continue
            at = end - timedelta(days=days - 1 - day, minutes=int(random.integers(0, 600)))
            ranked = float(random.gamma(8, 90))
            total = ranked + float(random.gamma(6, 300))
            turns.append(TurnUse(at, person, f"c{person}-{day}", ranked, total))
            ranker = "affinity" if person % 2 else "tuned"
            for item in random.choice(items, size=min(5, len(items)), replace=False):
                shown.append(Shown(at, person, str(item), "films", ranker))
                if random.random() < (0.1 if person % 2 else 0.3):
                    later = at + timedelta(minutes=2)
                    reactions.append(Reaction(later, person, str(item), EventKind.LIKES, None))
    turns.sort(key=lambda turn: turn.at)
    shown.sort(key=lambda each: each.at)
    reactions.sort(key=lambda each: each.at)
    return Use(people + 3, tuple(turns), tuple(shown), tuple(reactions))
