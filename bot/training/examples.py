"""What the ranking learns from: every moment of a dialogue at which an item is first spoken of.

The recommender's items and the user's are both targets. Dialogues are dealt into folds whole, so
that nothing learned from a dialogue is measured on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import Catalogue
from bot.core.results import RankingQuery
from bot.core.values import Profile, Speaker
from bot.data.dialogues import Dialogue
from bot.ranking.query import query_of


@dataclass(frozen=True)
class Example:
    """A query cut from dialogue number `dialogue` before turn `turn`, whose `speaker` then
    brought up `targets` (ids, none of them mentioned before)."""

    dialogue: int
    turn: int
    speaker: Speaker
    query: RankingQuery
    targets: tuple[str, ...]


def examples_of(
    dialogues: Sequence[Dialogue],
    catalogue: Catalogue,
    *,
    withheld: frozenset[str] = frozenset(),
) -> list[Example]:
    """The examples of all dialogues in order; `withheld` items are no targets."""
    found = []
    for number, dialogue in enumerate(dialogues):
        mentioned: set[str] = set()
        for place, turn in enumerate(dialogue.turns):
            fresh = [
                item
                for item in dict.fromkeys(turn.items)
                if item not in mentioned and catalogue.get(item) is not None
            ]
            mentioned.update(fresh)
            targets = tuple(item for item in fresh if item not in withheld)
            if targets:
                query = query_of(dialogue.turns[:place], Profile(user=""))
                found.append(Example(number, place, turn.speaker, query, targets))
    return found


def deal_folds(count: int, folds: int, seed: int) -> NDArray[np.int64]:
    """A fold for each of `count` dialogues, of near equal size, shape (count,)."""
    places = np.random.default_rng(seed).permutation(count)
    dealt = np.empty(count, dtype=np.int64)
    dealt[places] = np.arange(count) % folds
    return dealt
