"""Drill: a process that stores turns is killed again and again; nothing acknowledged is lost.

    python -m tests.drills.kills                 1,000 kills
    python -m tests.drills.kills --kills 40      fewer, as CI runs it

Three people talk at once with the real session and the real storage, without a model. After each
kill (SIGKILL, at a random moment) all that was acknowledged must be there, once and whole, and
SQLite must find its file in order.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from adapters.machine.numpy_threads import keep_to_one_thread

PEOPLE = 3
KILLS_A_DATABASE = 25
"""So that what is looked through after each kill stays small."""
REACTIONS = 3
"""Clicks after each turn: transactions that need little else."""
LONGEST_LIFE = 0.3
"""Seconds from the first turn on."""
STARTS_WITHIN = 60.0
WORDS = ("crime", "a comedy", "something like Heat", "older", "I loved Ronin", "no horror please")


@dataclass
class Told:
    """What the killed processes said of one database: turns begun and done, reactions done."""

    begun: Counter[str] = field(default_factory=Counter)
    done: dict[str, str] = field(default_factory=dict)
    reacted: list[str] = field(default_factory=list)

    def hear(self, lines: bytes) -> None:
        """Take in what came through the pipe; a line that was cut off was not said."""
        for line in lines.split(b"\n")[:-1]:
            kind, *rest = json.loads(line)
            if kind == "begun":
                self.begun[rest[0]] += 1
            elif kind == "done":
                self.done[rest[0]] = rest[1]
            elif kind == "reacted":
                self.reacted.append(rest[0])


def talk(home: Path, told: int, seed: int) -> None:
    """Talk for ever, each person in a thread; every step is told through the pipe `told`."""
    from bot.conversation.api import TurnDone
    from storage.person.people import People
    from storage.sql.database import open_database
    from tests.talking import talking_bot

    bot = talking_bot(People(open_database(None, home)))

    def say(*what: str) -> None:
        os.write(told, json.dumps(what).encode() + b"\n")

    def one(person: int) -> None:
        chance = random.Random(f"{seed} {person}")
        user, conversation = f"person {person}", None
        for number in range(1_000_000):
            text = f"{chance.choice(WORDS)} ({seed}.{person}.{number})"
            say("begun", text)
            *_, last = bot.respond(user, text, conversation)
            assert isinstance(last, TurnDone)
            say("done", text, last.result.reply)
            conversation = last.result.conversation if chance.random() < 0.9 else None
            for suggestion in last.result.suggestions[:REACTIONS]:
                event = bot.feedback(user, suggestion.item.item_id, "like", conversation)
                say("reacted", str(event.event_id))

    threads = [threading.Thread(target=one, args=(person,)) for person in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def kill_once(home: Path, told: Told, seed: int) -> None:
    """Let a process talk, and kill it after a random time."""
    ears, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ears)
        try:
            talk(home, mouth, seed)
        finally:
            os._exit(1)
    os.close(mouth)
    heard = b""
    # From its first turn on, or already while it opens the database and begins.
    late = random.Random(seed).random() < 0.8
    while late and b'"done"' not in heard and select.select([ears], [], [], STARTS_WITHIN)[0]:
        heard += os.read(ears, 1 << 16)
    end = time.monotonic() + random.Random(-seed).uniform(0, LONGEST_LIFE)
    while (left := end - time.monotonic()) > 0:
        if select.select([ears], [], [], left)[0]:
            more = os.read(ears, 1 << 16)
            if not more:
                break
            heard += more
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    while more := os.read(ears, 1 << 16):
        heard += more
    os.close(ears)
    told.hear(heard)
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        raise SystemExit("the process ended before it was killed")


def wrong_with(home: Path, told: Told) -> list[str]:
    """What of the acknowledged is not there, or there is what should not be."""
    from storage.sql.database import FILE_NAME, open_database

    open_database(None, home).close()
    wrong = []
    with closing(sqlite3.connect(home / FILE_NAME)) as database:
        if database.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
            wrong.append("the file is damaged")
        if database.execute("PRAGMA foreign_key_check").fetchall():
            wrong.append("rows that belong to nothing")
        turns = database.execute(
            "SELECT conversation_id, number, user_text, result FROM turns ORDER BY 1, 2"
        ).fetchall()
        shown = Counter(
            row[0]
            for row in database.execute("SELECT conversation_id FROM events WHERE kind = 'shown'")
        )
        reactions = {
            str(row[0]) for row in database.execute("SELECT id FROM events WHERE kind = 'likes'")
        }
    stored: dict[str, str] = {}
    numbers: dict[str, list[int]] = {}
    suggested: Counter[str] = Counter()
    for conversation, number, text, document in turns:
        result = json.loads(document)
        if text in stored:
            wrong.append(f"twice: {text}")
        stored[text] = result["reply"]
        numbers.setdefault(conversation, []).append(number)
        suggested[conversation] += len(result["suggestions"])
    wrong += [f"lost: {text}" for text in told.done if text not in stored]
    wrong += [
        f"altered: {text}" for text, reply in told.done.items() if stored.get(text, reply) != reply
    ]
    wrong += [f"never said: {text}" for text in stored if text not in told.begun]
    wrong += [f"a lost reaction: {event}" for event in told.reacted if event not in reactions]
    wrong += [
        f"torn: {conversation}"
        for conversation, found in numbers.items()
        if found != list(range(1, len(found) + 1)) or suggested[conversation] != shown[conversation]
    ]
    return wrong


def drill(folder: Path, kills: int, seed: int) -> tuple[list[str], Counter[str]]:
    """Kill so often; what went wrong, and how much was done."""
    # Once, for all that are forked off: a first turn takes ten times as long.
    from tests.memory_people import MemoryPeople
    from tests.talking import say, talking_bot

    warm = talking_bot(MemoryPeople())
    for word in WORDS:
        say(warm, word)
    counted: Counter[str] = Counter()
    wrong: list[str] = []
    told, home = Told(), folder
    for number in range(kills):
        if number % KILLS_A_DATABASE == 0:
            told, home = Told(), folder / f"home-{number}"
        before = (len(told.done), sum(told.begun.values()), len(told.reacted))
        kill_once(home, told, seed * 1_000_000 + number)
        counted["kills"] += 1
        counted["acknowledged"] += len(told.done) - before[0]
        counted["begun"] += sum(told.begun.values()) - before[1]
        counted["reactions"] += len(told.reacted) - before[2]
        found = wrong_with(home, told)
        wrong += [f"after kill {number + 1}: {each}" for each in found]
        if (number + 1) % 100 == 0:
            print(
                f"{number + 1:,} kills, {counted['acknowledged']:,} turns acknowledged, "
                f"{len(wrong)} wrong",
                flush=True,
            )
    return wrong, counted


def main() -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1_000, help="how often (1,000)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments and the words")
    given = parser.parse_args()
    keep_to_one_thread()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        wrong, counted = drill(Path(folder), given.kills, given.seed)
    for each in wrong[:20]:
        print(f"WRONG  {each}")
    print(
        f"{counted['kills']:,} kills in {time.monotonic() - began:.0f} s, "
        f"{counted['acknowledged']:,} turns and {counted['reactions']:,} reactions acknowledged, "
        f"{counted['begun'] - counted['acknowledged']:,} turns cut off; {len(wrong)} wrong"
    )
    print("FAILED" if wrong or not counted["acknowledged"] else "PASSED")
    return 1 if wrong or not counted["acknowledged"] else 0


if __name__ == "__main__":
    sys.exit(main())
