"""A dialogue as it is read from a file, whatever the file's layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from bot.core.values import Message, Speaker
from bot.data.lines import Place, required_text, shown

Reaction = Literal["liked", "disliked", "seen"]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A whole conversation: who said what about which items, and how the user took to them.

    `turns` are in order; speakers need not alternate in the project's own layout, and do in
    ReDial's. `feedback` maps an item's id to the user's reaction. `titles` are the names that
    the file itself gives to ids (``Heat (1995)``), from which unknown ids can be linked. `place`
    is where it was read, for error messages.
    """

    id: str
    turns: tuple[Message, ...]
    feedback: Mapping[str, Reaction] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = field(default=None, compare=False, repr=False)

    @property
    def items(self) -> tuple[str, ...]:
        """Every item id in the turns, in order of first mention."""
        return tuple(dict.fromkeys(item for turn in self.turns for item in turn.items))


def parse_turns(values: Sequence[object], place: Place) -> tuple[Message, ...]:
    """Messages from a `turns` list; white space is squeezed, `items` may be absent."""
    turns: list[Message] = []
    for number, value in enumerate(values, start=1):
        if not isinstance(value, dict):
            place.fail(f"turn {number} to be an object", found=shown(value))
        speaker = value.get("speaker")
        if speaker not in get_args(Speaker):
            place.fail(f"turn {number}'s speaker to be user or assistant", found=shown(speaker))
        text = value.get("text")
        if not isinstance(text, str):
            place.fail(f"turn {number}'s `text` to be a text", found=shown(text))
        items = value.get("items") or []
        if not isinstance(items, list):
            place.fail(f"turn {number}'s `items` to be a list of ids", found=shown(items))
        ids = (required_text(item, f"turn {number}'s items to be ids", place) for item in items)
        turns.append(Message(cast("Speaker", speaker), squeeze(text), tuple(dict.fromkeys(ids))))
    return tuple(turns)


def merge_speakers(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Consecutive messages of one speaker as one: texts joined by a space, items without repeats.

    A message with neither words nor items is dropped.
    """
    merged: list[Message] = []
    for message in messages:
        if not message.text and not message.items:
            continue
        if merged and merged[-1].speaker == message.speaker:
            last = merged.pop()
            items = tuple(dict.fromkeys(last.items + message.items))
            text = f"{last.text} {message.text}".strip()
            merged.append(Message(last.speaker, text, items))
        else:
            merged.append(message)
    return tuple(merged)


def squeeze(text: str) -> str:
    """`text` with every run of white space as one space, none at the ends."""
    return " ".join(text.split())
