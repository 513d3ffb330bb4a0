"""The labelled messages have the form that their README gives; what they say is not looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FILES = sorted((Path(__file__).parent / "messages").glob("*.jsonl"))
KEYS = {
    *("id", "before", "says", "acts", "things", "limits", "company", "count", "frame", "question"),
    "not_things",
}
ACTS = {
    "ask_for",
    "tell",
    "critique",
    "more",
    "ask_item",
    "compare",
    "pick_one",
    "identify",
    "series",
    "why",
    "about_me",
    "forget",
    "undo",
    "accept",
    "reject",
    "unsure",
    "yes",
    "no",
    "greet",
    "thanks",
    "bye",
    "small_talk",
    "about_bot",
    "complaint",
    "out_of_scope",
    "unsafe",
    "other_language",
}
KINDS = {
    "title",
    "person",
    "genre",
    "theme",
    "mood",
    "tone",
    "country",
    "language",
    "time",
    "length",
    "age",
    "award",
    "studio",
    "series",
    "format",
}
STANCES = {"like", "dislike", "want", "avoid", "seen", "saved", "ask", "mention"}
FRAMES = {"new", "add", "refine", "drop", "keep"}
LIMITS = {
    "year_min",
    "year_max",
    "minutes_min",
    "minutes_max",
    "age",
    "language",
    "country",
    "format",
}
FACETS = {
    "plot",
    "ending",
    "cast",
    "role",
    "director",
    "length",
    "year",
    "rating",
    "scary",
    "violence",
    "age",
    "language",
    "where_to_watch",
    "awards",
    "opinion",
    "series",
    "other",
}


def faults(message: dict[str, Any]) -> list[str]:
    """What does not fit in one message."""
    if set(message) != KEYS:
        return [f"keys {set(message) ^ KEYS}"]
    says, question = message["says"], message["question"]
    things = [
        str(thing)
        for thing in message["things"]
        if thing["is"] not in KINDS
        or thing["stance"] not in STANCES
        or not thing["words"]
        or thing["words"] not in says
        or not isinstance(thing["names"], list)
    ]
    return [
        *things,
        *(act for act in message["acts"] if act not in ACTS),
        *(name for name in message["limits"] if name not in LIMITS),
        *(words for words in message["not_things"] if words not in says),
        *([] if message["acts"] else ["no act"]),
        *([] if message["frame"] in FRAMES else [message["frame"]]),
        *([] if question is None or question["facet"] in FACETS else [str(question)]),
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_writers_messages_are_well_formed(file: Path) -> None:
    messages = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [(each["id"], found) for each in messages if (found := faults(each))] == []
    assert len({each["id"] for each in messages}) == len(messages) >= 250
