"""Titles by the way they are written: in quotes, with a year in brackets, in capitals.

Owns the passages that are one title whatever the catalogue holds, and so the titles that it lacks;
weighing the words themselves is left to `candidates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.core.protocols import Catalogue
from bot.understanding.linking.attribute_values import AttributeFinder
from bot.understanding.linking.candidates import DATED, WATCHING, Candidate
from bot.understanding.linking.mentions import (
    Mention,
    item_mention,
    unknown_mention,
)
from bot.understanding.linking.nearest_spellings import NearestSpellings
from bot.understanding.linking.passage_context import (
    Style,
    belongs,
    opens,
    quoted_passages,
    word,
    year_after,
)
from bot.understanding.linking.titles import TitleIndex
from bot.understanding.text import Token, compact, word_set

Passage = tuple[int, int, int, int | None]
"""Start, end, end with the year, and the year, if one is given."""
_LONGEST_QUOTE = 12  # words; a longer quotation is no title
_JUDGED = word_set("was is were sucked sucks rocked rocks")


class MarkedTitles:
    """Finds the passages of a message that are marked as titles, over one catalogue."""

    def __init__(
        self, catalogue: Catalogue, titles: TitleIndex, attributes: AttributeFinder
    ) -> None:
        self._catalogue = catalogue
        self._titles = titles
        self._attributes = attributes

    def passages(self, tokens: Sequence[Token], candidates: Sequence[Candidate]) -> list[Passage]:
        """Passages marked as one title, by quotes or a year in brackets: (start, end, stop, year).

        Nothing inside one is linked by itself.
        """
        found: list[Passage] = []
        for start, end in quoted_passages(tokens):
            if self._attributes.is_value(compact(t.word for t in tokens[start:end])) and not any(
                c.start == start and c.end == end for c in candidates
            ):
                continue
            if 1 <= sum(1 for t in tokens[start:end] if t.word) <= _LONGEST_QUOTE:
                year, stop, bracketed = year_after(tokens, end)
                found.append((start, end, stop if bracketed else end, year if bracketed else None))
        dated = {c.stop for c in candidates if c.year is not None and c.evidence >= DATED}
        for at in range(1, len(tokens)):
            if tokens[at].raw != "(":
                continue
            year, stop, bracketed = year_after(tokens, at)
            if not bracketed or stop in dated or any(s <= at - 1 < e + 1 for s, e, _, _ in found):
                continue
            start = at
            while start > 0 and belongs(tokens, start - 1):
                start -= 1
            while start < at and not (tokens[start].capitalised or tokens[start].word.isdigit()):
                start += 1
            if start < at:
                found.append((start, at, stop, year))
        return found

    def mention(
        self,
        tokens: Sequence[Token],
        passage: Passage,
        taken: list[bool],
        nearest: NearestSpellings,
    ) -> Mention | None:
        """The item a marked passage misspells, else the title as unknown; None when linked."""
        start, end, stop, year = passage
        if any(taken[start:end]):
            return None
        taken[start:stop] = [True] * (stop - start)
        near = nearest.title(compact(t.key for t in tokens[start:end]))
        if near is not None:
            row = self._titles.choose(near[1], year=year)
            if row is not None:
                return item_mention(tokens, start, stop, self._catalogue.items[row].item_id)
        return unknown_mention(tokens, start, end, year, stop)


def respects(sealed: Sequence[Passage], start: int, end: int) -> bool:
    """Whether a passage is a whole sealed one, or outside of all."""
    return all(
        end <= low or high <= start or (start <= low and high <= end) for low, high, _, _ in sealed
    )


def unknown_titles(
    tokens: Sequence[Token], taken: Sequence[bool], style: Style, names: frozenset[str]
) -> Iterable[Mention]:
    """Capitalised passages after a verb of watching that nothing in the catalogue explains.

    `names` are words of people's names.
    """
    covered = list(taken)
    for at, token in enumerate(tokens):
        number = token.word.isdigit() and len(token.word) > 2
        if number and not covered[at] and opens(tokens, at) and word(tokens, at + 1) in _JUDGED:
            covered[at] = True
            yield unknown_mention(tokens, at, at + 1, None)
    if style.mixed:
        for at in range(1, len(tokens)):
            if covered[at] or tokens[at - 1].word not in WATCHING:
                continue
            end = at
            while end < len(tokens) and not covered[end] and belongs(tokens, end):
                end += 1
            while end > at and not tokens[end - 1].capitalised:
                end -= 1
            capitals = [t for t in tokens[at:end] if t.capitalised]
            if (
                len(capitals) >= 2
                and tokens[at].capitalised
                and tokens[at].word not in names
                and tokens[at].word != "i"
            ):
                covered[at:end] = [True] * (end - at)
                yield unknown_mention(tokens, at, end, None)
