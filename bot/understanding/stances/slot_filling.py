"""Statements gathered into lists: what is liked, refused, seen, …, pronouns resolved.

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
from bot.understanding.stances.cues import QUESTION_START
from bot.understanding.stances.stance import Statement

_NO_IDEA = patterns.compile(
    r"^(?:(?:hm+|um+|uh|well|oh|sorry|honestly|,) )*(?:i )?(?:really |just |honestly )?(?:do not|dont) (?:really |actually )?know"
    r"(?: (?:really|yet|honestly|,|sorry|what i want|what to watch|tbh))*$|^not sure\b"
)


@dataclass(slots=True)
class Gathered:
    """Stances collected by list, in order and without repeats; a later like undoes a dislike."""

    lists: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, name: str, abouts: Sequence[str]) -> None:
        self.lists.setdefault(name, {}).update(dict.fromkeys(abouts))

    def drop(self, name: str, abouts: Sequence[str]) -> None:
        for about in abouts:
            self.lists.get(name, {}).pop(about, None)

    def get(self, name: str) -> tuple[str, ...]:
        return tuple(self.lists.get(name, {}))


def gather(
    statements: Sequence[Statement],
    mentions: Sequence[Mention],
    sentences: Sequence[Sentence],
    spoken_of: Sequence[str],
    question: str | None,
) -> tuple[Gathered, set[Stance], set[Stance], tuple[str, ...]]:
    """Statements turned into lists, pronouns resolved to the items last spoken of."""
    gathered = Gathered()
    # "Who directed it?" answers no question of ours.
    asking = {
        number
        for sentence in sentences
        if sentence.question or QUESTION_START.match(sentence.text)
        for number in sentence.mentions
    }
    item_stances: set[Stance] = set()
    value_stances: set[Stance] = set()
    references: dict[str, None] = {}
    turned_away = False
    values: list[tuple[str, ...]] = []  # kinds and people of this message so far
    spoken: list[tuple[str, ...]] = []  # items of this message so far, group by group
    no_idea = _NO_IDEA.search(" ; ".join(s.text for s in sentences)) is not None
    for statement in statements:
        stance = statement.stance
        if statement.mention is None and no_idea:
            continue
        if statement.mention is None and statement.plural and not spoken and values:
            if stance in (Stance.LIKE, Stance.DISLIKE, Stance.AVOID):
                value_stances.add(stance)
                _place(gathered, stance, values[-1], value=True)
            continue
        if statement.mention is None:
            if stance is Stance.AVOID:
                continue
            if statement.own and (not spoken or turned_away):
                continue
            abouts = _antecedent(spoken, spoken_of, statement.plural)
            if not abouts:
                if stance is not Stance.UNSEEN:
                    item_stances.add(stance)
                continue
            if not spoken:
                references.update(dict.fromkeys(abouts))
            item_stances.add(stance)
            _place(gathered, stance, abouts, value=False)
            continue
        mention = mentions[statement.mention]
        if mention.kind is Kind.UNKNOWN:
            item_stances.add(stance)
            continue
        if mention.kind is Kind.VALUE:
            if stance is Stance.DENIED:
                stance = Stance.NEUTRAL
            # Asked for titles, whoever names a kind wishes for it now.
            if stance is Stance.WANT and question not in (None, *ANSWERED_BY_ITEMS):
                stance = Stance.LIKE if not mention.opinion else stance
            value_stances.add(stance)
            values.append(mention.abouts)
            refused = stance in (Stance.DISLIKE, Stance.AVOID)
            if refused and mention.opinion and set(mention.abouts) & set(gathered.get("likes")):
                continue  # "scary but not gory" still wants what is scary
            _place(gathered, stance, mention.abouts, value=True)
            continue
        if mention.kind is Kind.REFERENCE:
            references.update(dict.fromkeys(mention.abouts))
        answers = question in ANSWERED_BY_ITEMS and statement.mention not in asking
        if stance is Stance.NEUTRAL and answers:
            stance = Stance.LIKE
        spoken.append(mention.abouts)
        turned_away = stance in (Stance.DISLIKE, Stance.AVOID)
        item_stances.add(stance)
        _place(gathered, stance, mention.abouts, value=False)
        if stance is Stance.SEEN:
            gathered.add("seen", mention.series)
    return gathered, item_stances, value_stances, tuple(references)


def _place(gathered: Gathered, stance: Stance, abouts: Sequence[str], *, value: bool) -> None:
    match stance:
        case Stance.LIKE | Stance.WANT:
            gathered.drop("dislikes", abouts)
            gathered.drop("avoids", abouts)
            gathered.add("likes", abouts)
            if stance is Stance.WANT and value:
                gathered.add("wants", abouts)
        case Stance.DISLIKE | Stance.AVOID:
            gathered.drop("likes", abouts)
            gathered.drop("wants", abouts)
            gathered.add("dislikes", abouts)
            if stance is Stance.AVOID and value:
                gathered.add("avoids", abouts)
        case Stance.SEEN:
            gathered.add("seen", abouts)
        case Stance.SAVE:
            gathered.add("saved", abouts)
        case Stance.NOT_NOW:
            gathered.add("not_now", abouts)
        case Stance.FORGET:
            gathered.add("forget", abouts)
        case _:
            pass


def _antecedent(
    spoken: Sequence[tuple[str, ...]], spoken_of: Sequence[str], plural: bool
) -> tuple[str, ...]:
    if spoken:
        if plural:
            return tuple(dict.fromkeys(about for group in spoken for about in group))
        return spoken[-1]
    if plural:
        return tuple(spoken_of)
    return tuple(spoken_of[:1])
