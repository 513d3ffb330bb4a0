"""The hand-written utterances with what each says, and the default films they speak about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bot.core.protocols import Understander
from bot.core.values import Intent, Item, Message, Understanding, split_about
from bot.understanding import build_understander
from storage.catalogue.catalogue_records import as_number, as_text
from storage.catalogue.catalogue_view import CatalogueView
from storage.catalogue.films import read_films

FILE = Path(__file__).with_name("utterances.jsonl")
STANCES = ("likes", "dislikes", "seen", "saved", "not_now", "forget")


@dataclass(frozen=True)
class Utterance:
    """One message and what it says; items are named by their label, ``Heat (1995)``."""

    half: str
    text: str
    intents: frozenset[Intent]
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constraints: dict[str, float] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    question: str | None = None
    count: int | None = None


@cache
def films() -> CatalogueView:
    """The default catalogue, straight from its source."""
    records = list(read_films())
    numeric: dict[str, bool] = {}
    for record in records:
        for column, values in record.attributes.items():
            single = len(values) == 1 and as_number(values[0]) is not None
            numeric[column] = numeric.get(column, True) and single
    items = [
        Item(
            record.item_id,
            record.title,
            record.year,
            {
                column: tuple(map(as_text, values))
                for column, values in record.attributes.items()
                if not numeric[column]
            },
            {
                column: float(values[0])
                for column, values in record.attributes.items()
                if numeric[column]
            },
            record.description,
            record.popularity,
            record.image_url,
            record.url,
            record.same_as,
        )
        for record in records
    ]
    return CatalogueView("films", "test", items, numeric)


@cache
def understander() -> Understander:
    return build_understander(films())


@cache
def ids_by_label() -> dict[str, str]:
    found: dict[str, str] = {}
    for item in sorted(films().items, key=lambda item: -(item.popularity or 0)):
        found.setdefault(item.label, item.item_id)
    return found


def label(about: str) -> str:
    """An item id as its label; ``column:value`` as it is."""
    item = films().get(about)
    return about if item is None else item.label


def read_corpus(path: Path = FILE) -> list[Utterance]:
    rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        Utterance(
            half=row["half"],
            text=row["text"],
            intents=frozenset(map(Intent, row["intents"])),
            lists={
                name: tuple(row.get(name, ()))
                for name in (*STANCES, "mentions", "references", "unknown_titles")
            },
            constraints=row.get("constraints", {}),
            shown=tuple(row.get("shown", ())),
            question=row.get("question"),
            count=row.get("count"),
        )
        for row in rows
    ]


def understand(utterance: Utterance) -> Understanding:
    ids = [ids_by_label()[name] for name in utterance.shown]
    turns: Sequence[Message] = (Message("assistant", "", tuple(ids)),) if ids else ()
    return understander().understand(
        utterance.text, turns=turns, shown=ids, question=utterance.question
    )


def got(said: Understanding, name: str) -> set[str]:
    return {label(about) for about in getattr(said, name)}


def is_item(about: str) -> bool:
    return split_about(about) is None or " " in about.split(":")[0]
