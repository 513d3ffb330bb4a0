"""Reads dialogue files, in the project's own layout or in ReDial's, told apart by their keys.

A dialogue's items keep the ids of the file; `bot.data.linking` moves them onto a catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast, get_args

from bot.data.dialogues import Dialogue, Reaction, parse_turns
from bot.data.lines import Place, Record, read_records, shown
from bot.data.redial import is_redial, parse_redial


def read_dialogues(*paths: Path) -> list[Dialogue]:
    """All dialogues of the files, in order.

    Raises DataFileError naming file and line for a line that is in neither layout, and for an id
    that stands twice in one file.
    """
    dialogues: list[Dialogue] = []
    for path in paths:
        first_lines: dict[str, int] = {}
        for record in read_records(path):
            dialogue = parse_redial(record) if is_redial(record) else parse_dialogue(record)
            if dialogue.id in first_lines:
                record.place.fail(
                    "every `id` once",
                    found=f"{shown(dialogue.id)}, which line {first_lines[dialogue.id]} has too",
                )
            first_lines[dialogue.id] = record.place.line
            dialogues.append(dialogue)
    return dialogues


def parse_dialogue(record: Record) -> Dialogue:
    """A dialogue in the project's own layout."""
    if "turns" not in record:
        record.place.fail(
            "a dialogue with `id` and `turns`, or ReDial's `messages`",
            found="the keys " + (", ".join(sorted(record.fields)[:8]) or "none"),
        )
    if "targets" in record:
        record.place.fail(
            "a dialogue",
            found="a query (it has `targets`)",
            remedy="Give query files to `tastebot evaluate`, dialogue files to training",
        )
    return Dialogue(
        id=record.text("id"),
        turns=parse_turns(record.sequence("turns"), record.place),
        feedback=_feedback(record.mapping("feedback"), record.place),
        place=record.place,
    )


def _feedback(values: Mapping[str, object], place: Place) -> dict[str, Reaction]:
    for item, reaction in values.items():
        if reaction not in get_args(Reaction):
            place.fail(
                f"the feedback on {shown(item)} to be liked, disliked or seen",
                found=shown(reaction),
            )
    return cast("dict[str, Reaction]", dict(values))
