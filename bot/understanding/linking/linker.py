"""Which passages of a message name items, people and attribute values.

Longest match wins and no two passages overlap. A title made of common words is taken for one only
when the context speaks for it. Owns the choice among what the parts propose: `candidates` weighs,
`marked` knows titles by their marks, `beyond` looks past an end, `slips` reads what is misspelt.
What the person thinks of what was found is left to `stance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.protocols import Catalogue
from bot.understanding.lexicon import English, Lexicon
from bot.understanding.linking.attribute_values import AttributeFinder
from bot.understanding.linking.candidates import (
    LISTED,
    NEEDED,
    QUOTED,
    Candidate,
    CandidateFinder,
    beside_title,
)
from bot.understanding.linking.mentions import (
    Mention,
    item_mention,
    unknown_mention,
)
from bot.understanding.linking.misspellings import SlipFinder
from bot.understanding.linking.nearest_spellings import Nearest
from bot.understanding.linking.passage_context import (
    Style,
    means_series,
)
from bot.understanding.linking.quoted_titles import MarkedTitles, respects, unknown_titles
from bot.understanding.linking.title_extension import Beyond
from bot.understanding.linking.titles import TitleIndex
from bot.understanding.text import Token

_KNOWN_BY_SURNAME = 10.0  # times as well known as a title of that name
_FUZZY_LIMIT = 600  # tokens; longer messages get exact links alone


class Linker:
    """Links messages to one catalogue."""

    def __init__(
        self,
        catalogue: Catalogue,
        titles: TitleIndex,
        attributes: AttributeFinder,
        lexicon: Lexicon,
        english: English,
    ):
        self._catalogue = catalogue
        self._titles = titles
        self._attributes = attributes
        plain = (
            english.function
            | english.everyday
            | english.words
            | english.pleasantries
            | lexicon.nouns
        )
        self._candidates = CandidateFinder(
            catalogue, titles, attributes, lexicon, english.function, plain
        )
        self._marked = MarkedTitles(catalogue, titles, attributes)
        self._beyond = Beyond(catalogue, titles, plain)
        self._slips = SlipFinder(
            catalogue, titles, attributes, self._candidates, english.function, plain
        )

    def link(
        self,
        tokens: Sequence[Token],
        *,
        context: frozenset[int] = frozenset(),
        question: str | None = None,
    ) -> list[Mention]:
        """Mentions in order of place. `context` are the rows spoken of last."""
        style = Style.of(tokens)
        nearest = Nearest(self._titles, self._attributes)
        attributes = self._attributes.find(tokens)
        candidates = list(self._candidates.find(tokens, style, context, question))
        sealed = self._marked.passages(tokens, candidates)
        attributes = [m for m in attributes if respects(sealed, m.start, m.end)]
        candidates = [
            self._candidates.with_its_people(tokens, candidate, attributes)
            for candidate in candidates
            if respects(sealed, candidate.start, candidate.end)
        ]
        taken = [False] * len(tokens)
        items: list[Mention] = []
        longer: list[Mention] = []
        # Titles in a list vouch for their neighbours, so what was rejected is asked again.
        for _ in range(3):
            before = len(items)
            for candidate in sorted(candidates, key=lambda c: (c.start - c.stop, -c.evidence)):
                if any(taken[candidate.start : candidate.stop]):
                    continue
                evidence = candidate.evidence
                if beside_title(tokens, candidate, items):
                    evidence += LISTED
                if evidence < NEEDED[candidate.variant.ambiguity]:
                    continue
                if self._is_rather_a_value(candidate, evidence, attributes):
                    continue
                meant = self._beyond.misspelt(tokens, candidate, candidates, attributes, nearest)
                if meant is not None and not any(taken[meant[0] : meant[1]]):
                    items.append(self._item(tokens, *meant))
                    taken[meant[0] : meant[1]] = [True] * (meant[1] - meant[0])
                    continue
                beyond = self._beyond.end(tokens, candidate, candidates, attributes, style)
                if beyond > candidate.stop:
                    inside = [m for m in items if candidate.start <= m.start < beyond]
                    if all(m.end <= beyond for m in inside):
                        items = [m for m in items if m not in inside]
                        longer.append(unknown_mention(tokens, candidate.start, beyond, None))
                        taken[candidate.start : beyond] = [True] * (beyond - candidate.start)
                    continue
                row = self._titles.choose(candidate.variant, year=candidate.year, context=context)
                if tokens[candidate.start].word.isdigit() and candidate.end - candidate.start == 1:
                    row = self._beyond.same_series(tokens, candidate.start, items, row)
                if row is None:
                    continue
                found = self._item(tokens, candidate.start, candidate.stop, row)
                if means_series(tokens, candidate.start, candidate.stop):
                    parts = self._titles.parts_of(candidate.variant, row)
                    ids = tuple(self._catalogue.items[part].item_id for part in parts)
                    found = replace(found, series=ids)
                items.append(found)
                taken[candidate.start : candidate.stop] = [True] * (
                    candidate.stop - candidate.start
                )
            if len(items) == before:
                break
        values: list[Mention] = []
        for mention in sorted(attributes, key=lambda m: (m.start - m.end, not m.person)):
            if style.mixed and not mention.person and _inside_name(tokens, mention):
                continue
            if not any(taken[mention.start : mention.end]):
                values.append(mention)
                taken[mention.start : mention.end] = [True] * (mention.end - mention.start)
        named = [self._marked.mention(tokens, passage, taken, nearest) for passage in sealed]
        items.extend(mention for mention in named if mention is not None)
        slips: list[Mention] = []
        if len(tokens) <= _FUZZY_LIMIT:
            slips = list(self._slips.find(tokens, taken, style, items, context, question, nearest))
        unknown = list(unknown_titles(tokens, taken, style, self._attributes.name_words))
        return sorted([*items, *longer, *values, *slips, *unknown], key=lambda m: m.start)

    def _item(self, tokens: Sequence[Token], start: int, end: int, row: int) -> Mention:
        return item_mention(tokens, start, end, self._catalogue.items[row].item_id)

    def _is_rather_a_value(
        self, candidate: Candidate, evidence: float, attributes: Sequence[Mention]
    ) -> bool:
        """Whether the same words name a person or value, and nothing marks them as a title."""
        best = max(self._titles.fame(row) for row, _ in candidate.variant.rows)
        return any(
            _covers(mention, candidate)
            and not candidate.marked
            and (not mention.person or evidence < QUOTED)
            and mention.weight > _KNOWN_BY_SURNAME * best
            for mention in attributes
        )


def _covers(mention: Mention, candidate: Candidate) -> bool:
    """Whether a value takes all words of a title, or overlaps it and is longer."""
    if mention.start <= candidate.start and candidate.end <= mention.end:
        return True
    overlap = mention.start < candidate.end and candidate.start < mention.end
    longer = mention.end - mention.start > candidate.end - candidate.start
    return overlap and longer and not mention.person


def _inside_name(tokens: Sequence[Token], mention: Mention) -> bool:
    """Whether a capitalised value stands in the midst of a name: ``American Horror Story``."""
    before, after = mention.start - 1, mention.end
    return (
        before > 0
        and after < len(tokens)
        and all(tokens[at].word and tokens[at].capitalised for at in (before, mention.start, after))
        and tokens[before].raw != "I"
    )
