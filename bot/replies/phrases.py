"""Every reply that could truly be given to a request, out of our own phrases and its facts.

The model picks among them word by word (`adapters.engine.phrase_guard`). What does not hold of the
suggestions is not among them.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence

import prompts
from adapters.training.phrase_slots import PHRASES, phrase_slots
from bot.core import patterns
from bot.core.values import Item
from bot.replies.grounding import Grounds, problem

_LABEL = "{title} ({year})"
_GAP = patterns.compile(r"\{\w+\}(?: \(\{year\}\))?")
MOST = 400


def true_sentences(
    items: Sequence[Item],
    grounds: Grounds,
    *,
    likes: Sequence[str] = (),
    wants: Sequence[str] = (),
    avoids: Sequence[str] = (),
    told: Sequence[str] = (),
    chance: random.Random | None = None,
) -> tuple[list[str], list[str]]:
    """What a reply may begin with, and what may follow.

    Phrases of the replies `told` before are left out where there are others. With `chance`, of
    sentences that begin with the same word there is one, so that the model, which reads on before
    every choice, chooses once for each sentence; others are not even checked.
    """
    phrases = prompts.data(PHRASES)
    more = [*_about(phrases["bodies"], items[0])]
    if len(items) > 1:
        more += _seconds(phrases["seconds"], items[1])
    openings = [*_openings(phrases["openings"], items[0], likes, wants, avoids)]
    followed = [pair for pair in more if not _dangling(pair[1])]
    begin, follow = (
        _fresh_and_true(pairs, grounds, told, chance) for pairs in (openings, followed)
    )
    return begin, follow


def _fresh_and_true(
    sentences: Sequence[tuple[str, str]],
    grounds: Grounds,
    told: Sequence[str],
    chance: random.Random | None,
) -> list[str]:
    """Of (phrase, sentence), the true sentences whose phrase no reply of `told` has.

    All true ones when there is none.
    """
    fresh = [one for one in sentences if not any(_mark(one[0]) in reply for reply in told)]
    for some in (fresh, sentences):
        told_apart = list(dict.fromkeys(sentence for _, sentence in some))
        found = (
            _true(told_apart, grounds) if chance is None else _parting(told_apart, grounds, chance)
        )
        if found:
            return found
    return []


def _true(sentences: Sequence[str], grounds: Grounds) -> list[str]:
    return [sentence for sentence in sentences if problem(sentence, grounds) is None]


def _parting(sentences: Sequence[str], grounds: Grounds, chance: random.Random) -> list[str]:
    """One true sentence for each word that any begins with, in the words' order."""
    by_word: dict[str, list[str]] = {}
    for sentence in sentences:
        by_word.setdefault(sentence.split(maxsplit=1)[0], []).append(sentence)
    found: list[str] = []
    for alike in by_word.values():
        chance.shuffle(alike)
        found += itertools.islice((one for one in alike if problem(one, grounds) is None), 1)
    return found


def _mark(phrase: str) -> str:
    """What a phrase is known by: the longest stretch of it that is the same whatever it is of."""
    return max(_GAP.split(phrase), key=len)


def joined(openings: Sequence[str], followed: Sequence[str]) -> list[str]:
    """Replies of one or two sentences, each beginning with a space; at most `MOST`."""
    pairs = itertools.product(openings, followed) if followed else ()
    replies = [f" {opening} {rest}" for opening, rest in pairs] or [f" {one}" for one in openings]
    return replies[:MOST]


def _openings(
    openings: dict[str, list[str]],
    item: Item,
    likes: Sequence[str],
    wants: Sequence[str],
    avoids: Sequence[str],
) -> Iterator[tuple[str, str]]:
    """First sentences that take up what was said, the plain ones when nothing was."""
    held = {value.casefold() for values in item.attributes.values() for value in values}
    wanted = [value for value in wants if value.casefold() in held]
    situations = [
        ("liked", likes[:1]),
        ("wanted", wanted[:1]),
        ("refused", avoids[:1] if not likes and not wanted else ()),
    ]
    chosen = [(name, value) for name, values in situations for value in values]
    for name, value in chosen or [("open", "")]:
        for phrase in openings[name]:
            yield phrase, _said(phrase, item, liked=value, wanted=value, avoided=value)


def _about(bodies: dict[str, list[str]], item: Item) -> Iterator[tuple[str, str]]:
    for columns, phrases in bodies.items():
        if all(item.attributes.get(column) for column in columns.split(",")):
            for phrase, values in itertools.product(phrases, _values(item)):
                yield phrase, _said(phrase, item, **values)


def _seconds(seconds: dict[str, list[str]], item: Item) -> Iterator[tuple[str, str]]:
    for column, phrases in seconds.items():
        if column == "plain" or item.attributes.get(column):
            for phrase, values in itertools.product(phrases, _values(item)):
                yield phrase, _said(phrase, item, **values)


def _values(item: Item) -> Iterator[dict[str, str]]:
    """The ways to fill in an item's facts: two values of a column or three, one name or two."""
    slots = phrase_slots()
    for counts in itertools.product(*(sorted({*slot.counts}) for slot in slots.values())):
        yield {
            name: slot.filled(item, count)
            for (name, slot), count in zip(slots.items(), counts, strict=True)
        }


def _said(phrase: str, item: Item, **values: str) -> str:
    text = phrase.replace(_LABEL, "{label}")
    return text.format(label=item.label, title=item.title, year=item.year, **values)


def _dangling(sentence: str) -> bool:
    """Whether a fact was missing, which leaves a gap in the sentence."""
    return "  " in sentence or " ." in sentence
