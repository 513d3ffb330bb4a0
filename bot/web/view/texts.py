"""The page's wording, read from ``prompts/web``; which words stand where is the pages' affair."""

from __future__ import annotations

from functools import cache
from typing import Any

import prompts

STRINGS = ("web/strings.json", "web/accounts.json", "web/borders.json", "web/owner.json")


def text(name: str, **values: object) -> str:
    """The string called `name` with `values` filled in; KeyError when either is missing."""
    wording: str = _strings()[name]
    return wording.format_map(values) if values else wording


@cache
def _strings() -> dict[str, str]:
    return {name: words for file in STRINGS for name, words in prompts.data(file).items()}


def openings() -> list[str]:
    """Examples of a first message, shown on an empty chat."""
    return list(prompts.data("web/openings.json"))


def card_layout() -> dict[str, Any]:
    """Which of a catalogue's columns a card shows, where they exist."""
    layout: dict[str, Any] = prompts.data("web/card.json")
    return layout


def column_name(column: str) -> str:
    """What a column is called on the page."""
    named: dict[str, str] = card_layout()["column_names"]
    return named.get(column) or column.replace("_", " ").capitalize()
