"""What fills the gaps of our own reply phrases: which column of an item, and how it is put.

The columns stand in ``prompts/replies/examples.json`` beside the phrases; no code knows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import prompts
from bot.core.values import Item

PHRASES = "replies/examples.json"


@dataclass(frozen=True, slots=True)
class Slot:
    """One gap: values of `column`, so many as one of `counts`, in `one` or `several`."""

    column: str
    counts: Sequence[int]
    in_prompt: int  # values that a prompt shows of the column
    lower: bool = False
    one: str = "{}"
    several: str = "{}"

    def filled(self, item: Item, count: int) -> str:
        """The first `count` values in words; empty where the item has none."""
        values = item.attributes.get(self.column, ())[:count]
        if self.lower:
            values = tuple(value.lower() for value in values)
        if not values:
            return ""
        listed = [", ".join(values[:-1]), values[-1]] if len(values) > 2 else values
        return (self.several if len(values) > 1 else self.one).format(" and ".join(listed))


@cache
def phrase_slots() -> Mapping[str, Slot]:
    """Name of a gap in a phrase → what fills it."""
    return {name: Slot(**slot) for name, slot in prompts.data(PHRASES)["slots"].items()}
