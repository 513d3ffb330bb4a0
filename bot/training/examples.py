"""What the ranking learns from: every moment of a dialogue at which an item is first spoken of.

The recommender's items and the user's are both targets. The turns before are read as a live turn
reads them, so that weights are learned on the queries that they will weigh. Dialogues are dealt
into folds whole, so that nothing learned from a dialogue is measured on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import Catalogue, Understander
from bot.core.results import RankingQuery
from bot.core.values import Speaker, item_ids
from bot.data.dialogues import Dialogue
from bot.ranking.query import query_from_dialogue
from bot.understanding.remembering import RememberingUnderstander


@dataclass(frozen=True)
class Example:
    """A query cut from dialogue number `dialogue` before turn `turn`, whose `speaker` then
    brought up `targets` (ids, none of them mentioned before)."""

    dialogue: int
    turn: int
    speaker: Speaker
    query: RankingQuery
    targets: tuple[str, ...]

    def closed(self, catalogue: Catalogue) -> list[int]:
        """Rows of the items that may not be recommended here."""
        return [catalogue.row(item) for item in item_ids(self.query.exclude) if catalogue.get(item)]


def examples_of(
    dialogues: Sequence[Dialogue],
    catalogue: Catalogue,
    understander: Understander,
    *,
    withheld: frozenset[str] = frozenset(),
) -> list[Example]:
    """The examples of all dialogues in order; `withheld` items are no targets.

    Nor is an item that a turn before names in its text, whether or not the file says so.
    """
    found = []
    reader = RememberingUnderstander(understander)
    for number, dialogue in enumerate(dialogues):
        mentioned: set[str] = set()
        for place, turn in enumerate(dialogue.turns):
            fresh = [
                item
                for item in dict.fromkeys(turn.items)
                if item not in mentioned and catalogue.get(item) is not None
            ]
            mentioned.update(fresh)
            targets: tuple[str, ...] = ()
            if not withheld.issuperset(fresh):
                query, _ = query_from_dialogue(dialogue.turns[:place], reader)
                closed = withheld | query.exclude
                targets = tuple(item for item in fresh if item not in closed)
            if targets:
                found.append(Example(number, place, turn.speaker, query, targets))
    return found


def deal_folds(count: int, folds: int, seed: int) -> NDArray[np.int64]:
    """A fold for each of `count` dialogues, of near equal size, shape (count,)."""
    places = np.random.default_rng(seed).permutation(count)
    dealt = np.empty(count, dtype=np.int64)
    dealt[places] = np.arange(count) % folds
    return dealt
