"""What is known of the turn under way: gathered step by step, and thrown away once stored.

Owns what the steps hand on to each other; leaves the steps to `bot.conversation.turn` and the words
to `bot.replies.planner`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter

from bot.core.protocols import StoredTurn
from bot.core.results import Act, RankingQuery, Scored, Suggestion, Timings
from bot.core.values import Event, Message, Profile, Understanding
from bot.policy.questions import Question

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

    @property
    def asked_of(self) -> tuple[str, ...]:
        """The items that a question is about: those named or pointed at, else what was spoken of.

        "Who is in it?" after an answer goes on about the same item, after suggestions about the
        first of them.
        """
        named = (*self.said.references, *self.said.mentions)
        if named:
            return named
        for stored in reversed(self.past):
            before = stored.result.understood
            spoken = (*before.references, *before.mentions)
            if stored.result.act == "answer" and spoken:
                return spoken[:1]
            if stored.result.suggestions:
                return (stored.result.suggestions[0].item.item_id,)
        return ()

    def first_word(self) -> None:
        """Note when the first sentence came."""
        if self.timings.first_token_ms is None:
            self.timings = replace(self.timings, first_token_ms=elapsed_ms(self.began))


def elapsed_ms(began: float) -> float:
    """Milliseconds since `began`, a reading of `perf_counter`."""
    return round((perf_counter() - began) * 1000, 1)
