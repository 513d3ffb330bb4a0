"""Statements put into slots: the lists of what is liked, refused, seen, …, pronouns resolved.

Owns which list a stance puts a thing in and what "it" and "those" stand for; what was stated at
all is left to `stance`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core import patterns
from bot.understanding.linking.mentions import ANSWERED_BY_ITEMS, Kind, Mention, Stance
from bot.understanding.sentences import Sentence
from bot.understanding.stances.framing import QUESTION_START
from bot.understanding.stances.stance import Statement

_NO_IDEA = patterns.compile(
    r"^(?:(?:hm+|um+|uh|well|oh|sorry|honestly|,) )*(?:i )?(?:really |just |honestly )?(?:do not|dont) (?:really |actually )?know"
    r"(?: (?:really|yet|honestly|,|sorry|what i want|what to watch|tbh))*$|^not sure\b"
)


@dataclass(slots=True)
class Slots:
    """What a message says, list by list, in order and without repeats.

    `item_stances` and `value_stances` are all that were taken towards items and towards values,
    `references` the items of before that were pointed at.
    """

    lists: dict[str, dict[str, None]] = field(default_factory=dict)
    item_stances: set[Stance] = field(default_factory=set)
    value_stances: set[Stance] = field(default_factory=set)
    references: dict[str, None] = field(default_factory=dict)

    def add(self, name: str, abouts: Sequence[str]) -> None:
        """Put `abouts` into the list of that name."""
        self.lists.setdefault(name, {}).update(dict.fromkeys(abouts))

    def drop(self, name: str, abouts: Sequence[str]) -> None:
        """Take `abouts` out of the list of that name."""
        for about in abouts:
            self.lists.get(name, {}).pop(about, None)

    def get(self, name: str) -> tuple[str, ...]:
        """The list of that name; empty where nothing was put into it."""
        return tuple(self.lists.get(name, {}))

    def place(self, stance: Stance, abouts: Sequence[str], *, value: bool) -> None:
        """Put `abouts` into the lists of a stance; a later like undoes a dislike."""
        match stance:
            case Stance.LIKE | Stance.WANT:
                self.drop("dislikes", abouts)
                self.drop("avoids", abouts)
                self.add("likes", abouts)
                if stance is Stance.WANT and value:
                    self.add("wants", abouts)
            case Stance.DISLIKE | Stance.AVOID:
                self.drop("likes", abouts)
                self.drop("wants", abouts)
                self.add("dislikes", abouts)
                if stance is Stance.AVOID and value:
                    self.add("avoids", abouts)
            case Stance.SEEN:
                self.add("seen", abouts)
            case Stance.SAVE:
                self.add("saved", abouts)
            case Stance.NOT_NOW:
                self.add("not_now", abouts)
            case Stance.FORGET:
                self.add("forget", abouts)
            case _:
                pass


def fill_slots(
    statements: Sequence[Statement],
    mentions: Sequence[Mention],
    sentences: Sequence[Sentence],
    spoken_of: Sequence[str],
    question: str | None,
) -> Slots:
    """Statements turned into lists, pronouns resolved to the items last spoken of."""
    filling = _SlotFilling(mentions, sentences, spoken_of, question)
    no_idea = _NO_IDEA.search(" ; ".join(sentence.text for sentence in sentences)) is not None
    for statement in statements:
        if statement.mention is not None:
            filling.of_mention(statement.mention, statement.stance)
        elif not no_idea:
            filling.of_pronoun(statement)
    return filling.slots


class _SlotFilling:
    """The slots of one message, as its statements are put into them one after another."""

    def __init__(
        self,
        mentions: Sequence[Mention],
        sentences: Sequence[Sentence],
        spoken_of: Sequence[str],
        question: str | None,
    ) -> None:
        self.slots = Slots()
        self._mentions = mentions
        self._spoken_of = spoken_of
        self._question = question
        # "Who directed it?" answers no question of ours.
        self._in_questions = {
            number
            for sentence in sentences
            if sentence.question or QUESTION_START.match(sentence.text)
            for number in sentence.mentions
        }
        self._values: list[tuple[str, ...]] = []  # kinds and people of this message so far
        self._items: list[tuple[str, ...]] = []  # items of this message so far, group by group
        self._turned_away = False  # whether the last of them was

    def of_pronoun(self, statement: Statement) -> None:
        """A statement of "it" or "those", or of nothing that is named."""
        stance, slots = statement.stance, self.slots
        if statement.plural and not self._items and self._values:
            if stance in (Stance.LIKE, Stance.DISLIKE, Stance.AVOID):
                slots.value_stances.add(stance)
                slots.place(stance, self._values[-1], value=True)
            return
        if stance is Stance.AVOID:
            return
        if statement.own and (not self._items or self._turned_away):
            return
        abouts = _antecedent(self._items, self._spoken_of, statement.plural)
        if not abouts:
            if stance is not Stance.UNSEEN:
                slots.item_stances.add(stance)
            return
        if not self._items:
            slots.references.update(dict.fromkeys(abouts))
        slots.item_stances.add(stance)
        slots.place(stance, abouts, value=False)

    def of_mention(self, number: int, stance: Stance) -> None:
        """A statement of the mention of that number."""
        mention = self._mentions[number]
        if mention.kind is Kind.UNKNOWN:
            self.slots.item_stances.add(stance)
        elif mention.kind is Kind.VALUE:
            self._of_value(mention, stance)
        else:
            self._of_item(mention, stance, asked=number in self._in_questions)

    def _of_value(self, mention: Mention, stance: Stance) -> None:
        if stance is Stance.DENIED:
            stance = Stance.NEUTRAL
        # Asked for titles, whoever names a kind wishes for it now.
        if stance is Stance.WANT and self._question not in (None, *ANSWERED_BY_ITEMS):
            stance = Stance.LIKE if not mention.opinion else stance
        self.slots.value_stances.add(stance)
        self._values.append(mention.abouts)
        refused = stance in (Stance.DISLIKE, Stance.AVOID)
        if refused and mention.opinion and set(mention.abouts) & set(self.slots.get("likes")):
            return  # "scary but not gory" still wants what is scary
        self.slots.place(stance, mention.abouts, value=True)

    def _of_item(self, mention: Mention, stance: Stance, *, asked: bool) -> None:
        if mention.kind is Kind.REFERENCE:
            self.slots.references.update(dict.fromkeys(mention.abouts))
        if stance is Stance.NEUTRAL and self._question in ANSWERED_BY_ITEMS and not asked:
            stance = Stance.LIKE
        self._items.append(mention.abouts)
        self._turned_away = stance in (Stance.DISLIKE, Stance.AVOID)
        self.slots.item_stances.add(stance)
        self.slots.place(stance, mention.abouts, value=False)
        if stance is Stance.SEEN:
            self.slots.add("seen", mention.series)


def _antecedent(
    spoken: Sequence[tuple[str, ...]], spoken_of: Sequence[str], plural: bool
) -> tuple[str, ...]:
    """What a pronoun stands for: items of the message itself before those of earlier ones."""
    if spoken:
        if plural:
            return tuple(dict.fromkeys(about for group in spoken for about in group))
        return spoken[-1]
    if plural:
        return tuple(spoken_of)
    return tuple(spoken_of[:1])
