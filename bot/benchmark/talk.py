"""What is said in a benchmark: dialogues over the best known items of whatever catalogue.

The sentences are in ``prompts/benchmark/talk.json``; here titles are put into them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import prompts
from bot.core.values import Item, Message

WELL_KNOWN = 300
NAMED = ("first", "second", "third", "fourth")


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: a person's messages, and what might be answered to each."""

    messages: tuple[str, ...]
    answers: tuple[str, ...]

    def dialogue(self, turns: int) -> list[Message]:
        """The first `turns` messages with the answers in between; ends with a message."""
        said: list[Message] = []
        for message, answer in zip(self.messages[:turns], self.answers, strict=False):
            said += [Message("user", message), Message("assistant", answer)]
        return said[:-1]


def best_known(items: Sequence[Item]) -> list[str]:
    """Titles of the catalogue's most popular items."""
    known = sorted(items, key=lambda item: (-(item.popularity or 0.0), item.item_id))
    return list(dict.fromkeys(item.title for item in known[:WELL_KNOWN]))


def talks(titles: Sequence[str], count: int, seed: int = 0) -> list[Talk]:
    """`count` conversations of five messages, each about other titles; the same for a seed."""
    words = prompts.data("benchmark/talk.json")
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        named = [chance.choice(titles) for _ in NAMED]
        recommended = [chance.choice(titles) for _ in NAMED]
        made.append(
            Talk(
                tuple(
                    text.format(**dict(zip(NAMED, named, strict=True)))
                    for text in words["messages"]
                ),
                tuple(
                    text.format(**dict(zip(NAMED, recommended, strict=True)))
                    for text in words["answers"]
                ),
            )
        )
    return made


def story() -> str:
    """The beginning of a text that a model goes on with for long."""
    return str(prompts.data("benchmark/talk.json")["story"])
