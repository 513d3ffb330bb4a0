"""Misspelt titles, names and values: passages with a word that plain English lacks.

Owns where a slip is looked for and what speaks for it; how near two spellings are is left to the
indexes (`titles`, `known_values`, `known_people`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.core.protocols import Catalogue
from bot.understanding.linking.attribute_values import AttributeFinder
from bot.understanding.linking.candidates import LISTED, NEEDED, CandidateFinder, beside_title
from bot.understanding.linking.mentions import (
    Mention,
    item_mention,
)
from bot.understanding.linking.nearest_spellings import NearestSpellings
from bot.understanding.linking.passage_context import (
    Style,
)
from bot.understanding.linking.titles import TitleIndex
from bot.understanding.text import Token, compact, word_set

_MAX_SLIP_SEARCHES = 12
_SURELY_LONG = 14  # letters; a slip in fewer may be chance
_EDGES = word_set(
    """i you we they he she it and or but was is were are loved love like liked seen saw see
    watch watched enjoy enjoyed hated hate movie movies film films have has had do did not
    about with starring by my me so because really just"""
)


class MisspellingFinder:
    """Finds what is misspelt of one catalogue."""

    def __init__(
        self,
        catalogue: Catalogue,
        titles: TitleIndex,
        attributes: AttributeFinder,
        candidates: CandidateFinder,
        function: frozenset[str],
        plain: frozenset[str],
    ) -> None:
        self._catalogue = catalogue
        self._titles = titles
        self._attributes = attributes
        self._candidates = candidates
        self._function = function
        self._plain = plain

    def find(
        self,
        tokens: Sequence[Token],
        taken: list[bool],
        style: Style,
        items: Sequence[Mention],
        context: frozenset[int],
        question: str | None,
        nearest: NearestSpellings,
    ) -> Iterable[Mention]:
        """Misspelt values, names and titles: passages with a word that plain English lacks."""
        searches = 0
        for at, token in enumerate(tokens):
            if taken[at] or len(token.word) < 3 or token.word in self._plain:
                continue
            if token.word.isdigit():
                continue
            value = self._attributes.misspelt_value(tokens, at)
            if value is not None:
                taken[at] = True
                yield value
                continue
            for start, end in _windows(tokens, at, taken):
                if searches >= _MAX_SLIP_SEARCHES:
                    return
                searches += 1
                name = None
                if 2 <= end - start <= 3:
                    name = nearest.name(compact(token.word for token in tokens[start:end]))
                if name is not None:
                    taken[start:end] = [True] * (end - start)
                    yield self._attributes.misspelt_name(tokens, start, end, name)
                    break
                found = nearest.title(compact(t.key for t in tokens[start:end]))
                if found is None:
                    continue
                candidate = self._candidates.weigh(
                    tokens, start, end, found[1], style, context, question
                )
                evidence = candidate.evidence
                if beside_title(tokens, candidate, items):
                    evidence += LISTED
                content = [t for t in tokens[start:end] if t.word and t.word not in self._function]
                needed = 3.0 if len(content) <= 1 else 1.0
                if len(content) > 1 and len(compact(t.key for t in content)) >= _SURELY_LONG:
                    needed = 0.0
                if evidence < max(needed, NEEDED[found[1].ambiguity]):
                    continue
                row = self._titles.choose(found[1], year=candidate.year, context=context)
                if row is None:
                    continue
                taken[start : candidate.stop] = [True] * (candidate.stop - start)
                yield item_mention(
                    tokens, start, candidate.stop, self._catalogue.items[row].item_id
                )
                break


def _windows(tokens: Sequence[Token], at: int, taken: Sequence[bool]) -> Iterable[tuple[int, int]]:
    """Passages around an unfamiliar word that could be one title, longest first."""
    start, end = at, at + 1
    while (
        start > 0
        and not taken[start - 1]
        and tokens[start - 1].word
        and tokens[start - 1].word not in _EDGES
        and at - start < 4
    ):
        start -= 1
    while (
        end < len(tokens)
        and not taken[end]
        and (tokens[end].word or tokens[end].raw in "-:'")
        and tokens[end].word not in _EDGES
        and end - at < 5
    ):
        end += 1
    while end > at + 1 and not tokens[end - 1].word:
        end -= 1
    tried = set()
    for window in (
        (start, end), (at, end), (start, at + 1), (at, min(end, at + 2)),
        (max(start, at - 1), at + 1), (at, at + 1),
    ):  # fmt: skip
        if window not in tried:
            tried.add(window)
            yield window
