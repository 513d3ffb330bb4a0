"""Which passages of a message name items, people and attribute values.

Longest match wins and no two passages overlap. A title made of common words is taken for one only
when the context speaks for it: quotes, a year, capitals inside a sentence, a verb of watching or
liking before it, its place in a list of titles, or a question that asked for titles. What the
person thinks of what was found is left to `stance`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.protocols import Catalogue
from bot.understanding.attributes import AttributeIndex
from bot.understanding.context import (
    CAPITALS,
    Style,
    belongs,
    closes,
    is_sentence,
    number_after,
    opens,
    quoted_passages,
    quotes_around,
    word,
    year_after,
)
from bot.understanding.lexicon import English, Lexicon
from bot.understanding.mentions import ANSWERED_BY_ITEMS, Kind, Mention
from bot.understanding.text import ROMAN, Token, compact, sound, word_set
from bot.understanding.titles import Ambiguity, TitleIndex, Variant

_NEEDED = {
    Ambiguity.NONE: 0.0,
    Ambiguity.SLIGHT: 1.0,
    Ambiguity.COMMON: 2.0,
    Ambiguity.EVERYDAY: 3.0,
    Ambiguity.GRAMMAR: 4.5,
}
_QUOTED, _DATED, _CUED, _LISTED, _ANSWERED = 4.0, 5.0, 2.0, 2.0, 2.0
_WATCHING = word_set(
    """love loved loves loving like liked likes enjoy enjoyed enjoys watch watched watching
    rewatch rewatched see saw seen seeing hate hated hates dislike disliked adore adored
    prefer preferred recommend recommended called titled named than save add bookmark luv
    loathe detest despise despised detested thought think found finish watchin watchign
    finished hated unlike favourite favorite favourites favorites fav favs"""
)
_SEEMING = frozenset({"sounds", "sound", "looks", "look", "feels", "feel", "seems", "seem"})
_LEADING = re.compile(
    r"(?:who (?:directed|wrote|made|stars in|starred in|is in|was in|plays in|played in|acts in)|"
    r"(?:cast|director|plot|ending|stars|length|runtime|rating|genre|actors|sequel|remake) "
    r"(?:of|to|in)|how long (?:is|was)|when (?:did|was)|what year (?:did|was|is)|"
    r"(?:do not|dont|not) know|tell me (?:more )?about|know about|"
    r"(?:disappointed|impressed|bored) (?:by|with|in)|"
    r"fan of|thinking(?: of| about)?|things about|suggestion of|suggestion for|"
    r"heard about|reviews of|reviews for|minute of|second of|"
    r"tired of|sick of|similar to|close to|compared to|how about|what about|such as|"
    r"think of|thought of|heard of|hear about|forget|mood for|up for|the likes of|like in|"
    r"go with|try|try out|check out|checked out|looking at|"
    r"(?:favou?rites?|best|one|fav|ones)(?: \w+){0,3} (?:is|are|was|were|include|would be))$"
)
_COPULA = word_set("""is was were are sounds sounded looked sucks sucked rocks looks made has""")
_PLAYS = re.compile(r"(?:plays|played|playing|portrays)(?: the| a)?$")
_JUDGED = word_set("was is were sucked sucks rocked rocks")
_KNOWN_BY_SURNAME = 10.0  # times as well known as a title of that name
_MAX_SLIP_SEARCHES = 12
_LONGEST_QUOTE = 12  # words; a longer quotation is no title
_SURELY_LONG = 14  # letters; a slip in fewer may be chance
_FUZZY_LIMIT = 600  # tokens; longer messages get exact links alone


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    stop: int  # `end` with the year that follows
    variant: Variant
    year: int | None
    evidence: float
    marked: bool  # in quotes, or with its year


class Linker:
    """Links messages to one catalogue."""

    def __init__(
        self,
        catalogue: Catalogue,
        titles: TitleIndex,
        attributes: AttributeIndex,
        lexicon: Lexicon,
        english: English,
    ):
        self._catalogue = catalogue
        self._titles = titles
        self._attributes = attributes
        self._lexicon = lexicon
        self._plain = (
            english.function
            | english.everyday
            | english.words
            | english.pleasantries
            | lexicon.nouns
        )
        self._function = english.function

    def link(
        self,
        tokens: Sequence[Token],
        *,
        context: frozenset[int] = frozenset(),
        question: str | None = None,
    ) -> list[Mention]:
        """Mentions in order of place. `context` are the rows spoken of last."""
        style = Style.of(tokens)
        attributes = self._attributes.find(tokens)
        candidates = list(self._candidates(tokens, style, context, question))
        sealed = self._sealed(tokens, candidates)
        attributes = [m for m in attributes if _respects(sealed, m.start, m.end)]
        candidates = [
            self._with_its_people(tokens, candidate, attributes)
            for candidate in candidates
            if _respects(sealed, candidate.start, candidate.end)
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
                if _beside_title(tokens, candidate, items):
                    evidence += _LISTED
                if evidence < _NEEDED[candidate.variant.ambiguity]:
                    continue
                if self._is_rather_a_value(candidate, evidence, attributes):
                    continue
                meant = self._misspelt_beyond(tokens, candidate, candidates, attributes)
                if meant is not None and not any(taken[meant[0] : meant[1]]):
                    items.append(self._item(tokens, *meant))
                    taken[meant[0] : meant[1]] = [True] * (meant[1] - meant[0])
                    continue
                beyond = self._goes_on(tokens, candidate, candidates, attributes, style)
                if beyond > candidate.stop:
                    inside = [m for m in items if candidate.start <= m.start < beyond]
                    if all(m.end <= beyond for m in inside):
                        items = [m for m in items if m not in inside]
                        longer.append(self._unknown_mention(tokens, candidate.start, beyond, None))
                        taken[candidate.start : beyond] = [True] * (beyond - candidate.start)
                    continue
                row = self._titles.choose(candidate.variant, year=candidate.year, context=context)
                if tokens[candidate.start].word.isdigit() and candidate.end - candidate.start == 1:
                    row = self._same_series(tokens, candidate.start, items, row)
                if row is None:
                    continue
                items.append(self._item(tokens, candidate.start, candidate.stop, row))
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
        named = [self._sealed_mention(tokens, passage, taken) for passage in sealed]
        items.extend(mention for mention in named if mention is not None)
        slips: list[Mention] = []
        if len(tokens) <= _FUZZY_LIMIT:
            slips = list(self._slips(tokens, taken, style, items, context, question))
        unknown = list(self._unknown(tokens, taken, style))
        return sorted([*items, *longer, *values, *slips, *unknown], key=lambda m: m.start)

    def _item(self, tokens: Sequence[Token], start: int, end: int, row: int) -> Mention:
        text = " ".join(token.raw for token in tokens[start:end])
        return Mention(start, end, Kind.ITEM, (self._catalogue.items[row].item_id,), text)

    def _candidates(
        self,
        tokens: Sequence[Token],
        style: Style,
        context: frozenset[int],
        question: str | None,
    ) -> Iterable[_Candidate]:
        words = [i for i, token in enumerate(tokens) if token.word]
        for at in range(len(words)):
            key = ""
            broken = False
            for count in range(1, min(self._titles.longest, len(words) - at) + 1):
                last = words[at + count - 1]
                if count > 1:
                    between = tokens[words[at + count - 2] + 1 : last]
                    broken = broken or any(token.breaks for token in between)
                    if any(token.raw == "\n" for token in between):
                        break
                key += tokens[last].key
                start, end = words[at], last + 1
                variant = self._titles.get(key)
                if variant is None and tokens[last].raw[-2:] in ("'s", "’s"):
                    variant = self._titles.get(key[:-1])
                if variant is None and count > 1:
                    heard = compact(sound(tokens[w].key) for w in words[at : at + count])
                    variant = self._titles.by_sound(heard)
                if variant is None or (broken and not variant.punctuated):
                    continue
                if abs(variant.words - count) > 2:
                    continue
                yield self._weigh(tokens, start, end, variant, style, context, question)

    def _weigh(
        self,
        tokens: Sequence[Token],
        start: int,
        end: int,
        variant: Variant,
        style: Style,
        context: frozenset[int],
        question: str | None,
    ) -> _Candidate:
        evidence = 0.0
        year, stop, bracketed = year_after(tokens, end)
        if year is not None:
            if self._titles.choose(variant, year=year) is not None:
                evidence += _DATED
            elif not bracketed:
                year, stop = None, end
        quoted = quotes_around(tokens, start, end)
        if quoted:
            evidence += _QUOTED
        capitals = style.capitals(tokens, start, end, self._function)
        closing = closes(tokens, end, self._lexicon)
        if variant.ambiguity is Ambiguity.EVERYDAY and end - start == 1 and not closing:
            capitals = min(capitals, 2.0)  # a new sentence without a full stop before it
        evidence += capitals
        if stop == end and not quoted and variant.words <= 2 and style.mixed:
            evidence += self._part_of_name(tokens, start, end)
        evidence += self._lead(tokens, start)
        if closing:
            evidence += 1.0
        if _PLAYS.search(" ".join(t.word for t in tokens[max(0, start - 3) : start])):
            evidence -= _QUOTED  # a part in a film, not a film
        if self._stands_for_kind(tokens, start, end, variant):
            evidence += 1.0  # "a star wars movie"
        if opens(tokens, start) and word(tokens, end) in _COPULA:
            evidence += _CUED
        if is_sentence(tokens, start, stop):
            evidence += _ANSWERED
        if question in ANSWERED_BY_ITEMS and variant.ambiguity < Ambiguity.GRAMMAR:
            evidence += _ANSWERED
        if any(row in context for row, _ in variant.rows):
            evidence += _CUED
        if end - start == 1 and not quoted and year is None and self._describes(tokens, end):
            evidence -= CAPITALS
        if end - start == 1 and not quoted and year is None and _is_a_time(tokens, start, end):
            evidence -= _QUOTED
        return _Candidate(start, end, stop, variant, year, evidence, quoted or year is not None)

    def _lead(self, tokens: Sequence[Token], start: int) -> float:
        """Evidence from the words before: verbs of watching and liking, "the movie …"."""
        left = [t.word or t.raw for t in tokens[max(0, start - 7) : start]]
        while left and left[-1] in ('"', "'", "“", "‘", "the", "movie", "film", ":", "*"):
            dropped = left.pop()
            if dropped in self._lexicon.nouns:
                return _CUED
        if not left:
            return 0.0
        if left[-1] in self._lexicon.nouns:
            return _CUED
        while left and left[-1] in ("watching", "to", "really", "just", "both", "only", "also"):
            if left[-1] in _WATCHING:
                break
            if left[-1] == "to" and len(left) > 1 and left[-2] in ("similar", "close"):
                break
            left.pop()
        if left and left[-1] in _WATCHING:
            seems = left[-1] == "like" and len(left) > 1 and left[-2] in _SEEMING
            return 0.0 if seems else _CUED
        return _CUED if _LEADING.search(" ".join(left)) else 0.0

    def _with_its_people(
        self, tokens: Sequence[Token], candidate: _Candidate, attributes: Sequence[Mention]
    ) -> _Candidate:
        """More evidence where a person of the item follows: ``Ray with Jamie Foxx``."""
        if word(tokens, candidate.stop) not in ("with", "starring", "by"):
            return candidate
        for mention in attributes:
            if not mention.person or mention.start - candidate.stop not in (1, 2):
                continue
            names = {about.partition(":")[2] for about in mention.abouts}
            for row, _ in candidate.variant.rows:
                held = self._catalogue.items[row].attributes.values()
                if any(names & set(values) for values in held):
                    return replace(candidate, evidence=candidate.evidence + CAPITALS)
        return candidate

    def _stands_for_kind(
        self, tokens: Sequence[Token], start: int, end: int, variant: Variant
    ) -> bool:
        """Whether a household name stands before a word for the items."""
        return (
            end - start > 1
            and word(tokens, end) in self._lexicon.nouns
            and start > 0
            and tokens[start - 1].word in ("a", "an", "the", "any", "another", "other")
            and any(self._titles.is_household_name(row) for row, _ in variant.rows)
        )

    def _describes(self, tokens: Sequence[Token], end: int) -> bool:
        """Whether a word stands before a kind as an adjective does: "dirty comedies"."""
        return word(tokens, end) in self._attributes.kinds and tokens[end].raw.islower()

    def _same_series(
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

    def _misspelt_beyond(
        self,
        tokens: Sequence[Token],
        candidate: _Candidate,
        candidates: Sequence[_Candidate],
        attributes: Sequence[Mention],
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
        found = self._titles.closest(compact(t.key for t in tokens[candidate.start : end + 1]))
        row = self._titles.choose(found[1]) if found is not None else None
        if row is None or row in {row for row, _ in candidate.variant.rows}:
            return None
        return candidate.start, end + 1, row

    def _goes_on(
        self,
        tokens: Sequence[Token],
        candidate: _Candidate,
        candidates: Sequence[_Candidate],
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
                end = self._capitals_end(tokens, end + 1)
            return end
        if not style.mixed or not tokens[candidate.start].capitalised:
            return end
        stop = self._capitals_end(tokens, end)
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

    def _capitals_end(self, tokens: Sequence[Token], at: int) -> int:
        """Where a run of capitalised words, with small ones between them, ends."""
        end = at
        while end < len(tokens) and belongs(tokens, end) and not tokens[end].breaks:
            end += 1
        while end > at and not (tokens[end - 1].capitalised or tokens[end - 1].word.isdigit()):
            end -= 1
        return end

    def _part_of_name(self, tokens: Sequence[Token], start: int, end: int) -> float:
        """Evidence against a short title inside a longer run of capitals: ``Jean Grey``."""
        for at, own in ((start - 1, start), (end, end - 1)):
            if not 0 <= at < len(tokens):
                continue
            beside = tokens[at]
            if (
                beside.word
                and beside.capitalised
                and tokens[own].capitalised
                and beside.word not in self._plain
                and (beside.word + tokens[own].word) not in self._titles
            ):
                return -CAPITALS
        return 0.0

    def _is_rather_a_value(
        self, candidate: _Candidate, evidence: float, attributes: Sequence[Mention]
    ) -> bool:
        """Whether the same words name a person or value, and nothing marks them as a title."""
        best = max(self._titles.fame(row) for row, _ in candidate.variant.rows)
        return any(
            _covers(mention, candidate)
            and not candidate.marked
            and (not mention.person or evidence < _QUOTED)
            and mention.weight > _KNOWN_BY_SURNAME * best
            for mention in attributes
        )

    def _slips(
        self,
        tokens: Sequence[Token],
        taken: list[bool],
        style: Style,
        items: Sequence[Mention],
        context: frozenset[int],
        question: str | None,
    ) -> Iterable[Mention]:
        """Misspelt values, names and titles: passages with a word that plain English lacks."""
        searches = 0
        for at, token in enumerate(tokens):
            if taken[at] or len(token.word) < 3 or token.word in self._plain:
                continue
            if token.word.isdigit():
                continue
            value = self._attributes.slip(tokens, at)
            if value is not None:
                taken[at] = True
                yield value
                continue
            for start, end in _windows(tokens, at, taken):
                if searches >= _MAX_SLIP_SEARCHES:
                    return
                searches += 1
                person = None
                if 2 <= end - start <= 3:
                    person = self._attributes.name_slip(tokens, start, end)
                if person is not None:
                    taken[start:end] = [True] * (end - start)
                    yield person
                    break
                found = self._titles.closest(compact(t.key for t in tokens[start:end]))
                if found is None:
                    continue
                candidate = self._weigh(tokens, start, end, found[1], style, context, question)
                evidence = candidate.evidence
                if _beside_title(tokens, candidate, items):
                    evidence += _LISTED
                content = [t for t in tokens[start:end] if t.word and t.word not in self._function]
                needed = 3.0 if len(content) <= 1 else 1.0
                if len(content) > 1 and len(compact(t.key for t in content)) >= _SURELY_LONG:
                    needed = 0.0
                if evidence < max(needed, _NEEDED[found[1].ambiguity]):
                    continue
                row = self._titles.choose(found[1], year=candidate.year, context=context)
                if row is None:
                    continue
                taken[start : candidate.stop] = [True] * (candidate.stop - start)
                yield self._item(tokens, start, candidate.stop, row)
                break

    def _sealed(
        self, tokens: Sequence[Token], candidates: Sequence[_Candidate]
    ) -> list[tuple[int, int, int, int | None]]:
        """Passages marked as one title, by quotes or a year in brackets: (start, end, stop, year).

        Nothing inside one is linked by itself.
        """
        found: list[tuple[int, int, int, int | None]] = []
        for start, end in quoted_passages(tokens):
            if self._attributes.is_value(compact(t.word for t in tokens[start:end])) and not any(
                c.start == start and c.end == end for c in candidates
            ):
                continue
            if 1 <= sum(1 for t in tokens[start:end] if t.word) <= _LONGEST_QUOTE:
                year, stop, bracketed = year_after(tokens, end)
                found.append((start, end, stop if bracketed else end, year if bracketed else None))
        dated = {c.stop for c in candidates if c.year is not None and c.evidence >= _DATED}
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

    def _sealed_mention(
        self,
        tokens: Sequence[Token],
        passage: tuple[int, int, int, int | None],
        taken: list[bool],
    ) -> Mention | None:
        """The item a marked passage misspells, else the title as unknown; None when linked."""
        start, end, stop, year = passage
        if any(taken[start:end]):
            return None
        taken[start:stop] = [True] * (stop - start)
        near = self._titles.closest(compact(t.key for t in tokens[start:end]))
        if near is not None:
            row = self._titles.choose(near[1], year=year)
            if row is not None:
                return self._item(tokens, start, stop, row)
        return self._unknown_mention(tokens, start, end, year, stop)

    def _unknown(
        self, tokens: Sequence[Token], taken: Sequence[bool], style: Style
    ) -> Iterable[Mention]:
        """Capitalised passages after a verb of watching that nothing in the catalogue explains."""
        covered = list(taken)
        for at, token in enumerate(tokens):
            number = token.word.isdigit() and len(token.word) > 2
            if number and not covered[at] and opens(tokens, at) and word(tokens, at + 1) in _JUDGED:
                covered[at] = True
                yield self._unknown_mention(tokens, at, at + 1, None)
        if style.mixed:
            for at in range(1, len(tokens)):
                if covered[at] or tokens[at - 1].word not in _WATCHING:
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
                    and tokens[at].word not in self._attributes.name_words
                    and tokens[at].word != "i"
                ):
                    covered[at:end] = [True] * (end - at)
                    yield self._unknown_mention(tokens, at, end, None)

    def _unknown_mention(
        self, tokens: Sequence[Token], start: int, end: int, year: int | None, stop: int = 0
    ) -> Mention:
        pieces = []
        for before, token in zip([None, *tokens[start:end]], tokens[start:end], strict=False):
            if before is not None and token.start > before.end:
                pieces.append(" ")
            pieces.append(token.raw)
        text = "".join(pieces).strip()
        label = f"{text} ({year})" if year is not None else text
        return Mention(start, max(end, stop), Kind.UNKNOWN, (label,), text)


_TIMES = word_set(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december christmas halloween easter thanksgiving
    tonight tomorrow yesterday weekend evening valentines"""
)
_WHEN = word_set("for on this next last every during by before after since at around in")
_OF_TIME = word_set("night nights evening morning afternoon day eve season weekend party marathon")


def _is_a_time(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether a word says when: "for Friday", "Halloween night"."""
    if tokens[start].word not in _TIMES:
        return False
    return word(tokens, end) in _OF_TIME or (start > 0 and tokens[start - 1].word in _WHEN)


def _covers(mention: Mention, candidate: _Candidate) -> bool:
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


def _near(number: str, years: Iterable[str]) -> bool:
    """Whether a year is that of an item, or next to it: people are a year or two out."""
    return any(year.isdigit() and abs(int(year) - int(number)) <= 2 for year in years)


def _respects(sealed: Sequence[tuple[int, int, int, int | None]], start: int, end: int) -> bool:
    """Whether a passage is a whole sealed one, or outside of all."""
    return all(
        end <= low or high <= start or (start <= low and high <= end) for low, high, _, _ in sealed
    )


def _beside_title(tokens: Sequence[Token], candidate: _Candidate, items: Sequence[Mention]) -> bool:
    """Whether only a comma or conjunction stands between this and a linked title."""
    for mention in items:
        low, high = (
            (mention.end, candidate.start)
            if mention.end <= candidate.start
            else (candidate.stop, mention.start)
        )
        if high < low or high - low > 3:
            continue
        between = [t.word or t.raw for t in tokens[low:high]]
        if between and all(
            part
            in (
                ",",
                "and",
                "or",
                "&",
                "/",
                ">",
                "<",
                "vs",
                "versus",
                "also",
                "plus",
                "then",
                "the",
                '"',
                "not",
                "but",
                "maybe",
                "even",
                "both",
                "especially",
            )
            for part in between
        ):
            return True
    return False


_EDGES = word_set(
    """i you we they he she it and or but was is were are loved love like liked seen saw see
    watch watched enjoy enjoyed hated hate movie movies film films have has had do did not
    about with starring by my me so because really just"""
)


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
