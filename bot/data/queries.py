"""Reads query files, and makes queries from dialogues: turns so far, and what came next."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bot.core.values import Message
from bot.data.dialogues import parse_turns
from bot.data.lines import Place, read_records, required_text, shown


@dataclass(frozen=True, slots=True)
class Query:
    """Given the turns, the next assistant turn should recommend the targets.

    `turns` may be empty (the assistant spoke first). Targets are distinct item ids.
    """

    id: str
    turns: tuple[Message, ...]
    targets: tuple[str, ...]
    place: Place | None = field(default=None, compare=False, repr=False)

    @property
    def dialogue(self) -> str:
        """The dialogue it was cut from: its id up to the last hyphen, or the whole id."""
        return self.id.rpartition("-")[0] or self.id

    @property
    def mentioned(self) -> frozenset[str]:
        """Ids in the turns."""
        return frozenset(item for turn in self.turns for item in turn.items)


def read_queries(path: Path) -> list[Query]:
    """All queries of a file, in order.

    Raises DataFileError naming file and line for a line that is no query, has no targets, or
    repeats an id.
    """
    queries: list[Query] = []
    first_lines: dict[str, int] = {}
    for record in read_records(path):
        if "turns" not in record or "targets" not in record:
            record.place.fail(
                "a query with `id`, `turns` and `targets`",
                found="the keys " + (", ".join(sorted(record.fields)[:8]) or "none"),
            )
        values = record.sequence("targets")
        targets = [
            required_text(value, "`targets` to be item ids", record.place) for value in values
        ]
        if not targets:
            record.place.fail("at least one target", found="none")
        query = Query(
            id=record.text("id"),
            turns=parse_turns(record.sequence("turns"), record.place),
            targets=tuple(dict.fromkeys(targets)),
            place=record.place,
        )
        if query.id in first_lines:
            record.place.fail(
                "every `id` once",
                found=f"{shown(query.id)}, which line {first_lines[query.id]} has too",
            )
        first_lines[query.id] = record.place.line
        queries.append(query)
    return queries
