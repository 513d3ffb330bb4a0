"""Genres wanted and refused in real messages: ``python -m tests.understanding.genres``.

The messages in ``redial_genres.jsonl`` were drawn at random from those of ReDial's development
dialogues that hold a word for a genre or a theme (two draws from those that also hold a negation),
and labelled by hand before they were read by the parser. ``--wrong`` lists what differs.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.understanding.corpus import understander

FILE = Path(__file__).with_name("redial_genres.jsonl")
PREFIX = "genres:"


@dataclass
class Counts:
    """Genres found and expected over some messages; ``made_up`` were found only."""

    right: int = 0
    made_up: int = 0
    missed: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, found: set[str], expected: set[str]) -> None:
        self.right += len(found & expected)
        self.made_up += len(found - expected)
        self.missed += len(expected - found)

    @property
    def expected(self) -> int:
        return self.right + self.missed

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.made_up)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.expected)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.made_up + self.missed)


def messages() -> list[dict[str, list[str] | str]]:
    """The labelled messages, without the file's first line, which says where they are from."""
    lines = FILE.read_text("utf-8").splitlines()[1:]
    return [json.loads(line) for line in lines]


def genres(abouts: tuple[str, ...]) -> set[str]:
    """The genres among likes or dislikes."""
    return {about.removeprefix(PREFIX) for about in abouts if about.startswith(PREFIX)}


def measure(draw: str = "") -> tuple[Counts, Counts]:
    """Counts of wanted and of refused genres over the draws whose name begins with `draw`."""
    wanted, refused = Counts(), Counts()
    for message in messages():
        if not str(message["draw"]).startswith(draw):
            continue
        said = understander().understand(str(message["text"]))
        pairs = ((wanted, said.likes, "wanted"), (refused, said.dislikes, "rejected"))
        for counts, abouts, name in pairs:
            counts.add(genres(abouts), set(message[name]))
            if genres(abouts) != set(message[name]):
                counts.wrong.append(
                    f"{message['text']}\n    {name} {sorted(genres(abouts))} != {message[name]}"
                )
    return wanted, refused


def main() -> None:
    draws = dict.fromkeys(str(message["draw"]).split("_")[0] for message in messages())
    print("| draw (messages) | genres | said | precision | recall | F1 |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for draw in (*draws, ""):
        size = sum(str(message["draw"]).startswith(draw) for message in messages())
        for name, counts in zip(("wanted", "refused"), measure(draw), strict=True):
            print(
                f"| {draw or 'all'} ({size}) | {name} | {counts.expected} "
                f"| {counts.precision:.3f} | {counts.recall:.3f} | {counts.f1:.3f} |"
            )
    if "--wrong" in sys.argv:
        print("\n".join(line for counts in measure() for line in counts.wrong))


if __name__ == "__main__":
    main()
