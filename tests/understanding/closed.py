"""Doors shut by mistake in real dialogues: ``python -m tests.understanding.closed TRAIN FILMS``.

TRAIN is in ReDial's own layout, FILMS a catalogue whose ids it mentions. At each of the
recommender's turns the films that it brings up are checked against the limits and refusals read
from what was said before: a film that was recommended there and then had better not be closed
off. Some are closed off rightly, since people recommend what was refused. ``--from N --to M``
picks dialogues; ``--list`` prints each with the messages that shut the door.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.core.protocols import Catalogue, Understander
from bot.core.results import RankingQuery
from bot.core.values import Event, Message, attribute_abouts
from bot.data.dialogue_files import read_dialogues
from bot.data.dialogues import Dialogue
from bot.profile.fold import fold_profile
from bot.profile.message_events import events_of
from bot.ranking.filters import attribute_mask, constraint_mask
from bot.ranking.query import query_of
from bot.understanding import build_understander
from storage.catalogue.catalogue_view import CatalogueView
from tests.memory_catalogue import read_items

_NOW = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Doors:
    """How many films were looked for, and which were closed off by what."""

    targets: int = 0
    closed: int = 0
    by: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)


def walk(
    dialogue: Dialogue, catalogue: Catalogue, understander: Understander, doors: Doors
) -> None:
    """Go through a dialogue and count the recommender's new films that were closed off."""
    events: list[Event] = []
    heard: list[Message] = []
    met: set[str] = set()
    for turn in dialogue.turns:
        if turn.speaker == "assistant":
            query = query_of(heard, fold_profile("", events, conversation="", now=_NOW))
            for item_id in turn.items:
                if item_id in met or catalogue.get(item_id) is None:
                    continue
                doors.targets += 1
                why = _closing(catalogue, query, item_id)
                if why:
                    doors.closed += 1
                    doors.by.update(why)
                    doors.lines.append(_line(catalogue, dialogue, item_id, why, events))
        shown = next((m.items for m in reversed(heard) if m.speaker == "assistant"), ())
        said = understander.understand(turn.text, turns=heard, shown=shown)
        heard.append(replace(turn, items=tuple(dict.fromkeys((*turn.items, *said.mentions)))))
        met.update(turn.items)
        if turn.speaker == "user":
            events.extend(events_of(said, turn.text, _NOW, conversation="", catalogue=None))


def _closing(catalogue: Catalogue, query: RankingQuery, item_id: str) -> list[str]:
    row = catalogue.row(item_id)
    year = catalogue.items[row].year
    found = [
        f"{name}={value}"
        for name, value in query.constraints.items()
        if not constraint_mask(catalogue, name, value)[row] and not ("year" in name and not year)
    ]
    for about in attribute_abouts(query.avoids):
        column, _, value = about.partition(":")
        if about not in query.wants and attribute_mask(catalogue, column, value)[row]:
            found.append(about)
    if item_id in query.exclude:
        found.append("excluded")
    return found


def _line(
    catalogue: Catalogue, dialogue: Dialogue, item_id: str, why: list[str], events: list[Event]
) -> str:
    item = catalogue.items[catalogue.row(item_id)]
    names = {part.partition("=")[0] for part in why}
    sources = {
        event.source
        for event in events
        if event.about in names or ("excluded" in names and event.about == item_id)
    }
    return f"{dialogue.id} {item.label} {why}\n    " + "\n    ".join(sorted(sources))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dialogues", type=Path)
    parser.add_argument("films", type=Path)
    parser.add_argument("--from", dest="start", type=int, default=0)
    parser.add_argument("--to", dest="end", type=int)
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    items = read_items(arguments.films)
    columns = {column: False for item in items for column in item.attributes}
    catalogue = CatalogueView("films", "dialogues", items, columns)
    understander = build_understander(catalogue)
    doors = Doors()
    for dialogue in read_dialogues(arguments.dialogues)[arguments.start : arguments.end]:
        walk(dialogue, catalogue, understander, doors)
    if arguments.list:
        print("\n".join(doors.lines))
    print(f"{doors.closed} of {doors.targets} closed off; {dict(doors.by.most_common())}")


if __name__ == "__main__":
    main()
