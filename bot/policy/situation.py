"""What a question policy decides on: one value, read off a turn.

Owns which questions a conversation has had and which it has settled without being asked; the
choice of the next one is left to `bot.policy.onboarding`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.core.protocols import Catalogue
from bot.core.results import RankingQuery, Scored, Suggestion
from bot.core.values import OPEN, Event, EventKind, split_about
from bot.policy.questions import Belief


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a conversation stands when a question may be asked.

    `ranked` is the ranking (as much of it as is at hand), `asked` the keys of the questions put so
    far in this conversation, oldest first, and `facts` how many facts are known of the person.
    `settled` are keys of questions that are not to be put: answered without being asked, or asked
    openly without an answer. `met` are ids of items that they have been shown, offered or spoken
    of.
    """

    ranked: Sequence[Scored]
    asked: tuple[str, ...] = ()
    facts: int = 0
    settled: frozenset[str] = frozenset()
    met: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        ranked: Sequence[Scored],
        query: RankingQuery,
        asked: tuple[str, ...],
        suggestions: Sequence[Suggestion] = (),
    ) -> Situation:
        """That of a turn which ranked `ranked` for `query` and chose `suggestions` from it."""
        profile = query.profile
        suggested = {suggestion.item.item_id for suggestion in suggestions}
        return cls(
            ranked=ranked,
            asked=asked,
            facts=sum(fact.lasting for fact in profile.facts),
            settled=settled_keys(query) | unanswered_keys(asked, query),
            met=profile.never_show.union(suggested, profile.shown, profile.offered),
        )

    def belief(self, catalogue: Catalogue) -> Belief:
        """P(item) over the catalogue from the ranking, summing to one."""
        belief = np.zeros(len(catalogue.items))
        for scored in self.ranked:
            belief[catalogue.row(scored.item_id)] = max(scored.score, 0.0)
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


def unanswered_keys(asked: Sequence[str], query: RankingQuery) -> frozenset[str]:
    """The open question's key where it was asked and nothing named: they cannot think of one."""
    named = query.profile.named
    return frozenset({OPEN}) if OPEN in asked and not named else frozenset()
