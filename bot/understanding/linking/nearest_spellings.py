"""Titles and names spelt nearly as a passage is, looked for so many times in a message.

Each look goes over thousands of them. Where one is looked for is left to `title_extension`,
`quoted_titles` and `misspellings`; how near two spellings are to the indexes (`titles`,
`known_people`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bot.understanding.linking.attribute_values import AttributeFinder
from bot.understanding.linking.titles import TitleIndex, Variant

Found = TypeVar("Found")
MOST_LOOKS = 40
"""Of each kind in one message: nobody misspells more, and forty take a tenth of a second."""


class NearestSpellings:
    """The titles and names of one catalogue, for one message; nothing is looked for twice."""

    def __init__(self, titles: TitleIndex, attributes: AttributeFinder) -> None:
        self._titles = titles
        self._attributes = attributes
        self._known_titles: dict[str, tuple[str, Variant] | None] = {}
        self._known_names: dict[str, str | None] = {}

    def title(self, key: str) -> tuple[str, Variant] | None:
        """As `TitleIndex.closest`; None once the looks are used up."""
        return _once(key, self._known_titles, self._titles.closest)

    def name(self, key: str) -> str | None:
        """As `AttributeFinder.closest_name`; None once the looks are used up."""
        return _once(key, self._known_names, self._attributes.closest_name)


def _once(
    key: str, known: dict[str, Found | None], look: Callable[[str], Found | None]
) -> Found | None:
    if key not in known and len(known) < MOST_LOOKS:
        known[key] = look(key)
    return known.get(key)
