"""Which passages of a message name items, people and attribute values.

Longest match wins and no two passages overlap. A title made of common words is taken for one only
when the context speaks for it. Owns the choice among what the parts propose: `candidates` weighs,
`quoted_titles` knows titles by their marks, `title_extension` looks past an end, `misspellings`
reads what is misspelt. What the person thinks of what was found is left to `stance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

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
from bot.understanding.linking.misspellings import MisspellingFinder
from bot.understanding.linking.nearest_spellings import NearestSpellings
from bot.understanding.linking.passage_context import (
    Style,
    means_series,
)
from bot.understanding.linking.quoted_titles import MarkedTitles, respects, unknown_titles
from bot.understanding.linking.title_extension import TitleExtension
from bot.understanding.linking.titles import TitleIndex
from bot.understanding.text import Token

_KNOWN_BY_SURNAME = 10.0  # times as well known as a title of that name
_FUZZY_LIMIT = 600  # tokens; longer messages get exact links alone


@dataclass(slots=True)
class _Linking:
    """A message as it is linked: what is proposed, what is taken, and which tokens that covers."""

    tokens: Sequence[Token]
    style: Style
    context: frozenset[int]
    nearest: NearestSpellings
    attributes: Sequence[Mention]
    candidates: Sequence[Candidate]
    items: list[Mention] = field(default_factory=list)
    longer: list[Mention] = field(default_factory=list)  # titles that go on beyond a known one
    taken: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        self.taken = [False] * len(self.tokens)

    def take(self, item: Mention) -> None:
        """Count a mention in among the items."""
        self.items.append(item)
        self._cover(item.start, item.end)

    def take_unknown(self, start: int, end: int) -> None:
        """Take a passage for an unknown title, with the items inside it, if none reaches out."""
        inside = [item for item in self.items if start <= item.start < end]
        if all(item.end <= end for item in inside):
            self.items = [item for item in self.items if item not in inside]
            self.longer.append(unknown_mention(self.tokens, start, end, None))
            self._cover(start, end)

    def _cover(self, start: int, end: int) -> None:
        self.taken[start:end] = [True] * (end - start)


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
        self._extension = TitleExtension(catalogue, titles, plain)
        self._misspellings = MisspellingFinder(
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
        nearest = NearestSpellings(self._titles, self._attributes)
        attributes = self._attributes.find(tokens)
        candidates = list(self._candidates.find(tokens, style, context, question))
        sealed = self._marked.passages(tokens, candidates)
        attributes = [m for m in attributes if respects(sealed, m.start, m.end)]
        candidates = [
            self._candidates.with_its_people(tokens, candidate, attributes)
            for candidate in candidates
            if respects(sealed, candidate.start, candidate.end)
        ]
        linking = _Linking(tokens, style, context, nearest, attributes, candidates)
        # Titles in a list vouch for their neighbours, so what was rejected is asked again.
        for _ in range(3):
            before = len(linking.items)
            for candidate in sorted(candidates, key=lambda c: (c.start - c.stop, -c.evidence)):
                if not any(linking.taken[candidate.start : candidate.stop]):
                    self._take_title(linking, candidate)
            if len(linking.items) == before:
                break
        values = _taken_values(linking)
        taken, items = linking.taken, linking.items
        named = [self._marked.mention(tokens, passage, taken, nearest) for passage in sealed]
        items.extend(mention for mention in named if mention is not None)
        slips: list[Mention] = []
        if len(tokens) <= _FUZZY_LIMIT:
            slips = list(
                self._misspellings.find(tokens, taken, style, items, context, question, nearest)
            )
        unknown = list(unknown_titles(tokens, taken, style, self._attributes.name_words))
        return sorted([*items, *linking.longer, *values, *slips, *unknown], key=lambda m: m.start)

    def _take_title(self, linking: _Linking, candidate: Candidate) -> None:
        """Link a candidate, or the longer title that it begins, if enough speaks for it."""
        tokens, attributes = linking.tokens, linking.attributes
        evidence = candidate.evidence
        if beside_title(tokens, candidate, linking.items):
            evidence += LISTED
        if evidence < NEEDED[candidate.variant.ambiguity]:
            return
        if self._is_rather_a_value(candidate, evidence, attributes):
            return
        meant = self._extension.misspelt(
            tokens, candidate, linking.candidates, attributes, linking.nearest
        )
        if meant is not None and not any(linking.taken[meant[0] : meant[1]]):
            linking.take(self._item(tokens, *meant))
            return
        end = self._extension.end(tokens, candidate, linking.candidates, attributes, linking.style)
        if end > candidate.stop:
            linking.take_unknown(candidate.start, end)
            return
        row = self._titles.choose(candidate.variant, year=candidate.year, context=linking.context)
        if tokens[candidate.start].word.isdigit() and candidate.end - candidate.start == 1:
            row = self._extension.same_series(tokens, candidate.start, linking.items, row)
        if row is None:
            return
        found = self._item(tokens, candidate.start, candidate.stop, row)
        if means_series(tokens, candidate.start, candidate.stop):
            parts = self._titles.parts_of(candidate.variant, row)
            found = replace(found, series=tuple(self._catalogue.items[p].item_id for p in parts))
        linking.take(found)

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


def _taken_values(linking: _Linking) -> list[Mention]:
    """The values and people that no title covers, longest first; their tokens are taken."""
    tokens, taken = linking.tokens, linking.taken
    values: list[Mention] = []
    for mention in sorted(linking.attributes, key=lambda m: (m.start - m.end, not m.person)):
        if linking.style.mixed and not mention.person and _inside_name(tokens, mention):
            continue
        if not any(taken[mention.start : mention.end]):
            values.append(mention)
            taken[mention.start : mention.end] = [True] * (mention.end - mention.start)
    return values


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
