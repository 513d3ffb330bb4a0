"""Cold start as a decision: which question, if any, is worth a person's time now?

The policy asks what is expected to cut the entropy of the ranking most. It never asks more than
three in a row, nor again what can have no other answer, and stops once little is left to gain.
Whether suggestions come with the question is the session's business.
"""

from __future__ import annotations

from typing import Protocol

from bot.domain import OPEN
from bot.policy.questions import (
    PICK,
    Question,
    attribute_questions,
    decade_question,
    open_question,
    pick_question,
)
from bot.policy.situation import Situation
from bot.ranking.attributes import AttributeIndex

MOST_IN_A_ROW = 3
WORTH_ASKING = 0.005  # nats; a question that is expected to tell less is not asked
AGAIN = {PICK, OPEN}  # have other answers when they are asked again
SETTLED_FACTS = 12  # with so many facts the history speaks for itself


class QuestionPolicy(Protocol):
    """Decides on the next question, if any; comparisons bring their own."""

    def next_question(self, situation: Situation) -> Question | None:
        """See `OnboardingPolicy.next_question`."""
        ...


class OnboardingPolicy:
    """Chooses the next question for a person of whom little is known."""

    def __init__(self, index: AttributeIndex) -> None:
        self.index = index

    def next_question(self, situation: Situation) -> Question | None:
        """The question with the largest expected gain, or None when none is worth asking.

        What the person has met is not offered again, so that a pick among others may follow a
        pick; and who named something that they love may be asked for more.
        """
        if len(situation.asked) >= MOST_IN_A_ROW or not situation.ranked:
            return None
        if situation.facts >= SETTLED_FACTS:
            return None
        belief = situation.belief(self.index.catalogue)
        catalogue = self.index.catalogue
        candidates: list[Question | None] = [
            *attribute_questions(self.index, belief),
            decade_question(catalogue, belief),
            pick_question(self.index, belief, situation.met),
            open_question(self.index, belief, again=OPEN in situation.asked),
        ]
        done = ({*situation.asked} - AGAIN) | situation.settled
        best = max(
            (q for q in candidates if q is not None and q.key not in done),
            key=lambda question: question.gain,
            default=None,
        )
        return best if best is not None and best.gain >= WORTH_ASKING else None
