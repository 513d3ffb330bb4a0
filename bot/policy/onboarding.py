"""Cold start as a decision: which question, if any, is worth a person's time now?

The policy asks what is expected to cut the entropy of the ranking most. It never asks more than
three in a row, nor the same twice, and stops once little is left to gain. Whether suggestions
come with the question is the session's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from bot.domain import Event, EventKind, RankingQuery, Scored, split_about
from bot.policy.questions import (
    PICK,
    Belief,
    Question,
    attribute_questions,
    decade_question,
    open_question,
    pick_question,
)
from bot.ranking.attributes import AttributeIndex

MOST_IN_A_ROW = 3
WORTH_ASKING = 0.005  # nats; a question that is expected to tell less is not asked
SETTLED_FACTS = 6  # with so many facts the history speaks for itself
NOTHING: frozenset[str] = frozenset()


class QuestionPolicy(Protocol):
    """Decides on the next question, if any; comparisons bring their own."""

    def next_question(
        self,
        ranked: Sequence[Scored],
        asked: Sequence[str],
        facts: int,
        settled: frozenset[str] = NOTHING,
        met: frozenset[str] = NOTHING,
    ) -> Question | None:
        """See `OnboardingPolicy.next_question`."""
        ...


class OnboardingPolicy:
    """Chooses the next question for a person of whom little is known."""

    def __init__(self, index: AttributeIndex) -> None:
        self.index = index

    def next_question(
        self,
        ranked: Sequence[Scored],
        asked: Sequence[str],
        facts: int,
        settled: frozenset[str] = NOTHING,
        met: frozenset[str] = NOTHING,
    ) -> Question | None:
        """The question with the largest expected gain, or None when none is worth asking.

        `ranked` is the ranking (as much of it as is at hand), `asked` the keys of the questions
        put so far in this conversation, `facts` how many facts are known of the person, and
        `settled` the keys of what they have already said they want: see `settled_keys`. `met` are
        ids of items that they have been shown, offered or spoken of, and are not offered again; so
        a pick among others may follow a pick.
        """
        if len(asked) >= MOST_IN_A_ROW or facts >= SETTLED_FACTS or not ranked:
            return None
        belief = self.belief(ranked)
        catalogue = self.index.catalogue
        candidates: list[Question | None] = [
            *attribute_questions(self.index, belief),
            decade_question(catalogue, belief),
            pick_question(self.index, belief, met),
            open_question(self.index, belief),
        ]
        done = {*asked, *settled} - {PICK}
        best = max(
            (q for q in candidates if q is not None and q.key not in done),
            key=lambda question: question.gain,
            default=None,
        )
        return best if best is not None and best.gain >= WORTH_ASKING else None

    def belief(self, ranked: Sequence[Scored]) -> Belief:
        """P(item) over the catalogue from a ranking, summing to one."""
        belief = np.zeros(len(self.index.catalogue.items))
        for scored in ranked:
            belief[self.index.catalogue.row(scored.item_id)] = max(scored.score, 0.0)
        total = belief.sum()
        return belief / total if total > 0 else np.full(len(belief), 1 / len(belief))


def asked_in_a_row(events: Sequence[Event], conversation: str) -> tuple[str, ...]:
    """Keys of the questions asked in a conversation, oldest first."""
    return tuple(
        event.about
        for event in events
        if event.kind is EventKind.ASKED and event.conversation == conversation
    )


def open_key(events: Sequence[Event], conversation: str) -> str | None:
    """The key of the question that the next message may answer: one put in the last turn.

    Suggestions without a question close the one before them.
    """
    here = [
        event
        for event in events
        if event.conversation == conversation and event.kind in (EventKind.ASKED, EventKind.SHOWN)
    ]
    return here[-1].about if here and here[-1].kind is EventKind.ASKED else None


def settled_keys(query: RankingQuery) -> frozenset[str]:
    """Keys of the questions whose answer this conversation has given without being asked.

    Who asks for a crime film is not asked which kind, nor one who names a year from which time.
    """
    wanted = query.profile.about(EventKind.WANTS)
    columns = {parts[0] for about in wanted if (parts := split_about(about)) is not None}
    years = {"year_min", "year_max"} & query.constraints.keys()
    return frozenset(columns | ({"decade"} if years else set()))
