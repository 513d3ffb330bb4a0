"""What a simulated person says: words for what they know, in their own way of speaking.

Sees the known half of a person alone, so that nothing of what they will like can slip out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

import prompts
from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.core.values import Item
from bot.data.interactions import LIKED_FROM

TEXTS = "simulation/person.jinja"
FAVOURITES = 3  # named in an opening
_DECADE = patterns.compile(r"\b(\d{3}0)s\b")
_LONG_WORD = patterns.compile(r"[a-z]{5,}")


class Speaker:
    """Puts a person's known ratings into messages; one random generator, so a seed repeats it."""

    def __init__(
        self,
        catalogue: Catalogue,
        known: Mapping[str, float],
        liked: Sequence[str],
        style: str,
        random: np.random.Generator,
    ) -> None:
        self._catalogue = catalogue
        self._known = known
        self._liked = liked
        self._style = style
        self._random = random
        self._named: set[str] = set()  # ids, in answer to open questions
        self._mean = float(np.mean(list(known.values()))) if known else LIKED_FROM

    def hello(self) -> str:
        """A greeting with nothing to go on."""
        return self._say("hello")

    def anything(self) -> str:
        """That any suggestion is welcome."""
        return self._say("anything")

    def more(self) -> str:
        """That others are wanted."""
        return self._say("more")

    def favourites(self) -> str:
        """An opening that names some of what the person likes best."""
        chosen = self._random.permutation(len(self._liked))[:FAVOURITES]
        items = (self._catalogue.get(self._liked[place]) for place in sorted(chosen))
        return self._say("liked", titles=[item.label for item in items if item is not None])

    def named(self) -> str:
        """One to three that the person likes and has not named, in answer to an open question."""
        count = 1 + int(self._random.integers(FAVOURITES))
        left = [item_id for item_id in self._liked if item_id not in self._named]
        chosen = [left[place] for place in sorted(self._random.permutation(len(left))[:count])]
        self._named.update(chosen)
        items = map(self._catalogue.get, chosen)
        titles = [item.label for item in items if item is not None]
        if not titles:
            return self.anything()
        return self._say(
            "named_indirectly" if self._style == "indirect" else "named", titles=titles
        )

    def earliest_year(self) -> tuple[str, int] | None:
        """A limit that nine of ten of the person's likes keep, as a sentence and a year."""
        items = (self._catalogue.get(item_id) for item_id in self._liked)
        years = sorted(item.year for item in items if item is not None and item.year is not None)
        if not years:
            return None
        year = years[len(years) // 10] // 10 * 10
        return self._say("from_year", year=year), year

    def answer(self, chips: Sequence[str], skip: str, none: str) -> str:
        """The offered answer that the known ratings speak for most, or that none does.

        Of titles all that were liked.

        `skip` and `none` are the offers to skip and to take none of the others.
        """
        offers = [chip for chip in chips if chip not in (skip, none)]
        support = [self._support(offer) for offer in offers]
        if not support or max(support) <= 0:
            return self._say("none_of_these") if none in chips else self.anything()
        best = offers[int(np.argmax(support))]
        indirect = "_indirectly" if self._style == "indirect" else ""
        if self._is_title(best):
            loved = [o for o, each in zip(offers, support, strict=True) if each > 0]
            return self._say(f"pick{indirect}", titles=loved)
        return self._say(f"value{indirect}", value=best)

    def _support(self, offer: str) -> float:
        """How far the known ratings lie above the person's mean, summed over what is meant."""
        decade = _DECADE.search(offer)
        total = 0.0
        for item_id, rating in self._known.items():
            item = self._catalogue.get(item_id)
            if item is None:
                continue
            if decade is not None:
                meant = item.year is not None and item.year // 10 * 10 == int(decade[1])
            else:
                meant = _is(item, offer)
            if meant:
                total += rating - (LIKED_FROM - 0.5 if item.label == offer else self._mean)
        return total

    def _is_title(self, offer: str) -> bool:
        return any(
            item is not None and item.label == offer
            for item in map(self._catalogue.get, self._known)
        )

    def _say(self, macro: str, **values: object) -> str:
        variant = int(self._random.integers(12))
        text = prompts.phrase(TEXTS, macro, variant=variant, **values)
        return self._misspell(text) if self._style == "typos" else text

    def _misspell(self, text: str) -> str:
        """Two neighbouring letters of one longer word swapped; names and titles as they are."""
        words = [
            match for match in _LONG_WORD.finditer(text) if text[match.start() - 1 :][:1] == " "
        ]
        if not words:
            return text
        word = words[int(self._random.integers(len(words)))]
        at = word.start() + 1 + int(self._random.integers(len(word[0]) - 2))
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _is(item: Item, offer: str) -> bool:
    wanted = offer.casefold()
    return item.label == offer or any(
        value.casefold() == wanted for column in item.attributes.values() for value in column
    )
