"""Passages that may be titles, and how much in the context speaks for each.

Owns the evidence: quotes, a year, capitals inside a sentence, a verb of watching or liking before
it, its place in a list of titles, a question that asked for titles. Which of the candidates are
taken is left to `linker`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.core import patterns
from bot.core.protocols import Catalogue
from bot.understanding.lexicon import Lexicon
from bot.understanding.linking.attribute_values import AttributeFinder
from bot.understanding.linking.mentions import ANSWERED_BY_ITEMS, Mention
from bot.understanding.linking.passage_context import (
    CAPITALS,
    Style,
    closes,
    is_sentence,
    opens,
    quotes_around,
    word,
    year_after,
)
from bot.understanding.linking.title_ambiguity import Ambiguity
from bot.understanding.linking.titles import TitleIndex, Variant
from bot.understanding.text import Token, sound, word_set

NEEDED = {
    Ambiguity.NONE: 0.0,
    Ambiguity.SLIGHT: 1.0,
    Ambiguity.COMMON: 2.0,
    Ambiguity.EVERYDAY: 3.0,
    Ambiguity.GRAMMAR: 4.5,
}
QUOTED, DATED, _CUED, LISTED, _ANSWERED = 4.0, 5.0, 2.0, 2.0, 2.0
WATCHING = word_set(
    """love loved loves loving like liked likes enjoy enjoyed enjoys watch watched watching
    rewatch rewatched see saw seen seeing hate hated hates dislike disliked adore adored
    prefer preferred recommend recommended called titled named than save add bookmark luv
    loathe detest despise despised detested thought think found finish watchin watchign
    finished hated unlike favourite favorite favourites favorites fav favs"""
)
_SEEMING = frozenset({"sounds", "sound", "looks", "look", "feels", "feel", "seems", "seem"})
_LEADING = patterns.compile(
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
_PLAYS = patterns.compile(r"(?:plays|played|playing|portrays)(?: the| a)?$")
_TIMES = word_set(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december christmas halloween easter thanksgiving
    tonight tomorrow yesterday weekend evening valentines"""
)
_WHEN = word_set("for on this next last every during by before after since at around in")
_OF_TIME = word_set("night nights evening morning afternoon day eve season weekend party marathon")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may name `variant`, its year with it up to `stop`."""

    start: int
    end: int
    stop: int  # `end` with the year that follows
    variant: Variant
    year: int | None
    evidence: float
    marked: bool  # in quotes, or with its year


class CandidateFinder:
    """Finds the passages that may be titles of one catalogue, and weighs them."""

    def __init__(
        self,
        catalogue: Catalogue,
        titles: TitleIndex,
        attributes: AttributeFinder,
        lexicon: Lexicon,
        function: frozenset[str],
        plain: frozenset[str],
    ) -> None:
        """`function` are the words of grammar, `plain` all those of everyday English."""
        self._catalogue = catalogue
        self._titles = titles
        self._attributes = attributes
        self._lexicon = lexicon
        self._function = function
        self._plain = plain

    def find(
        self,
        tokens: Sequence[Token],
        style: Style,
        context: frozenset[int],
        question: str | None,
    ) -> Iterable[Candidate]:
        """Every run of words that could be a title, with the evidence for it."""
        words = [i for i, token in enumerate(tokens) if token.word]
        for at in range(len(words)):
            key = heard = ""
            broken = False
            for count in range(1, min(self._titles.longest, len(words) - at) + 1):
                last = words[at + count - 1]
                if count > 1 and last > words[at + count - 2] + 1:
                    between = tokens[words[at + count - 2] + 1 : last]
                    broken = broken or any(token.breaks for token in between)
                    if any(token.raw == "\n" for token in between):
                        break
                key += tokens[last].key
                heard += sound(tokens[last].key)
                start, end = words[at], last + 1
                variant = self._titles.get(key)
                if variant is None and tokens[last].raw[-2:] in ("'s", "’s"):
                    variant = self._titles.get(key[:-1])
                if variant is None and count > 1:
                    variant = self._titles.by_sound(heard)
                if variant is None or (broken and not variant.punctuated):
                    continue
                if abs(variant.words - count) > 2:
                    continue
                yield self.weigh(tokens, start, end, variant, style, context, question)

    def weigh(
        self,
        tokens: Sequence[Token],
        start: int,
        end: int,
        variant: Variant,
        style: Style,
        context: frozenset[int],
        question: str | None,
    ) -> Candidate:
        """The passage ``[start:end]`` as a candidate for `variant`, evidence summed."""
        evidence = 0.0
        year, stop, bracketed = year_after(tokens, end)
        if year is not None:
            if self._titles.choose(variant, year=year) is not None:
                evidence += DATED
            elif not bracketed:
                year, stop = None, end
        quoted = quotes_around(tokens, start, end)
        if quoted:
            evidence += QUOTED
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
            evidence -= QUOTED  # a part in a film, not a film
        if self._stands_for_kind(tokens, start, end, variant):
            evidence += 1.0  # "a star wars movie"
        if opens(tokens, start) and word(tokens, end) in _COPULA:
            evidence += _CUED
        if is_sentence(tokens, start, stop):
            evidence += _ANSWERED
        answers = question in ANSWERED_BY_ITEMS and variant.ambiguity < Ambiguity.GRAMMAR
        if answers and _answers(tokens, start, stop):
            evidence += _ANSWERED
        if any(row in context for row, _ in variant.rows):
            evidence += _CUED
        if end - start == 1 and not quoted and year is None and self._describes(tokens, end):
            evidence -= CAPITALS
        if end - start == 1 and not quoted and year is None and _is_a_time(tokens, start, end):
            evidence -= QUOTED
        return Candidate(start, end, stop, variant, year, evidence, quoted or year is not None)

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
            if left[-1] in WATCHING:
                break
            if left[-1] == "to" and len(left) > 1 and left[-2] in ("similar", "close"):
                break
            left.pop()
        if left and left[-1] in WATCHING:
            seems = left[-1] == "like" and len(left) > 1 and left[-2] in _SEEMING
            return 0.0 if seems else _CUED
        return _CUED if _LEADING.search(" ".join(left)) else 0.0

    def with_its_people(
        self, tokens: Sequence[Token], candidate: Candidate, attributes: Sequence[Mention]
    ) -> Candidate:
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


_BEFORE_ANSWER = word_set(
    """i we love loved like liked enjoy enjoyed adore adored both probably definitely maybe yes yeah
    yep also the just only oh hm hmm um well think would say have seen saw watched of them these
    those really all actually honestly and or plus mostly especially my favourite favorite is"""
)
_AFTER_ANSWER = word_set(
    """and or too also please probably definitely obviously i think guess for sure is was were are
    both then of course plus but mostly though yes one ones movie film"""
)


def _answers(tokens: Sequence[Token], start: int, stop: int) -> bool:
    """Whether a passage stands as answers do: alone between commas, or after "I loved".

    Somebody asked for titles may as well ask for "more space stuff but no aliens".
    """
    if stop < len(tokens) and tokens[stop].word and tokens[stop].word not in _AFTER_ANSWER:
        return False
    at = start - 1
    while at >= 0 and tokens[at].word in _BEFORE_ANSWER:
        at -= 1
    return at < 0 or not tokens[at].word or tokens[at].capitalised


def _is_a_time(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether a word says when: "for Friday", "Halloween night"."""
    if tokens[start].word not in _TIMES:
        return False
    return word(tokens, end) in _OF_TIME or (start > 0 and tokens[start - 1].word in _WHEN)


def beside_title(tokens: Sequence[Token], candidate: Candidate, items: Sequence[Mention]) -> bool:
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
