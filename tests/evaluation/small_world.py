"""Twelve items in two camps whose right answers are known, and who talks about them.

Items s0 … s5 are about the sea and go together; items m0 … m5 are about mountains and go
together. s0 and m0 are mentioned most.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.values import Item, Message
from bot.data.dialogues import Dialogue
from bot.data.interactions import Interaction
from bot.evaluation.baselines.scoring import FitData
from tests.memory_catalogue import MemoryCatalogue

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = {
    "s": ("Sailing", "A captain and a storm on the wide ocean, ships and harbour lights"),
    "m": ("Climbing", "A rope team in the alps, glacier, summit and thin air"),
}


def _item(camp: str, number: int) -> Item:
    kind, description = WORDS[camp]
    return Item(
        item_id=f"{camp}{number}",
        title=f"{kind} story {'abcdef'[number]}",
        year=1990 + 2 * number,
        attributes={"kinds": (kind,)},
        description=description,
        popularity=float(10 - number),
    )


CATALOGUE = MemoryCatalogue([_item(camp, number) for number in range(6) for camp in "sm"])


def _talk(name: str, *items: str) -> Dialogue:
    turns = [Message("user", f"I liked {items[0]}", items[:1])]
    turns += [Message("assistant", f"then {item}", (item,)) for item in items[1:]]
    return Dialogue(name, tuple(turns))


DIALOGUES = [
    _talk(f"{camp}{number}-{repeat}", f"{camp}0", f"{camp}{number}", f"{camp}{1 + number % 5}")
    for camp in "sm"
    for number in range(1, 6)
    for repeat in range(3)
]
INTERACTIONS = [
    Interaction(f"{camp}-{person}", f"{camp}{number}", 5.0 if number != person else None, number)
    for camp in "sm"
    for person in range(6)
    for number in range(6)
]
DATA = FitData(CATALOGUE, DIALOGUES, INTERACTIONS)
