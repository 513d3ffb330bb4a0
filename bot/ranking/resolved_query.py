"""A query as the terms read it: rows of the catalogue, words without titles, prompts.

Made once for each query and shared by all terms, so that none looks anything up twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.core.results import RankingQuery
from bot.core.values import Message

Vector = NDArray[np.float32]
DECAY = 0.8
"""Weight of a mentioned item against the one mentioned after it."""
RECENT_TURNS = 3
"""How many of the user's turns are looked up by their words."""
_SIGNS = ".,;:!?\"'()"


@dataclass(frozen=True)
class Ask:
    """One query over one catalogue.

    `rows` are the rows of the items that speak for a taste: liked in the history, then mentioned
    in the turns, oldest first, without those said to be disliked. That something was suggested
    does not speak for it; what the person made of it is for the term of reactions.
    """

    query: RankingQuery
    catalogue: Catalogue
    rows: tuple[int, ...]
    disliked: tuple[int, ...] = ()

    @classmethod
    def of(cls, query: RankingQuery, catalogue: Catalogue) -> Ask:
        """Look up what the query names; ids that the catalogue lacks are passed over."""
        disliked = frozenset(query.disliked)
        shown = frozenset(query.profile.shown).difference(query.liked)
        mentioned = dict.fromkeys(
            item
            for turn in query.turns
            for item in turn.items
            if turn.speaker == "user" or item not in shown
        )
        history = [item for item in query.liked if item not in mentioned]
        speaking = [item for item in [*history, *mentioned] if item not in disliked]
        return cls(query, catalogue, _rows(catalogue, speaking), _rows(catalogue, query.disliked))

    @cached_property
    def weights(self) -> Vector:
        """How much each of `rows` counts, 1 for the newest, shape (rows,)."""
        return np.power(DECAY, np.arange(len(self.rows))[::-1], dtype=np.float32)

    @cached_property
    def earlier_likes(self) -> tuple[str, ...]:
        """Labels of liked items that no turn mentions, oldest first."""
        mentioned = {item for turn in self.query.turns for item in turn.items}
        found = (self.catalogue.get(item) for item in self.query.liked if item not in mentioned)
        return tuple(item.label for item in found if item is not None)

    @cached_property
    def recent_user_words(self) -> str:
        """The user's last three turns in lower case, without titles and what is refused."""
        said = [turn for turn in self.query.turns if turn.speaker == "user"]
        refused = {word for wish in self.query.wishes if wish.refused for word in wish.said.split()}
        words = " ".join(self._without_titles(turn) for turn in said[-RECENT_TURNS:]).split()
        return " ".join(word for word in words if word.strip(_SIGNS) not in refused)

    def _without_titles(self, turn: Message) -> str:
        """A turn's text in lower case, the titles of its items taken out."""
        text = turn.text
        for item_id in turn.items:
            item = self.catalogue.get(item_id)
            if item is not None:
                for name in (item.label, item.title):
                    text = patterns.sub(patterns.escape(name), " ", text, flags=patterns.IGNORECASE)
        return text.lower()


def _rows(catalogue: Catalogue, item_ids: Iterable[str]) -> tuple[int, ...]:
    known = (item for item in item_ids if catalogue.get(item) is not None)
    return tuple(dict.fromkeys(catalogue.row(item) for item in known))
