"""Titles spelt nearly as a passage is, looked for so many times in a message and no more.

Each look goes over the titles of about that length, thousands of them. Where one is looked for is
left to `beyond`, `marked` and `slips`; how near two spellings are to `titles`.
"""

from __future__ import annotations

from bot.understanding.titles import TitleIndex, Variant

MOST_LOOKS = 40
"""In one message: nobody misspells more titles, and forty take a tenth of a second."""


class NearestTitles:
    """The titles of one catalogue, for one message."""

    def __init__(self, titles: TitleIndex) -> None:
        self._titles = titles
        self._left = MOST_LOOKS

    def closest(self, key: str) -> tuple[str, Variant] | None:
        """As `TitleIndex.closest`; None once the looks are used up."""
        if self._left == 0:
            return None
        self._left -= 1
        return self._titles.closest(key)
