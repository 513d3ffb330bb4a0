"""The turn under way: what it begins with, what its steps have found, and what it leaves.

Owns what the steps hand on to each other; leaves the steps to `bot.conversation.turn`. Thrown away
once what it leaves is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter

from bot.core.protocols import StoredTurn, TurnRecord
from bot.core.results import Act, RankingQuery, Scored, Suggestion, Timings
from bot.core.values import Event
from bot.policy.heard import Heard
from bot.policy.questions import Question


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that came in, and what was before it.

    `text` is what is read of it (`bot.conversation.dialogue.received`), `cut` whether more was
    sent. `history` are the person's events as they count here, `past` the conversation's turns so
    far. `began` is the reading of `perf_counter` when it came. Where the message takes the place of
    the last one, `replacing` are the ids of the events that go with that one; neither they nor its
    turn are in `history` and `past`.
    """

    user: str
    text: str
    conversation: str
    history: Sequence[Event]
    past: Sequence[StoredTurn]
    at: datetime
    began: float
    cut: bool = False
    replacing: tuple[str, ...] | None = None


@dataclass
class TurnState:
    """What is known of the turn under way; gathered step by step.

    `heard` is there once the message is understood. `record` is what is to be stored: None until
    the turn has ended, and for good where it failed or nobody saw its suggestions.
    """

    incoming: Incoming
    heard: Heard = field(init=False)
    act: Act = "recommend"
    notices: list[str] = field(default_factory=list)
    query: RankingQuery | None = None
    ranked: Sequence[Scored] = ()
    suggestions: tuple[Suggestion, ...] = ()
    question: Question | None = None
    chips: tuple[str, ...] = ()
    sentences: list[str] = field(default_factory=list)
    timings: Timings = field(default_factory=Timings)
    record: TurnRecord | None = None

    def say(self, sentence: str) -> None:
        """Note a sentence of the reply, and when the first one came."""
        if not self.sentences:
            first = elapsed_ms(self.incoming.began)
            self.timings = replace(self.timings, first_token_ms=first)
        self.sentences.append(sentence)


def elapsed_ms(began: float) -> float:
    """Milliseconds since `began`, a reading of `perf_counter`."""
    return round((perf_counter() - began) * 1000, 1)
