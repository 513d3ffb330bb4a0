"""Linking and stance on real dialogues: ``python -m tests.understanding.redial TRAIN FILMS``.

TRAIN is in ReDial's own layout, FILMS a catalogue whose ids it mentions. A seeker's messages are
rendered with each mentioned film as ``Title (Year)``, as ``Title``, and all in lower case, which
labels the links for free. Stance is compared with the seekers' own answers to whether they had
seen and liked each film. ``--from N --to M`` picks dialogues.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from bot.core.protocols import Understander
from bot.core.values import Message
from bot.understanding import build_understander
from storage.catalogue.catalogue_view import CatalogueView
from tests.memory_catalogue import read_items

_MENTION = re.compile(r"@(\d+)")


def render(text: str, titles: dict[str, str], mode: str) -> tuple[str, list[str]]:
    """The message with its mentions written out, and their ids."""
    ids: list[str] = []

    def title(match: re.Match[str]) -> str:
        if match[1] not in titles:
            return match[0]
        ids.append(match[1])
        whole = " ".join(titles[match[1]].split())
        return whole if mode == "Title (Year)" else re.sub(r"\s*\(\d{4}\)$", "", whole)

    out = _MENTION.sub(title, text)
    return (out.lower() if mode == "lower case" else out), ids


def link(
    dialogues: list[dict[str, Any]], catalogue: CatalogueView, understander: Understander, mode: str
) -> str:
    right = same_title = missed = extra = 0
    for dialogue in dialogues:
        titles = dialogue["movieMentions"] or {}
        for message in dialogue["messages"]:
            if message["senderWorkerId"] != dialogue["initiatorWorkerId"]:
                continue
            text, ids = render(message["text"], titles, mode)
            wanted = {item_id for item_id in ids if catalogue.get(item_id)}
            found = set(understander.understand(text).mentions)
            names = {catalogue.items[catalogue.row(i)].title.casefold() for i in found}
            right += len(wanted & found)
            for item_id in wanted - found:
                title = catalogue.items[catalogue.row(item_id)].title.casefold()
                same_title += title in names
                missed += title not in names
            extra += len(found - wanted)
    n = right + same_title + missed
    return (
        f"| {mode} | {n} | {right / n:.3f} | {(right + same_title) / n:.3f} "
        f"| {right / (right + extra):.3f} |"
    )


def stance(
    dialogues: list[dict[str, Any]], catalogue: CatalogueView, understander: Understander
) -> list[str]:
    liked: Counter[tuple[int, str]] = Counter()
    seen: Counter[tuple[int, str]] = Counter()
    for dialogue in dialogues:
        titles, answers = dialogue["movieMentions"] or {}, dialogue.get("initiatorQuestions")
        if not isinstance(answers, dict):
            continue
        said: dict[str, str] = {}
        saw: set[str] = set()
        turns: list[Message] = []
        for message in dialogue["messages"]:
            text, ids = render(message["text"], titles, "Title (Year)")
            items = tuple(item_id for item_id in ids if catalogue.get(item_id))
            if message["senderWorkerId"] != dialogue["initiatorWorkerId"]:
                turns.append(Message("assistant", text, items))
                continue
            understood = understander.understand(text, turns=turns)
            turns.append(Message("user", text, items))
            said.update(dict.fromkeys(understood.dislikes, "disliked"))
            said.update(dict.fromkeys(understood.likes, "liked"))
            saw.update(understood.seen)
        for item_id, answer in answers.items():
            if catalogue.get(item_id):
                liked[answer["liked"], said.get(item_id, "nothing")] += 1
                seen[answer["seen"], "seen" if item_id in saw else "nothing"] += 1
    rows = ["| answered | understood liked | disliked | nothing |", "| --- | ---: | ---: | ---: |"]
    for answer, name in ((1, "liked"), (0, "disliked")):
        cells = (liked[answer, said] for said in ("liked", "disliked", "nothing"))
        rows.append(f"| {name} | " + " | ".join(map(str, cells)) + " |")
    rows += ["", "| answered | understood seen | nothing |", "| --- | ---: | ---: |"]
    for answer, name in ((1, "seen"), (0, "not seen")):
        cells = (seen[answer, said] for said in ("seen", "nothing"))
        rows.append(f"| {name} | " + " | ".join(map(str, cells)) + " |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("films", type=Path)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--to", dest="last", type=int, default=1000)
    given = parser.parse_args()
    items = read_items(given.films)
    columns = {column: False for item in items for column in item.attributes}
    catalogue = CatalogueView("films", "dialogues", items, columns)
    understander = build_understander(catalogue)
    lines = given.train.read_text("utf-8").splitlines()[given.first : given.last]
    dialogues = [json.loads(line) for line in lines]
    print("| written as | named | linked | to that title | precision |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for mode in ("Title (Year)", "Title", "lower case"):
        print(link(dialogues, catalogue, understander, mode))
    print("\n" + "\n".join(stance(dialogues, catalogue, understander)))


if __name__ == "__main__":
    main()
