"""What is known of the turn under way: gathered step by step, and thrown away once stored.

Owns what the steps hand on to each other; leaves the steps to `bot.turn` and the words to
`bot.answering`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter

from bot.domain import (
    Act,
    Event,
    Message,
    Profile,
    RankingQuery,
    Scored,
    Suggestion,
    Timings,
    Understanding,
)
from bot.policy.questions import Question
from bot.protocols import StoredTurn

SUGGESTIONS = 5
MOST_SUGGESTIONS = 20


@dataclass
class Turn:
    """What is known of the turn under way; gathered step by step."""

    user: str
    text: str
    conversation: str
    began: float
    at: datetime
    said: Understanding
    earlier: Sequence[Event]
    events: list[Event]
    messages: list[Message]
    profile: Profile
    past: Sequence[StoredTurn] = ()
    question: Question | None = None
    query: RankingQuery | None = None
    ranked: Sequence[Scored] = ()
    suggestions: tuple[Suggestion, ...] = ()
    act: Act = "recommend"
    timings: Timings = field(default_factory=Timings)
    notices: tuple[str, ...] = ()
    chips: tuple[str, ...] = ()

    @property
    def wished_count(self) -> int:
        """How many suggestions the person gets at most."""
        return min(self.said.count or SUGGESTIONS, MOST_SUGGESTIONS)

    @property
    def at_a_guess(self) -> bool:
        """Whether neither the person's history nor the message gives anything to go on."""
        return self.profile.is_new and not self.said.informative

    def first_word(self) -> None:
        """Note when the first sentence came."""
        if self.timings.first_token_ms is None:
            self.timings = replace(self.timings, first_token_ms=elapsed_ms(self.began))


def elapsed_ms(began: float) -> float:
    """Milliseconds since `began`, a reading of `perf_counter`."""
    return round((perf_counter() - began) * 1000, 1)
