"""What a message is for: asking, telling, accepting, correcting, greeting, ….

Reads the words with mentions in their places and the statements already made of them; a message
may have several intents, or none. The words that tell of each are left to `intent_cues`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import bot.understanding.intent_cues as cues
from bot.core import patterns
from bot.core.values import Intent
from bot.understanding.limits.constraints import StatedLimits
from bot.understanding.linking.mentions import ANSWERED_BY_ITEMS, Kind, Mention, Stance
from bot.understanding.sentences import MARK, Sentence
from bot.understanding.stances.stance import Statement
from bot.understanding.text import Token

_OTHER_THAN_ASKING = frozenset(
    {Intent.ASK_ITEM, Intent.WHY, Intent.FORGET, Intent.SAVE, Intent.CRITIQUE}
)


@dataclass(frozen=True, slots=True)
class MessageReading:
    """What is known of a message before its purpose is.

    `text` is all its sentences, mentions as ``§0``. `shown` says whether items were spoken of
    before, `question` is the key of what was asked, `count` how many suggestions are asked for.
    `compares` says whether something like what was shown but different is asked for, `toned`
    whether in another tone, `lasting` whether the words are meant for good, `judges` whether a
    verb of liking or a judgement stands in them.
    """

    text: str
    tokens: Sequence[Token]
    sentences: Sequence[Sentence]
    mentions: Sequence[Mention]
    statements: Sequence[Statement]
    item_stances: AbstractSet[Stance]
    value_stances: AbstractSet[Stance]
    limits: StatedLimits
    shown: bool = False
    question: str | None = None
    count: int | None = None
    compares: bool = False
    toned: bool = False
    lasting: bool = False
    judges: bool = False

    @property
    def stances(self) -> set[Stance]:
        """Those towards items and towards values."""
        return {*self.item_stances, *self.value_stances}

    @property
    def first(self) -> str:
        """The words of the first sentence."""
        return self.sentences[0].text if self.sentences else ""

    @property
    def names_items(self) -> bool:
        """Whether a title of the catalogue stands in it."""
        return any(mention.kind is Kind.ITEM for mention in self.mentions)

    @property
    def answers_by_value(self) -> bool:
        """Whether a question was asked whose answers are no items."""
        return self.question not in (None, *ANSWERED_BY_ITEMS)

    @property
    def criticises(self) -> bool:
        """Whether what was shown should be otherwise: older, funnier, not so long."""
        if self.compares or self.toned or self.limits.relaxed:
            return True
        if not self.shown or self.names_items:
            return False
        return bool(cues.CRITIQUE.search(self.first) or cues.TOO.search(self.first))


def read_intents(said: MessageReading) -> frozenset[Intent]:
    """The intents of a message."""
    found = {
        *_courtesies(said),
        *_taken_back(said),
        *_questions(said),
        *_told(said),
    }
    if cues.SKIP.search(said.text) and not said.limits.relaxed:
        found.add(Intent.SKIP)
    if said.criticises:
        found.add(Intent.CRITIQUE)
    if _requests(said, found):
        found.add(Intent.REQUEST)
    if said.answers_by_value and said.limits.constraints:
        found.add(Intent.PREFERENCE)
    if _accepts(said, found):
        found.add(Intent.ACCEPT)
    if _rejects(said) and not found & {Intent.SKIP, Intent.FORGET, Intent.ACCEPT}:
        found.add(Intent.REJECT)
    if Intent.REJECT in found and cues.LATER.search(said.text):
        found.discard(Intent.REQUEST)
    if Intent.ACCEPT in found and not said.judges:
        found.discard(Intent.PREFERENCE)
    if cues.SMALL.search(said.text) and not found - {Intent.GREET, Intent.THANK, Intent.STOP}:
        found.add(Intent.SMALL_TALK)
    if cues.DELETE.search(said.text) and not said.limits.constraints and not said.names_items:
        found = {Intent.DELETE}
    elif cues.ASK_SELF.search(said.text):
        found = {Intent.ASK_SELF, *(found & {Intent.GREET})}
    bare = not found - {Intent.GREET, Intent.THANK} and not said.stances
    if bare and cues.BARE_WISH.match(said.first):
        found.add(Intent.REQUEST)
    if not found and said.text.strip() and not said.stances:
        found.add(Intent.SMALL_TALK)
    return frozenset(found)


def _courtesies(said: MessageReading) -> Iterator[Intent]:
    if cues.GREET.match(said.first):
        yield Intent.GREET
    if cues.THANK.search(cues.NO_THANKS.sub(" ", said.text)):
        yield Intent.THANK
    if any(cues.STOP.search(sentence.text) for sentence in said.sentences):
        yield Intent.STOP


def _taken_back(said: MessageReading) -> Iterator[Intent]:
    forgets = Stance.FORGET in said.stances
    asks = any(sentence.question for sentence in said.sentences)
    if any(cues.UNDO.match(sentence.text) for sentence in said.sentences) and not forgets:
        yield Intent.UNDO
    elif forgets or (cues.FORGET.search(said.text) and not asks):
        yield Intent.FORGET


def _questions(said: MessageReading) -> Iterator[Intent]:
    """Why something was suggested, or what is to be known of an item."""
    if any(cues.WHY.search(sentence.text) for sentence in said.sentences):
        yield Intent.WHY
    elif any(map(_asks_of_item, said.sentences)):
        yield Intent.ASK_ITEM
    if not said.stances - {Stance.NEUTRAL, Stance.UNSEEN} and any(
        cues.OPINION_ASKED.match(sentence.text) and (sentence.mentions or sentence.question)
        for sentence in said.sentences
    ):
        yield Intent.ASK_ITEM


def _asks_of_item(sentence: Sentence) -> bool:
    text = sentence.text
    if cues.ASK_ITEM.search(text):
        begins_as_question = patterns.match(r"have|is|was|are|does|did", text)
        if sentence.question or not begins_as_question:
            return True
    asked = sentence.question or text.startswith("tell me")
    return bool(asked and cues.ANY_GOOD.search(text))


def _told(said: MessageReading) -> Iterator[Intent]:
    """What is saved, seen, liked or disliked."""
    stances = said.stances
    if Stance.SAVE in stances or (cues.SAVE.search(said.text) and Stance.FORGET not in stances):
        yield Intent.SAVE
    if Stance.SEEN in stances:
        yield Intent.SEEN
    taste = stances & {Stance.LIKE, Stance.DISLIKE} or (said.lasting and Stance.AVOID in stances)
    if taste or (said.answers_by_value and stances & {Stance.WANT, Stance.AVOID}):
        yield Intent.PREFERENCE


def _requests(said: MessageReading, found: AbstractSet[Intent]) -> bool:
    """Whether suggestions are asked for, other intents being `found`."""
    shows_anything = cues.SHOW_ANYTHING.search(said.text) is not None
    if Intent.SKIP in found:
        return shows_anything
    limited = said.count is not None or bool(said.limits.constraints)
    if limited and not said.criticises and not said.answers_by_value:
        return True
    if found & _OTHER_THAN_ASKING or (said.lasting and Intent.PREFERENCE in found):
        return False
    if any(_asks(sentence, said.names_items) for sentence in said.sentences):
        return True
    wished = said.value_stances & {Stance.WANT, Stance.AVOID} or Stance.AVOID in said.item_stances
    return bool(wished) and not said.answers_by_value


def _accepts(said: MessageReading, found: AbstractSet[Intent]) -> bool:
    """Whether a suggestion is taken, other intents being `found`."""
    if found & {Intent.FORGET, Intent.UNDO, Intent.SKIP} or Stance.AVOID in said.value_stances:
        return False
    if not any(
        not sentence.question and cues.ACCEPT.search(_with_items_marked(sentence, said.mentions))
        for sentence in said.sentences
    ):
        return False
    spoken_of = said.shown or said.item_stances & {Stance.WANT, Stance.LIKE}
    return bool(spoken_of) or Intent.THANK in found or len(said.first.split()) <= 4


def _with_items_marked(sentence: Sentence, mentions: Sequence[Mention]) -> str:
    """The words of a sentence with all that is no value as ``§i``."""

    def mark(match: patterns.Match[str]) -> str:
        return match[0] if mentions[int(match[1])].kind is Kind.VALUE else "§i"

    return MARK.sub(mark, sentence.text)


def _rejects(said: MessageReading) -> bool:
    """Whether what was shown, or the question, is turned away."""
    if any(
        mention.kind is Kind.REFERENCE and mention.text.casefold().startswith(("none", "neither"))
        for mention in said.mentions
    ):
        return True
    offered = said.shown or said.question
    if any(
        cues.DECLINED.search(sentence.text)
        or (offered and not sentence.question and cues.REJECT.search(sentence.text))
        for sentence in said.sentences
    ):
        return True
    seen = said.shown and Stance.SEEN in said.item_stances
    return bool(seen and cues.SEEN_REJECT.search(said.text))


def _asks(sentence: Sentence, names_items: bool) -> bool:
    """Whether a sentence asks for suggestions."""
    text = sentence.text
    if names_items and cues.WHAT_ABOUT.match(text):
        return False
    return bool(cues.ASKED.search(text)) and not _is_statement(text)


def _is_statement(text: str) -> bool:
    """Whether words of asking only stand in a statement of taste or in a thank-you."""
    return bool(
        cues.THANKS_FOR_IDEAS.search(text)
        or cues.PRAISE_OF_IDEAS.search(text)
        or cues.NEVER_SHOW.match(text)
        or cues.LIKES_ANYTHING.match(text)
    )
