"""Cold start as a decision: which question, if any, is worth a person's time now?

The policy asks what is expected to cut the entropy of the ranking most. It never asks more than
three in a row, nor again what can have no other answer, and stops once little is left to gain.
Whether suggestions come with the question is left to `bot.policy.acts`.
"""

from __future__ import annotations

from typing import Protocol

from bot.core.values import OPEN
from bot.policy.questions import (
    DECADE,
    PICK,
    Question,
    attribute_questions,
    decade_question,
    open_question,
    pick_question,
)
from bot.policy.situation import Situation
from bot.ranking.items.attribute_vectors import AttributeVectors

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

    def __init__(self, index: AttributeVectors) -> None:
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
        index = self.index
        belief = situation.belief(index.catalogue)
        done = ({*situation.asked} - AGAIN) | situation.settled
        candidates: list[Question | None] = [*attribute_questions(index, belief, without=done)]
        if DECADE not in done:
            candidates.append(decade_question(index.catalogue, belief))
        if PICK not in done:
            candidates.append(pick_question(index, belief, situation.met))
        if OPEN not in done:
            candidates.append(open_question(index, belief, again=OPEN in situation.asked))
        best = max(
            (question for question in candidates if question is not None),
            key=lambda question: question.gain,
            default=None,
        )
        return best if best is not None and best.gain >= WORTH_ASKING else None
