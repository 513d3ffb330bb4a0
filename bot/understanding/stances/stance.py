"""What a person thinks of each thing they mention: liked, disliked, wanted, avoided, seen, ….

A sentence is read left to right as a row of words with the mentions in their places. A cue before
a mention governs it and those listed after it; what is said of it afterwards (*… was dull*) wins
over that. *But* starts afresh, and a question states nothing. The words themselves are left to
`cues` and `predicates`, and how statements become lists to `gathering`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core import patterns
from bot.understanding.linking.mentions import Kind, Mention, Stance
from bot.understanding.sentences import MARK, Sentence, is_fragment
from bot.understanding.stances.cues import (
    ASIDE,
    COPULA_BEFORE,
    IS_NOT,
    KEEPS_WISH,
    LESS_OF,
    LIKE_AFTER,
    MAYBE,
    PREFERRED,
    QUESTION_START,
    REFUSED,
    SAME,
    SIMILAR,
    TOLD_KIND,
    TOLD_NOT,
)
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
from bot.understanding.text import word_set


@dataclass(frozen=True, slots=True)
class Statement:
    """`stance` towards the mention at `mention` in the message's list of mentions, or, when None,
    towards what was spoken of before (`plural` when several things are meant)."""

    mention: int | None
    stance: Stance
    plural: bool = False
    own: bool = False  # of this message only: never of what was shown before it


_FORGET_ABOUT = patterns.compile(r"\bforget about (?:the |all |any )*$")
_THIS_ONE = patterns.compile(r"\b(?:that|this) $")
_NOT_A = patterns.compile(
    r"\bnot (?:really |exactly )?(?:an? |the )?(?:(?:big|huge|great|massive|biggest) )*$"
)


def _is_qualified(between: str) -> bool:
    """Whether a word narrows the value that it stands before: "dirty comedies"."""
    words = between.split()
    if not words:
        return False
    # "sports dramas": the second kind is only what sort of the first is meant
    return words[-1] in _QUALIFIERS or MARK.fullmatch(words[-1]) is not None


_QUALIFIERS = word_set(
    """dirty sappy cheesy corny stupid dumb silly raunchy crude mindless bad cheap old new modern
    depressing sad slow violent bloody gory gross low budget b japanese korean foreign american
    british kiddie childish animated black dark heavy long predictable typical generic cliche
    vulgar gratuitous found footage torture body space romantic teen teenage high school
    superhero political religious christian military boring lame"""
)


_REACH = 12  # characters from a question's cue to the words that fill it out
_FILLING = frozenset(
    {
        "any", "some", "more", "something", "anything", "another", "just", "only", "similar",
        "especially", "particularly", "specifically", "suggestions", "recommendations", "thinking",
        "such as", "as in",
    }
)  # fmt: skip


@dataclass(slots=True)
class _State:
    stance: Stance | None = None
    end: int = 0  # where its cue ended
    determiner: bool = False  # "no …": does not reach over a comma
    aside: bool = False  # "besides …": a refusal of values, a mere mention of items
    maybe: bool = False  # "what about …": a wish of values, a mere mention of items


# "… about war and love": what a film is about, no word on the one before it.
_NAMED_LOVE = patterns.compile(
    r"\b(?:about|of|in|true|first) (?:[\w§]+ (?:, )?(?:and |or )?)?love$"
)


class StanceReader:
    """Reads the stance of every mention, and of the pronouns that stand for earlier ones."""

    def __init__(self, mentions: Sequence[Mention]):
        self._mentions = mentions
        self._last: Stance | None = None

    def read(self, sentences: Sequence[Sentence]) -> Iterator[Statement]:
        """Statements in order; a mention may get several (seen and liked)."""
        for sentence in sentences:
            yield from self._sentence(sentence, self._mentions)

    def _sentence(self, sentence: Sentence, mentions: Sequence[Mention]) -> Iterator[Statement]:
        text = PREFERRED.sub(r"\1 than ", sentence.text)
        asks = sentence.question and bool(QUESTION_START.match(text))
        events = parts_of(text)
        state = _State()
        previous: Stance | None = None
        stated = False
        for position, end, kind, value in events:
            if kind == "contrast":
                previous, state = state.stance, _State(end=end)
            elif kind == "comma":
                if state.determiner and not patterns.match(
                    r", (?:§\d+ )?(?:,? ?(?:or|nor|and)\b|no )", text[position:]
                ):
                    rest = text[position + 2 :]
                    if not patterns.match(r"§\d+ (?:, §\d+ )*,? ?(?:or|nor) §", rest):
                        previous, state = state.stance, _State(end=end)
            elif kind == "cue":
                state, previous = self._cue(value, text, position, end, state, previous)
            elif kind == "mention":
                number = int(str(value))
                for stance in self._of_mention(mentions[number], text, position, end, state, asks):
                    stated = True
                    if stance not in (Stance.NEUTRAL, Stance.DENIED):
                        self._last = stance
                    yield Statement(number, stance)
            elif kind == "pronoun":
                pointed = None if asks else self._of_pronoun(text, position, end, state)
                if pointed is None and POINTING.match(text[position:end]):
                    pointed = Stance.NEUTRAL
                if pointed is not None:
                    stated = True
                    plural = bool(PLURAL.match(text[position:end]))
                    near = position - state.end <= 1
                    if state.stance is Stance.SEEN and near and pointed is not Stance.SEEN:
                        yield Statement(None, Stance.SEEN, plural)  # "seen it, it was great"
                    yield Statement(None, pointed, plural)
        if not sentence.mentions and SIMILAR.search(text) and "not" not in text.split():
            yield Statement(None, Stance.WANT, own=True)
        elif not sentence.mentions and REFUSED.match(text):
            yield Statement(None, Stance.DISLIKE, own=True)
        if not stated and not sentence.mentions and not sentence.question:
            yield from self._without_object(text, state)

    def _cue(
        self,
        stance: object,
        text: str,
        start: int,
        end: int,
        state: _State,
        previous: Stance | None,
    ) -> tuple[_State, Stance | None]:
        words = text[start:end].strip()
        if stance is None:  # "… like"
            if state.stance in (Stance.AVOID, Stance.DISLIKE, Stance.FORGET) or "nothing" in words:
                return _State(Stance.AVOID, end), state.stance
            return _State(Stance.WANT, end), state.stance
        assert isinstance(stance, Stance)
        if stance is Stance.WANT:
            near = (
                state.stance in (Stance.AVOID, Stance.DISLIKE)
                and not state.aside
                and (
                    start - state.end <= 2
                    or words in ("any", "anything", "more", "something", "some")
                )
            )
            if near and not words.startswith(("just", "only", "maybe", "but", "rather")):
                return _State(state.stance, end), previous
            told = (Stance.LIKE, Stance.NEUTRAL, Stance.SEEN, Stance.FORGET)
            # "loved Heat, another like it" asks anew; "like any comedy" does not.
            anew = words in ("another", "something", "anything") and "," in text[state.end : start]
            if state.stance in told and words in _FILLING and not anew:
                asked = state.stance in (Stance.NEUTRAL, Stance.FORGET)
                if not asked or start - state.end <= _REACH:
                    return _State(state.stance, end), previous
                return _State(stance, end), previous
        if words == "about" and state.stance in (Stance.WANT, Stance.LIKE, Stance.AVOID):
            return state, previous
        refused = state.stance in (Stance.AVOID, Stance.DISLIKE)
        if stance is Stance.LIKE and refused and start - state.end <= 1 and words == "like":
            return _State(state.stance, end), previous
        if stance is Stance.AVOID and words.endswith(("not", "non")) and "but" in words:
            was = previous or state.stance
            if was in (Stance.SEEN,):
                return _State(Stance.UNSEEN, end), was
            return _State(Stance.DISLIKE if was is Stance.LIKE else Stance.AVOID, end, True), was
        determiner = (
            stance is Stance.AVOID
            and bool(
                patterns.match(
                    r"(?:no|not|nothing|without|non|less|minus|nor|and not|please not)\b", words
                )
            )
            and not patterns.search(
                r"\b(?:mood|want|look|interested|feel|show|recommend|suggest)", words
            )
        )
        seen = (state.stance, previous).count(Stance.SEEN) > 0
        aside = ASIDE.match(words) is not None and (seen or not words.startswith("except"))
        return (
            _State(stance, end, determiner, aside, bool(MAYBE.match(words))),
            state.stance,
        )

    def _of_mention(
        self,
        mention: Mention,
        text: str,
        start: int,
        end: int,
        state: _State,
        asks: bool,
    ) -> Iterator[Stance]:
        stance = state.stance
        after = (
            said_after(text, start, end, self._mentions, seen=stance is Stance.SEEN)
            if not asks
            else None
        )
        if after is Stance.LIKE and _NOT_A.search(text[:start]):
            after = Stance.DISLIKE  # "not a big … fan"
        if stance is Stance.FORGET:
            dropped = mention.kind is Kind.VALUE and _FORGET_ABOUT.search(text[:start])
            yield Stance.AVOID if dropped else Stance.FORGET
            return
        if mention.kind is Kind.VALUE:
            yield self._of_value(mention, text, start, end, state, asks, after)
            return
        if asks and stance in (Stance.WANT, Stance.LIKE, None):
            yield Stance.NEUTRAL if stance is not Stance.WANT else Stance.WANT
            return
        if after is not None:
            if stance is Stance.SEEN:
                yield Stance.SEEN
            yield after
            return
        if state.aside or (stance is Stance.WANT and state.maybe):
            yield Stance.NEUTRAL
            return
        if self._last is not None and SAME.search(text[:start].rstrip().removesuffix(" the")):
            yield self._last
            return
        yield stance if stance is not None else Stance.NEUTRAL

    def _of_value(
        self,
        mention: Mention,
        text: str,
        start: int,
        end: int,
        state: _State,
        asks: bool,
        after: Stance | None,
    ) -> Stance:
        left, stance = text[:start], state.stance
        if after is not None and not mention.opinion and stance is not Stance.WANT:
            return after
        described = bool(COPULA_BEFORE.search(left)) and not KEEPS_WISH.search(left)
        if mention.opinion and state.determiner and IS_NOT.search(left):
            return Stance.DENIED  # "it is not funny" says nothing of what is wanted
        if TOLD_KIND.search(left):
            return Stance.NEUTRAL
        if state.determiner and TOLD_NOT.search(left):
            return Stance.DENIED
        if _THIS_ONE.search(left) and not mention.person:
            return Stance.NEUTRAL  # "that cartoon" is one title
        if left.endswith("the ") and self._names_an_item(text[end:]):
            return Stance.NEUTRAL  # "the documentary Icarus"
        if left.endswith("not the ") and text[end:].startswith(" one"):
            return Stance.DENIED  # "not the animated one" tells which is meant
        if mention.opinion and LESS_OF.search(left):
            return Stance.DENIED  # "less gory" wants a shade of what was shown, not another kind
        if stance in (Stance.AVOID, Stance.DISLIKE) and start - state.end <= 30:
            refused = mention.narrow or _is_qualified(text[state.end : start])
            return Stance.DENIED if refused and not mention.person else stance
        if stance is None and LIKE_AFTER.match(text, end):
            return Stance.WANT
        if described and (mention.opinion or stance is not Stance.WANT):
            return Stance.NEUTRAL
        if stance in (Stance.LIKE, Stance.WANT):
            return stance
        if stance is Stance.NEUTRAL or stance is Stance.SEEN or stance is Stance.UNSEEN or asks:
            return Stance.NEUTRAL
        if mention.opinion and mention.text.casefold().endswith("er"):
            return Stance.WANT
        if not is_fragment(text, start):
            return Stance.NEUTRAL
        if mention.opinion:
            fragment = len(text.split()) <= 4 or text[end:].startswith(" §noun")
            return Stance.WANT if fragment and not described else Stance.NEUTRAL
        return Stance.WANT

    def _names_an_item(self, rest: str) -> bool:
        mark = patterns.match(r" (?:§noun )?§(\d+)", rest)
        return mark is not None and self._mentions[int(mark[1])].kind is Kind.ITEM

    def _of_pronoun(self, text: str, start: int, end: int, state: _State) -> Stance | None:
        if CRITICAL.match(text[end:].strip()):
            return None  # "these are too long" corrects the suggestions, it does not judge them
        after = said_after(text, start, end, self._mentions)
        if after is not None:
            return after
        near = text[state.end : start].split()
        if len(near) > 3 or any(word.startswith("§") and word != "§noun" for word in near):
            return None
        if state.stance in (
            Stance.LIKE,
            Stance.DISLIKE,
            Stance.SEEN,
            Stance.SAVE,
            Stance.UNSEEN,
            Stance.FORGET,
        ):
            return state.stance
        if state.stance is Stance.AVOID and PLURAL.match(text[start:end]):
            return Stance.AVOID
        if state.stance is Stance.WANT and patterns.search(
            r"(?:watch|see|seeing|try|check|out|into|up|with|add|take|for)$", text[: state.end]
        ):
            return Stance.WANT
        return None

    def _without_object(self, text: str, state: _State) -> Iterator[Statement]:
        """*Seen already.* *Loved every minute.* *Great movie!* — said of what came before."""
        bare = patterns.sub(
            r"^(?:(?:oh|ah|yes|yeah|yep|yup|no|ok|okay|well|wow|and|i|we|have|lol|haha|,) )+",
            "",
            text,
        )
        if state.stance in (Stance.SEEN, Stance.LIKE, Stance.DISLIKE, Stance.UNSEEN):
            if _NAMED_LOVE.search(text[: state.end].rstrip()):
                return
            tail = text[state.end :].split()
            if len(tail) <= 3 and not any(word.isdigit() for word in tail):
                yield Statement(None, state.stance, "all" in tail or "both" in tail)
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
