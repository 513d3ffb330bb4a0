"""Dialogues as the trainer reads them: rendered as they are served, then packed as tokens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from adapters.training.packing import Branch, Pack, Target, pack_dialogue
from bot.core.protocols import Catalogue
from bot.data.dialogues import Dialogue
from bot.ranking.rendering import dialogue_text, request_text, title_text
from bot.training.examples import Example

Split = Callable[[str], Sequence[int]]
MOST_TOKENS = 420
"""Of a dialogue that is trained on; what comes later is left out."""


def packs_of(
    dialogues: Sequence[Dialogue],
    examples: Sequence[Example],
    catalogue: Catalogue,
    split: Split,
) -> list[Pack]:
    """A pack for each dialogue that has examples within its first 420 tokens.

    Branches carry the examples' numbers; targets' items are rows of the catalogue.
    """
    by_dialogue: dict[int, list[int]] = defaultdict(list)
    for number, example in enumerate(examples):
        by_dialogue[example.dialogue].append(number)
    request = tuple(split(request_text()))
    packs = []
    for dialogue, numbers in by_dialogue.items():
        turns = dialogues[dialogue].turns
        # Each line is split on its own: a line's end never joins the next line's beginning.
        trunk = list(split(dialogue_text(())))
        ends = [len(trunk)]
        opening = len(dialogue_text(()))
        for place in range(len(turns)):
            trunk.extend(split(dialogue_text(turns[place : place + 1])[opening:]))
            ends.append(len(trunk))
        branches = [
            Branch(
                ends[examples[number].turn],
                request,
                _targets(examples[number], catalogue, split),
                number,
            )
            for number in numbers
            if ends[examples[number].turn] <= MOST_TOKENS
        ]
        if branches:
            packs.append(pack_dialogue(dialogue, trunk, branches))
    return packs


def _targets(example: Example, catalogue: Catalogue, split: Split) -> tuple[Target, ...]:
    rows = [catalogue.row(item) for item in example.targets]
    return tuple(Target(tuple(split(title_text(catalogue.items[row].title))), row) for row in rows)
