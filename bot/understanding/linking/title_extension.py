"""Titles that go on beyond a candidate: other titles, longer ones misspelt, parts of a series.

``Toy Story 9`` is not ``Toy Story``, ``pulp ficton`` not ``Pulp``, and the 3 of ``Iron Man 2 and
3`` a part of its own. Whether the candidate itself stands is left to `candidates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.core.protocols import Catalogue
from bot.understanding.linking.candidates import Candidate
from bot.understanding.linking.mentions import Mention
from bot.understanding.linking.nearest_spellings import NearestSpellings
from bot.understanding.linking.passage_context import (
    Style,
    belongs,
    number_after,
)
from bot.understanding.linking.titles import TitleIndex
from bot.understanding.text import ROMAN, Token, compact


class TitleExtension:
    """Looks past the end of candidates of one catalogue."""

    def __init__(self, catalogue: Catalogue, titles: TitleIndex, plain: frozenset[str]) -> None:
        self._catalogue = catalogue
        self._titles = titles
        self._plain = plain

    def misspelt(
        self,
        tokens: Sequence[Token],
        candidate: Candidate,
        candidates: Sequence[Candidate],
        attributes: Sequence[Mention],
        nearest: NearestSpellings,
    ) -> tuple[int, int, int] | None:
        """(start, end, row) of the longer title that is meant: ``pulp ficton`` is no ``Pulp``."""
        end = candidate.stop
        if candidate.marked or end >= len(tokens):
            return None
        strange = tokens[end].word
        if len(strange) < 3 or strange in self._plain or strange.isdigit():
            return None
        if any(m.start <= end < m.end for m in attributes):
            return None
        if any(c.start <= end < c.stop for c in candidates):
            return None
        found = nearest.title(compact(t.key for t in tokens[candidate.start : end + 1]))
        row = self._titles.choose(found[1]) if found is not None else None
        if row is None or row in {row for row, _ in candidate.variant.rows}:
            return None
        return candidate.start, end + 1, row

    def end(
        self,
        tokens: Sequence[Token],
        candidate: Candidate,
        candidates: Sequence[Candidate],
        attributes: Sequence[Mention],
        style: Style,
    ) -> int:
        """Where a title ends of which the candidate is but the beginning; its own end if none.

        ``Toy Story 9`` and ``The Room Of Zzyzx`` are other things than ``Toy Story`` and
        ``The Room``: named, but not in the catalogue.
        """
        end = candidate.stop
        if candidate.marked or end >= len(tokens):
            return end
        if number_after(tokens, end):
            number = tokens[end].word
            years = {str(self._catalogue.items[row].year) for row, _ in candidate.variant.rows}
            if number.isdigit() and len(number) == 4 and _near(number, years):
                return end
            end += 2 if tokens[end].word.isalpha() and tokens[end].word not in ROMAN else 1
            if end + 1 < len(tokens) and tokens[end].raw == ":" and tokens[end + 1].capitalised:
                end = _capitals_end(tokens, end + 1)
            return end
        if not style.mixed or not tokens[candidate.start].capitalised:
            return end
        stop = _capitals_end(tokens, end)
        rest = [t for t in tokens[end:stop] if t.word]
        strange = [t for t in rest if t.word not in self._plain and len(t.word) > 2]
        if (
            not strange
            or not tokens[end].word
            or any(c.start >= end and c.stop <= stop for c in candidates)
        ):
            return candidate.stop
        if any(m.start < stop and end < m.end for m in attributes):
            return candidate.stop
        joined = tokens[end].word in ("of", "and", "in", "to", "for", "vs", "versus")
        return stop if joined else candidate.stop

    def same_series(
        self, tokens: Sequence[Token], at: int, items: Sequence[Mention], row: int | None
    ) -> int | None:
        """The part that a bare number means after a title: the 3 of ``Iron Man 2 and 3``."""
        for mention in items:
            between = [t.word or t.raw for t in tokens[mention.end : at]]
            if not between or any(part not in ("and", ",", "&", "or", "part") for part in between):
                continue
            keys = [t.key for t in tokens[mention.start : mention.end] if t.word]
            if len(keys) > 1 and keys[-1].isdigit():
                keys.pop()
            part = self._titles.get(compact([*keys, tokens[at].key]))
            return self._titles.choose(part) if part is not None else None
        return row


def _capitals_end(tokens: Sequence[Token], at: int) -> int:
    """Where a run of capitalised words, with small ones between them, ends."""
    end = at
    while end < len(tokens) and belongs(tokens, end) and not tokens[end].breaks:
        end += 1
    while end > at and not (tokens[end - 1].capitalised or tokens[end - 1].word.isdigit()):
        end -= 1
    return end


def _near(number: str, years: Iterable[str]) -> bool:
    """Whether a year is that of an item, or next to it: people are a year or two out."""
    return any(year.isdigit() and abs(int(year) - int(number)) <= 2 for year in years)
