"""Small files for the readers' tests."""

from __future__ import annotations

import json
from pathlib import Path


def write_jsonl(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def redial(conversation: str = "7", **changes: object) -> dict[str, object]:
    """A dialogue in ReDial's layout: the seeker is worker 2, the recommender worker 1."""
    row: dict[str, object] = {
        "conversationId": conversation,
        "initiatorWorkerId": 2,
        "respondentWorkerId": 1,
        "movieMentions": {"10": "Night Train  (1999)", "11": "Harbour ", "12": "Quiet Sea (2001)"},
        "messages": [
            {"senderWorkerId": 1, "text": "Hello!"},
            {"senderWorkerId": 2, "text": "I  liked @10 a lot"},
            {"senderWorkerId": 2, "text": "and @10 again, @11 too"},
            {"senderWorkerId": 1, "text": "Then try @12"},
        ],
        "initiatorQuestions": {
            "10": {"suggested": 0, "seen": 1, "liked": 1},
            "11": {"suggested": 0, "seen": 1, "liked": 2},
            "12": {"suggested": 1, "seen": 0, "liked": 0},
        },
        "respondentQuestions": [],
    }
    return row | changes


def dialogue(name: str, *turns: tuple[str, str, list[str]], **more: object) -> dict[str, object]:
    return {
        "id": name,
        "turns": [{"speaker": who, "text": text, "items": items} for who, text, items in turns],
    } | more
