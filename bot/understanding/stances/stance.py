"""What a person thinks of each thing they mention: liked, disliked, wanted, avoided, seen, ….

A sentence is read left to right as a row of words with the mentions in their places. A cue before
a mention governs it and those listed after it; what is said of it afterwards (*… was dull*) wins
over that. *But* starts afresh, and a question states nothing. The words themselves are left to
`cues`, `framing` and `predicates`, how cues follow on one another to `governing_cue`, values to
`value_stance`, and how statements become lists to `slot_filling`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core import patterns
from bot.understanding.linking.mentions import Kind, Mention, Stance
from bot.understanding.sentences import Sentence
from bot.understanding.stances.framing import (
    PREFERRED,
    QUESTION_START,
    REFUSED,
    SAME,
    SIMILAR,
)
from bot.understanding.stances.governing_cue import GoverningCue
from bot.understanding.stances.predicates import (
    BAD,
    BE,
    CRITICAL,
    GOOD,
    INTENSE,
    PLURAL,
    POINTING,
    said_after,
)
from bot.understanding.stances.segments import parts_of
from bot.understanding.stances.value_stance import stance_of_value


@dataclass(frozen=True, slots=True)
class Statement:
    """`stance` towards the mention at `mention` in the message's list of mentions, or, when None,
    towards what was spoken of before (`plural` when several things are meant)."""

    mention: int | None
    stance: Stance
    plural: bool = False
    own: bool = False  # of this message only: never of what was shown before it


_FORGET_ABOUT = patterns.compile(r"\bforget about (?:the |all |any )*$")
_NOT_A = patterns.compile(
    r"\bnot (?:really |exactly )?(?:an? |the )?(?:(?:big|huge|great|massive|biggest) )*$"
)
# "… about war and love": what a film is about, no word on the one before it.
_NAMED_LOVE = patterns.compile(
    r"\b(?:about|of|in|true|first) (?:[\w§]+ (?:, )?(?:and |or )?)?love$"
)
_LIST_GOES_ON = patterns.compile(r", (?:§\d+ )?(?:,? ?(?:or|nor|and)\b|no )")
_ALTERNATIVES = patterns.compile(r"§\d+ (?:, §\d+ )*,? ?(?:or|nor) §")


class StanceReader:
    """Reads the stance of every mention, and of the pronouns that stand for earlier ones."""

    def __init__(self, mentions: Sequence[Mention]):
        self._mentions = mentions
        self._last: Stance | None = None

    def read(self, sentences: Sequence[Sentence]) -> Iterator[Statement]:
        """Statements in order; a mention may get several (seen and liked)."""
        for sentence in sentences:
            yield from self._of_sentence(sentence)

    def _of_sentence(self, sentence: Sentence) -> Iterator[Statement]:
        text = PREFERRED.sub(r"\1 than ", sentence.text)
        asks = sentence.question and bool(QUESTION_START.match(text))
        governing = GoverningCue()
        stated = False
        for start, end, kind, value in parts_of(text):
            if kind == "cue":
                assert value is None or isinstance(value, Stance)
                governing = governing.then(value, text, start, end)
            elif kind == "contrast" or (kind == "comma" and _stops(governing, text, start)):
                governing = governing.afresh(end)
            elif kind == "mention":
                number = int(str(value))
                for stance in self._of_mention(number, text, (start, end), governing, asks):
                    stated = True
                    if stance not in (Stance.NEUTRAL, Stance.DENIED):
                        self._last = stance
                    yield Statement(number, stance)
            elif kind == "pronoun":
                for statement in self._at_pronoun(text, start, end, governing, asks):
                    stated = True
                    yield statement
        if sentence.mentions:
            return
        if SIMILAR.search(text) and "not" not in text.split():
            yield Statement(None, Stance.WANT, own=True)
        elif REFUSED.match(text):
            yield Statement(None, Stance.DISLIKE, own=True)
        if not stated and not sentence.question:
            yield from _without_object(text, governing)

    def _of_mention(
        self,
        number: int,
        text: str,
        place: tuple[int, int],
        governing: GoverningCue,
        asks: bool,
    ) -> Iterator[Stance]:
        """The stances towards the mention of that number, at `place` in `text`."""
        mention, (start, end), stance = self._mentions[number], place, governing.stance
        after = None
        if not asks:
            seen = stance is Stance.SEEN
            after = said_after(text, start, end, self._mentions, seen=seen)
        if after is Stance.LIKE and _NOT_A.search(text[:start]):
            after = Stance.DISLIKE  # "not a big … fan"
        if stance is Stance.FORGET:
            dropped = mention.kind is Kind.VALUE and _FORGET_ABOUT.search(text[:start])
            yield Stance.AVOID if dropped else Stance.FORGET
        elif mention.kind is Kind.VALUE:
            yield stance_of_value(
                self._mentions, number, text, place, governing, asks=asks, after=after
            )
        elif asks and stance in (Stance.WANT, Stance.LIKE, None):
            yield Stance.WANT if stance is Stance.WANT else Stance.NEUTRAL
        elif after is not None:
            if stance is Stance.SEEN:
                yield Stance.SEEN
            yield after
        elif governing.aside or (stance is Stance.WANT and governing.maybe):
            yield Stance.NEUTRAL
        elif self._last is not None and SAME.search(text[:start].rstrip().removesuffix(" the")):
            yield self._last
        else:
            yield stance if stance is not None else Stance.NEUTRAL

    def _at_pronoun(
        self, text: str, start: int, end: int, governing: GoverningCue, asks: bool
    ) -> Iterator[Statement]:
        stance = None if asks else self._of_pronoun(text, start, end, governing)
        if stance is None and POINTING.match(text[start:end]):
            stance = Stance.NEUTRAL
        if stance is None:
            return
        plural = bool(PLURAL.match(text[start:end]))
        near = start - governing.end <= 1
        if governing.stance is Stance.SEEN and near and stance is not Stance.SEEN:
            yield Statement(None, Stance.SEEN, plural)  # "seen it, it was great"
        yield Statement(None, stance, plural)

    def _of_pronoun(
        self, text: str, start: int, end: int, governing: GoverningCue
    ) -> Stance | None:
        if CRITICAL.match(text[end:].strip()):
            return None  # "these are too long" corrects the suggestions, it does not judge them
        after = said_after(text, start, end, self._mentions)
        if after is not None:
            return after
        near = text[governing.end : start].split()
        if len(near) > 3 or any(word.startswith("§") and word != "§noun" for word in near):
            return None
        if governing.stance in (
            Stance.LIKE,
            Stance.DISLIKE,
            Stance.SEEN,
            Stance.SAVE,
            Stance.UNSEEN,
            Stance.FORGET,
        ):
            return governing.stance
        if governing.stance is Stance.AVOID and PLURAL.match(text[start:end]):
            return Stance.AVOID
        if governing.stance is Stance.WANT and patterns.search(
            r"(?:watch|see|seeing|try|check|out|into|up|with|add|take|for)$", text[: governing.end]
        ):
            return Stance.WANT
        return None


def _stops(governing: GoverningCue, text: str, at: int) -> bool:
    """Whether a determiner does not reach over the comma at a place: no list goes on there."""
    return (
        governing.determiner
        and not _LIST_GOES_ON.match(text, at)
        and not _ALTERNATIVES.match(text, at + 2)
    )


def _without_object(text: str, governing: GoverningCue) -> Iterator[Statement]:
    """*Seen already.* *Loved every minute.* *Great movie!* — said of what came before."""
    bare = patterns.sub(
        r"^(?:(?:oh|ah|yes|yeah|yep|yup|no|ok|okay|well|wow|and|i|we|have|lol|haha|,) )+",
        "",
        text,
    )
    if governing.stance in (Stance.SEEN, Stance.LIKE, Stance.DISLIKE, Stance.UNSEEN):
        if _NAMED_LOVE.search(text[: governing.end].rstrip()):
            return
        tail = text[governing.end :].split()
        if len(tail) <= 3 and not any(word.isdigit() for word in tail):
            yield Statement(None, governing.stance, "all" in tail or "both" in tail)
        return
    if patterns.fullmatch(
        rf"(?:what |such |{BE} )?{INTENSE}(?:{GOOD})(?: (?:§noun|movie|film|one|stuff|too))*",
        bare,
    ):
        if not patterns.match(
            r"(?:good|great|nice|cool|perfect|awesome|excellent|wonderful)(?: one)?$", bare
        ):
            yield Statement(None, Stance.LIKE)
    elif patterns.fullmatch(
        rf"(?:what |such |{BE} )?{INTENSE}(?:{BAD})(?: (?:§noun|movie|film|one))*", bare
    ):
        yield Statement(None, Stance.DISLIKE)
