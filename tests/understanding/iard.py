"""Real people's intents against ours: ``python -m tests.understanding.iard FILE``.

FILE is IARD's annotated part (Cai and Chen 2020: ReDial's dialogues, each of a user's utterances
with one or more intents). Prints a Markdown table of how often each of theirs comes with each of
ours; the sentences themselves are read and not kept.
"""

from __future__ import annotations

import html
import json
import sys
from collections import Counter
from pathlib import Path

from bot.core.values import Intent, Message
from tests.understanding.corpus import understander

# Which of our intents says the same as one of theirs; OTH and the like have no counterpart.
SAME: dict[str, frozenset[Intent]] = {
    "IQU": frozenset({Intent.REQUEST, Intent.PREFERENCE}),
    "CON": frozenset({Intent.REQUEST, Intent.CRITIQUE}),
    "PRO": frozenset({Intent.PREFERENCE}),
    "SEE": frozenset({Intent.SEEN, Intent.PREFERENCE}),
    "ACC": frozenset({Intent.ACCEPT}),
    "REJ": frozenset({Intent.REJECT, Intent.PREFERENCE}),
    "INQ": frozenset({Intent.ASK_ITEM}),
    "ASK": frozenset({Intent.ASK_ITEM}),
    "CRI-C": frozenset({Intent.REQUEST, Intent.CRITIQUE}),
    "CRI-F": frozenset({Intent.CRITIQUE, Intent.PREFERENCE, Intent.REJECT}),
    "CRI-A": frozenset({Intent.CRITIQUE, Intent.PREFERENCE, Intent.REQUEST}),
}
OURS = (
    Intent.REQUEST, Intent.PREFERENCE, Intent.CRITIQUE, Intent.SEEN, Intent.ACCEPT, Intent.REJECT,
    Intent.ASK_ITEM, Intent.WHY, Intent.GREET, Intent.THANK, Intent.STOP, Intent.SMALL_TALK,
    Intent.SKIP,
)  # fmt: skip


def main(path: Path) -> None:
    both: Counter[tuple[str, Intent]] = Counter()
    theirs: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    met: Counter[str] = Counter()
    for dialogue in json.loads(path.read_text("utf-8")):
        turns: list[Message] = []
        for turn in dialogue["conversation"]:
            text = html.unescape(turn["utterance"]).replace("...", ". ")
            if turn["participant"] == "AGENT":
                items = understander().understand(text).mentions
                turns.append(Message("assistant", text, items))
                continue
            said = understander().understand(text, turns=turns)
            turns.append(Message("user", text, said.mentions))
            for name in {act["intent"] for act in turn["dialogue_acts"]}:
                theirs[name] += 1
                silent[name] += not said.intents
                met[name] += bool(said.intents & SAME.get(name, frozenset()))
                for intent in said.intents:
                    both[name, intent] += 1
    print("| IARD | n | " + " | ".join(OURS) + " | none | same |")
    print("| --- |" + " ---: |" * (len(OURS) + 3))
    for name, n in theirs.most_common():
        row = " | ".join(str(both[name, intent]) for intent in OURS)
        same = f"{met[name] / n:.2f}" if name in SAME else ""
        print(f"| {name} | {n} | {row} | {silent[name]} | {same} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
