"""Grounded replies to learn from: made from a catalogue and our own phrases.

The base model writes poor replies by itself. These examples teach it, through the language
modelling loss, to say in a sentence or two what the catalogue says of a suggestion. Only facts of
the item at hand enter a reply, so what is learned is to copy facts, not to know them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import prompts
from adapters.training.packing import Branch, Pack, Target, pack_dialogue
from adapters.training.phrase_slots import PHRASES, Slot, phrase_slots
from bot.core.protocols import Catalogue
from bot.core.values import Item

_OTHERS_SHOWN = 3
_FACTS_SHOWN = 3
_WELL_KNOWN = 6000
NO_ITEM = -1


@dataclass(frozen=True, slots=True)
class ReplyExample:
    """A prompt, rendered as when serving, and a reply (beginning with a space) to learn."""

    prompt: str
    reply: str


def reply_prompt(
    request: str,
    items: Sequence[Item],
    *,
    likes: Sequence[str] = (),
    wants: Sequence[str] = (),
    avoids: Sequence[str] = (),
) -> str:
    """The text before a reply; `likes` are titles, `wants` and `avoids` attribute values."""
    return prompts.render(
        "replies/prompt.jinja",
        request=" ".join(request.split())[:240],
        facts=[facts_line(item) for item in items[:_FACTS_SHOWN]],
        likes=list(likes),
        wants=list(wants),
        avoids=list(avoids),
    )


def facts_line(item: Item) -> str:
    """What a prompt says of an item: title, year and the first values of its main columns."""
    shown = {slot.column: slot.in_prompt for slot in phrase_slots().values()}
    columns = [name for name in shown if name in item.attributes] or list(item.attributes)
    attributes = {
        name: item.attributes[name][: shown.get(name, _OTHERS_SHOWN)] for name in columns[:4]
    }
    return " ".join(
        prompts.render(
            "replies/facts.jinja",
            title=item.title,
            year=item.year,
            attributes=attributes,
            length=None,
        ).split()
    )


def reply_examples(
    catalogue: Catalogue, *, count: int, seed: int, requests: Sequence[str] = ()
) -> list[ReplyExample]:
    """`count` examples over the better known items, the same for the same seed.

    `requests` are real first messages; a quarter of the examples that answer an open request
    begin with one of them, so that the model has seen how people write.
    """
    chance = random.Random(seed)
    phrases = prompts.data(PHRASES)
    known = sorted(
        (
            item
            for item in catalogue.items
            if item.year and item.attributes.get(phrases["wished_for"])
        ),
        key=lambda item: (-(item.popularity or 0), item.item_id),
    )[:_WELL_KNOWN]
    if len(known) < _FACTS_SHOWN + 1:
        return []
    return [_example(chance, phrases, known, requests) for _ in range(count)]


def reply_packs(
    examples: Sequence[ReplyExample],
    prompt_tokens: Callable[[str], Sequence[int]],
    reply_tokens: Callable[[str], Sequence[int]],
) -> list[Pack]:
    """The examples as packs to train on beside dialogues: a prompt, and the reply to predict.

    A reply ends with a line end, so that the model learns to stop. Its target names no item
    (`NO_ITEM`); its pack belongs to no dialogue.
    """
    packs = []
    for number, example in enumerate(examples):
        target = Target(tuple(reply_tokens(example.reply + "\n")), NO_ITEM)
        branch = Branch(0, tuple(prompt_tokens(example.prompt)), (target,), number)
        packs.append(pack_dialogue(NO_ITEM, (), [branch]))
    return packs


def _example(
    chance: random.Random,
    phrases: dict[str, Any],
    known: Sequence[Item],
    requests: Sequence[str],
) -> ReplyExample:
    first, second, third, liked = chance.sample(list(known), 4)
    situation = chance.choices(["liked", "wanted", "both", "refused", "open"], [6, 5, 2, 1, 4])[0]
    wishes = first.attributes[phrases["wished_for"]]
    wanted = chance.choice(wishes)
    others = [each for each in liked.attributes[phrases["wished_for"]] if each not in wishes]
    if situation == "refused" and not others:
        situation = "open"
    avoided = others[0] if others else ""
    request = chance.choice(phrases["requests"][situation]).format(
        liked=chance.choice([liked.title, liked.title, liked.label, liked.title.lower()]),
        wanted=wanted.lower(),
        avoided=avoided.lower(),
    )
    if situation == "open" and requests and chance.random() < 0.5:
        request = chance.choice(list(requests))
    opening = {"both": chance.choice(["liked", "wanted"])}.get(situation, situation)
    sentences = [
        chance.choice(phrases["openings"][opening]).format(
            liked=liked.title,
            wanted=wanted.lower(),
            avoided=avoided.lower(),
            title=first.title,
            year=first.year,
        )
    ]
    if chance.random() < 0.8:
        sentences.append(_body(chance, phrases["bodies"], first))
    if chance.random() < 0.6 or len(sentences) == 1:
        sentences.append(_second(chance, phrases["seconds"], second))
    prompt = reply_prompt(
        request,
        (first, second, third),
        likes=[liked.title] if situation in ("liked", "both") else [],
        wants=[wanted.lower()] if situation in ("wanted", "both") else [],
        avoids=[avoided.lower()] if situation == "refused" else [],
    )
    return ReplyExample(prompt=prompt, reply=" " + " ".join(sentences))


def _body(chance: random.Random, bodies: dict[str, list[str]], item: Item) -> str:
    able = [key for key in bodies if all(item.attributes.get(column) for column in key.split(","))]
    key = chance.choices(able, [1 + 2 * key.count(",") for key in able])[0]
    return chance.choice(bodies[key]).format(**_values(chance, item))


def _second(chance: random.Random, seconds: dict[str, list[str]], item: Item) -> str:
    able = [key for key in seconds if key == "plain" or item.attributes.get(key)]
    return chance.choice(seconds[chance.choice(able)]).format(
        title=item.title, year=item.year, **_values(chance, item)
    )


def _values(chance: random.Random, item: Item) -> dict[str, str]:
    def count(slot: Slot) -> int:
        first, *more = slot.counts
        return chance.choice(slot.counts) if more else first

    return {name: slot.filled(item, count(slot)) for name, slot in phrase_slots().items()}
