"""Quick replies that ask for other suggestions: those of ``prompts/replies/ways_on.json`` that fit.

Each is about a number ("under two hours") or an attribute's value ("funnier"). It fits when it
would change something: when the suggestions have what it excludes or lack what it asks for, and
the person has not mentioned it yet. It knows columns, not films; a catalogue without its column
does not get it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import prompts
from bot.core.protocols import Catalogue
from bot.core.results import RankingQuery
from bot.core.values import Item, split_about

MOST_WAYS = 3


def ways_on(catalogue: Catalogue, items: Sequence[Item], query: RankingQuery) -> list[str]:
    """At most three quick replies that would take the suggested `items` elsewhere."""
    ways: list[Mapping[str, Any]] = prompts.data("replies/ways_on.json")
    fitting = [way["say"] for way in ways if _fits(way, catalogue, items, query)]
    return fitting[:MOST_WAYS]


def _fits(
    way: Mapping[str, Any], catalogue: Catalogue, items: Sequence[Item], query: RankingQuery
) -> bool:
    if "number" in way:
        return _moves(way, items, query)
    about: str = way["value"]
    column, value = split_about(about) or ("", "")
    if about in (*query.wants, *query.avoids) or column not in catalogue.columns:
        return False
    holding = sum(value in item.attributes.get(column, ()) for item in items)
    return value in catalogue.values(column) and holding * 2 < len(items)


def _moves(way: Mapping[str, Any], items: Sequence[Item], query: RankingQuery) -> bool:
    """Whether the middle of a number lies beyond what the way would change it from."""
    column: str = way["number"]
    known = [value for item in items if (value := _number(item, column)) is not None]
    if not known or {f"{column}_min", f"{column}_max"} & query.constraints.keys():
        return False
    middle = float(np.median(known))
    return middle > float(way["above"]) if "above" in way else middle < float(way["below"])


def _number(item: Item, column: str) -> float | None:
    return item.year if column == "year" else item.numbers.get(column)
