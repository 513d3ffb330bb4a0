"""How well the utterances are understood, by half: ``python -m tests.understanding.report``.

``--wrong`` lists what was not understood as expected.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.understanding.corpus import STANCES, Utterance, got, is_item, read_corpus, understand


@dataclass
class Score:
    """Counts of one half of the corpus."""

    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    expected: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    utterances: int = 0

    def count(self, name: str, found: set[str], expected: set[str]) -> None:
        self.right[name] += len(found & expected)
        self.found[name] += len(found)
        self.expected[name] += len(expected)

    def f1(self, name: str) -> float:
        total = self.found[name] + self.expected[name]
        return 2 * self.right[name] / total if total else 1.0

    def accuracy(self, name: str) -> float:
        return self.right[name] / self.expected[name] if self.expected[name] else 1.0


def stances_of(lists: dict[str, set[str]]) -> dict[str, str]:
    """About → the stances it is given, as one word; a bare mention is ``neutral``."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in STANCES:
        for about in lists[name]:
            found[about].add(name)
    for about in lists["mentions"]:
        found[about] |= set()
    return {about: "+".join(sorted(names)) or "neutral" for about, names in found.items()}


def measure(utterances: Iterable[Utterance]) -> tuple[Score, list[str]]:
    score, wrong = Score(), []
    for utterance in utterances:
        said = understand(utterance)
        score.utterances += 1
        expected = {name: set(values) for name, values in utterance.lists.items()}
        found = {name: got(said, name) for name in expected}
        problems = []
        score.count("linking", found["mentions"], expected["mentions"])
        for kind in ("unknown_titles", "references"):
            score.count(kind, found[kind], expected[kind])
        values = [
            {about for name in STANCES for about in lists[name] if not is_item(about)}
            for lists in (found, expected)
        ]
        score.count("values", *values)
        wanted, given = stances_of(expected), stances_of(found)
        for about, stance in wanted.items():
            score.expected["stance"] += 1
            score.right["stance"] += given.get(about) == stance
        # What was made up counts against accuracy as well.
        extra = [
            about for about, stance in given.items() if about not in wanted and stance != "neutral"
        ]
        score.expected["stance"] += len(extra)
        constraints = dict(said.constraints) == utterance.constraints
        if utterance.constraints or said.constraints:
            score.expected["constraints"] += 1
            score.right["constraints"] += constraints
        score.count("intents", set(said.intents), set(utterance.intents))
        score.expected["count"] += 1
        score.right["count"] += said.count == utterance.count
        if wanted != given:
            problems.append(f"stance {given} != {wanted}")
        for kind in ("mentions", "references", "unknown_titles"):
            if found[kind] != expected[kind]:
                problems.append(f"{kind} {found[kind]} != {expected[kind]}")
        if not constraints:
            problems.append(f"constraints {dict(said.constraints)} != {utterance.constraints}")
        if said.intents != utterance.intents:
            problems.append(f"intents {sorted(said.intents)} != {sorted(utterance.intents)}")
        if said.count != utterance.count:
            problems.append(f"count {said.count} != {utterance.count}")
        if problems:
            wrong.append("\n    ".join([utterance.text, *problems]))
    return score, wrong


def lines(halves: dict[str, Score]) -> list[str]:
    """A Markdown table of the figures."""
    rows: list[tuple[str, Callable[[Score], float]]] = [
        ("item linking, F1", lambda s: s.f1("linking")),
        ("attribute values, F1", lambda s: s.f1("values")),
        ("references, F1", lambda s: s.f1("references")),
        ("unknown titles, F1", lambda s: s.f1("unknown_titles")),
        ("stance, accuracy", lambda s: s.accuracy("stance")),
        ("constraints, exact", lambda s: s.accuracy("constraints")),
        ("intents, F1", lambda s: s.f1("intents")),
        ("count, exact", lambda s: s.accuracy("count")),
    ]
    head = " | ".join(f"{name} ({score.utterances})" for name, score in halves.items())
    table = [f"| figure | {head} |", "| --- |" + " ---: |" * len(halves)]
    for title, figure in rows:
        table.append(
            f"| {title} | " + " | ".join(f"{figure(s):.3f}" for s in halves.values()) + " |"
        )
    return table


def main() -> None:
    corpus = read_corpus()
    halves = {}
    for half in ("before", "after", "later"):
        part = [utterance for utterance in corpus if utterance.half == half]
        if part:
            halves[half], wrong = measure(part)
            if "--wrong" in sys.argv:
                print(f"## {half}\n" + "\n".join(wrong) + "\n")
    halves["all"], _ = measure(corpus)
    print("\n".join(lines(halves)))


if __name__ == "__main__":
    main()
