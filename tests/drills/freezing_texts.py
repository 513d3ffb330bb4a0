"""No text freezes the reading: every word that a pattern or a lexicon knows, forty times over.

``python -m tests.drills.freezing_texts`` takes the words and phrases out of the patterns in use and
of ``prompts/lexicon``, repeats each alone and in pairs, and puts an end to it that lets a match
fail. Each pattern gets its own words, the reading of messages those of all. A text that takes more
than 50 ms of processor time three times in a row has failed. The reading runs in a process of its
own: what holds that for a minute is named, and ends the drill.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from re import Pattern
from re import _parser as parser  # type: ignore[attr-defined]  # no public way to a parsed pattern
from typing import Any

import prompts

TIMES = 40
LIMIT = 0.05  # seconds of processor time for one text
TRIES = 3
FROZEN = 60.0  # seconds by the clock, on a machine that may be busy with other things
MOST_WORDS = 4  # of a phrase
ENDINGS = ("", "zzz", "long", "§0")
LEXICON = Path(prompts.__file__).parent / "lexicon"
READERS = (
    *("bot.understanding.understander", "bot.replies.writer", "bot.replies.grounding"),
    *(
        "bot.ranking.terms.wishes",
        "bot.replies.explanations",
        "bot.profile.message_events",
        "bot.web.view.markup",
    ),
    *("bot.data.linking", "storage.catalogue.title_search"),
)
"""Modules that read what people write, and what is imported with them."""
MESSAGES = "the reading of messages"
SHOWN = 300  # letters
SHORT = {"pattern_pairs": 100, "words": 200, "pairs": 100}


Said = tuple[str, ...]
"""A word, or a pair of words."""


@dataclass(frozen=True)
class Now:
    """What is being read, in memory that both processes see."""

    count: Any
    reader: Any
    text: Any


@dataclass(frozen=True)
class Slow:
    """A text that took longer than it may, and what read it."""

    seconds: float
    reader: str
    text: str


def words_of_pattern(known: Pattern[str]) -> list[str]:
    """Words and phrases that a pattern knows: what each of its groups may read, word by word."""
    found: dict[str, None] = {}
    whole = _texts(parser.parse(known.pattern, known.flags), found)
    phrases = dict.fromkeys(text.strip() for text in found if text.count(" ") < MOST_WORDS)
    singles = dict.fromkeys(word for text in (*whole, *found) for word in text.split())
    return [text for text in {**phrases, **singles} if text]


def _texts(sequence: parser.SubPattern, found: dict[str, None]) -> list[str]:
    """What a part of a pattern reads, one of its choices varied at a time."""
    options = [_options(str(kind), value, found) for kind, value in sequence]
    usual = [choices[0] for choices in options]
    texts = {"".join(usual): None}
    for place, choices in enumerate(options):
        before, after = "".join(usual[:place]), "".join(usual[place + 1 :])
        for choice in choices:
            texts[before + choice + after] = None
            if len(choices) > 1:  # with the rest of the words that it is a part of
                begun = before[before.rfind(" ") + 1 :]
                found[begun + choice + after.partition(" ")[0]] = None
    return list(texts)


def _options(kind: str, value: Any, found: dict[str, None]) -> list[str]:
    match kind, value:
        case "LITERAL", code:
            return [chr(code)]
        case "NOT_LITERAL" | "ANY", _:
            return ["a"]
        case "IN", choices:
            return [_letter(choices)]
        case "BRANCH", (_, branches):
            return [text for branch in branches for text in _texts(branch, found)]
        case "SUBPATTERN", (*_, body):
            texts = _texts(body, found)
        case "ATOMIC_GROUP", body:
            texts = _texts(body, found)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT", (low, _, body):
            return [*_texts(body, found), *([""] if low == 0 else [])]
        case "ASSERT" | "ASSERT_NOT", (_, body):
            texts = _texts(body, found)
            found.update(dict.fromkeys(texts))
            return [""]
        case _:
            return [""]
    found.update(dict.fromkeys(texts))
    return texts


def _letter(choices: Sequence[tuple[object, Any]]) -> str:
    for kind, value in choices:
        match str(kind), value:
            case "LITERAL", code:
                return chr(code)
            case "RANGE", (low, _):
                return chr(low)
            case "CATEGORY", category:
                return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " "}.get(str(category), "a")
            case _:
                break  # all but those that follow
    return "a"


def words_of_lexicons() -> list[str]:
    """Every word and phrase in the files of the lexicon, their keys among them."""
    found: dict[str, None] = {}

    def gather(value: object) -> None:
        match value:
            case dict():
                for key, inner in value.items():
                    found[key] = None
                    gather(inner)
            case list():
                for inner in value:
                    gather(inner)
            case str() if len(value) > 60:  # words written in a row
                found.update(dict.fromkeys(value.split()))
            case str():
                found[value] = None

    for path in sorted(LEXICON.rglob("*.json")):
        gather(json.loads(path.read_text(encoding="utf-8")))
    return list(found)


def repeated(words: Said, ending: str) -> Iterator[str]:
    """A word, or a pair of them, many times over: in turns, and the second after the first."""
    yield " ".join([*words * TIMES, ending])
    if len(words) > 1:
        yield " ".join([*words[:-1], *words[-1:] * TIMES, ending])


def readers() -> tuple[Callable[[str], object], dict[str, Pattern[str]]]:
    """The reading of messages about the default films, and every pattern that has been made."""
    from bot.core import patterns
    from bot.ranking.items.prior import Roles
    from bot.ranking.terms.wishes import WishesTerm
    from tests.understanding.corpus import films, read_corpus, understander

    for module in READERS:
        import_module(module)
    WishesTerm(films(), Roles.of(films()))
    shown = tuple(item.item_id for item in films().items[:5])
    for utterance in read_corpus():  # makes the patterns that are made when first wanted
        understander().understand(utterance.text, shown=shown)
    return (lambda text: understander().understand(text, shown=shown)), patterns.made()


def _measure(read: Callable[[str], object], text: str) -> float:
    """Seconds that reading `text` takes; the best of several tries once one was too slow."""
    best = float("inf")
    for _ in range(TRIES):
        started = time.process_time()
        read(text)
        best = min(best, time.process_time() - started)
        if best <= LIMIT:
            break
    return best


def texts_of(options: argparse.Namespace) -> Iterator[tuple[str, Callable[[str], object], str]]:
    """(reader's name, reader, text) of everything that is to be read."""
    chance = random.Random(options.seed)

    def some(of: list[Said], most: int | None) -> list[Said]:
        return of if most is None or most >= len(of) else chance.sample(of, most)

    def texts(of: Sequence[Said], every: bool) -> Iterator[str]:
        for place, said in enumerate(of):
            for ending in ENDINGS if every else ENDINGS[place % len(ENDINGS) :][:1]:
                yield from repeated(said, ending)

    understand, made = readers()
    known_words: dict[str, None] = {}
    known_pairs: dict[Said, None] = {}
    for pattern, known in made.items():
        words = words_of_pattern(known)
        known_words.update(dict.fromkeys(words))
        pairs: list[Said] = [(one, other) for one in words for other in words]
        known_pairs.update(dict.fromkeys(pairs))
        of_pattern = [*((word,) for word in words), *some(pairs, options.pattern_pairs)]
        for text in texts(of_pattern, options.pattern_pairs is None):
            yield pattern, known.search, text
    lexicon: list[Said] = [(word,) for word in words_of_lexicons() if word not in known_words]
    of_message = [
        *((word,) for word in known_words),
        *some(lexicon, options.words),
        *some(list(known_pairs), options.pairs),
    ]
    for text in texts(of_message, options.words is None):
        yield MESSAGES, understand, text


def _read_all(options: argparse.Namespace, now: Now, told: Connection) -> None:
    """In a process of its own: note what is begun, and tell what was slow at the end."""
    worst = {True: 0.0, False: 0.0}
    slow = []
    started = time.process_time()
    for name, read, text in texts_of(options):
        now.reader.value, now.text.value = name.encode()[:SHOWN], text.encode()[:SHOWN]
        now.count.value += 1
        seconds = _measure(read, text)
        worst[name == MESSAGES] = max(worst[name == MESSAGES], seconds)
        if seconds > LIMIT:
            slow.append(Slow(seconds, name, text))
    told.send((worst, slow, time.process_time() - started))


def drill(options: argparse.Namespace) -> int:
    """Run it and print what came of it; the exit status."""
    context = get_context("spawn")
    now = Now(
        context.RawValue("L", 0),
        context.RawArray("c", SHOWN + 1),
        context.RawArray("c", SHOWN + 1),
    )
    heard, told = context.Pipe(duplex=False)
    reading = context.Process(target=_read_all, args=(options, now, told), daemon=True)
    reading.start()
    told.close()
    count, since = 0, time.monotonic()
    while not heard.poll(1.0):
        if now.count.value != count:
            count, since = now.count.value, time.monotonic()
        # The indexes are made before the first.
        elif time.monotonic() - since > (FROZEN if count else 5 * FROZEN):
            reading.kill()
            print(f"FROZEN: {now.reader.value.decode(errors='replace')!r}")
            print(f"over {now.text.value.decode(errors='replace')!r}")
            return 1
    try:
        worst, slow, seconds = heard.recv()
    except EOFError:
        print("FAILED: the process that reads ended by itself")
        return 1
    reading.join()
    for each in sorted(slow, key=lambda each: -each.seconds)[:20]:
        print(f"{each.seconds * 1000:.0f} ms: {each.reader[:SHOWN]!r} over {each.text[:SHOWN]!r}")
    of_pattern, of_message = worst[False] * 1000, worst[True] * 1000
    print(
        f"{now.count.value} texts in {seconds:.0f} s of processor time; the slowest took", end=" "
    )
    print(f"a pattern {of_pattern:.1f} ms, the reading of messages {of_message:.1f} ms")
    print(f"FAILED: {len(slow)} over {LIMIT * 1000:g} ms" if slow else "PASSED")
    return 1 if slow else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The drill as a command."""
    parser_ = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser_.add_argument("--short", action="store_true", help="samples, in less than a minute")
    parser_.add_argument("--seed", type=int, default=1, help="of the samples")
    parser_.add_argument("--pairs", type=int, help="of words read as messages; all by default")
    options = parser_.parse_args(arguments, argparse.Namespace(pattern_pairs=None, words=None))
    if options.short:
        vars(options).update(SHORT)
    return drill(options)


if __name__ == "__main__":
    sys.exit(main())
