"""Question policies to compare the onboarding with; each satisfies `QuestionPolicy`."""

from __future__ import annotations

import itertools

import numpy as np

import prompts
from bot.core.values import OPEN
from bot.policy.onboarding import AGAIN, MOST_IN_A_ROW
from bot.policy.questions import (
    PICK,
    PICKED_AMONG,
    Question,
    attribute_questions,
    decade_question,
    open_question,
    pick_question,
)
from bot.policy.situation import Situation
from bot.ranking.items.attribute_vectors import AttributeVectors, popularity_prior


class NoQuestions:
    """Never asks."""

    def next_question(self, situation: Situation) -> Question | None:
        """None."""
        return None


class RandomQuestions:
    """Any of the questions that the onboarding chooses from, by chance."""

    def __init__(self, index: AttributeVectors, seed: int = 0) -> None:
        self._index = index
        self._random = np.random.default_rng(seed)

    def next_question(self, situation: Situation) -> Question | None:
        """At most as many in a row as the onboarding asks."""
        if len(situation.asked) >= MOST_IN_A_ROW:
            return None
        belief = situation.belief(self._index.catalogue)
        questions = [
            *attribute_questions(self._index, belief),
            decade_question(self._index.catalogue, belief),
            pick_question(self._index, belief, situation.met),
            open_question(self._index, belief, again=OPEN in situation.asked),
        ]
        done = ({*situation.asked} - AGAIN) | situation.settled
        possible = [each for each in questions if each is not None and each.key not in done]
        return possible[int(self._random.integers(len(possible)))] if possible else None


class AlwaysColumn:
    """Asks for one column each time: for films the genre."""

    def __init__(self, index: AttributeVectors, column: str | None = None) -> None:
        self._index = index
        self.column = column or broadest_column(index)

    def next_question(self, situation: Situation) -> Question | None:
        """The likeliest values of the column now, at most three times in a row."""
        if len(situation.asked) >= MOST_IN_A_ROW:
            return None
        belief = situation.belief(self._index.catalogue)
        questions = attribute_questions(self._index, belief)
        return next((each for each in questions if each.key == self.column), None)


class PopularToRate:
    """Shows the best known items to choose from, four at a time, the best known first."""

    def __init__(self, index: AttributeVectors) -> None:
        catalogue = index.catalogue
        order = np.argsort(-popularity_prior(catalogue), kind="stable")
        self._items = [catalogue.items[row].item_id for row in order]

    def next_question(self, situation: Situation) -> Question | None:
        """The next four that they have not met, at most three times in a row."""
        if len(situation.asked) >= MOST_IN_A_ROW:
            return None
        left = (item for item in self._items if item not in situation.met)
        four = tuple(itertools.islice(left, PICKED_AMONG))
        return Question(PICK, "pick", four, 0.0) if len(four) == PICKED_AMONG else None


def broadest_column(index: AttributeVectors) -> str:
    """The column that people find easiest to answer; where that is not known, of fewest values."""
    easy: dict[str, float] = prompts.data("replies/askable.json")
    columns = [
        column
        for column in index.catalogue.columns.values()
        if not column.numeric and column.values >= PICKED_AMONG
    ]
    best = min(columns, key=lambda each: (easy.get(each.name, 0.5), each.values), default=None)
    return best.name if best is not None else ""
