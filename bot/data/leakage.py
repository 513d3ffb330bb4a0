"""Refuses to measure on training data.

An adapter's card keeps the hashes of its training dialogues' longer messages
(`dialogue_hashes`); a file to measure on is refused when a dialogue in it consists of them
(`refuse_leaks`). Both sides hash here, so that they agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence

from bot.core import patterns
from bot.core.errors import DataFileError
from bot.core.values import Message
from bot.data.dialogues import Dialogue
from bot.data.queries import Query

MIN_WORDS = 6  # shorter messages ("thanks, have a good day") recur by chance
MIN_SHARED_WORDS = 10  # of long messages in common, before a dialogue counts as trained on
MIN_SHARE = 0.5  # of its long messages' words that they must make up


def dialogue_hashes(dialogues: Iterable[Dialogue | Query]) -> list[str]:
    """Hashes of all messages of six words or more, sorted, without repeats.

    Twelve hexadecimal digits each, of the message without case and punctuation. Training writes
    them to its card under ``training_hashes``; measuring compares. Give the dialogues as read:
    linking them to a catalogue or not makes no difference.
    """
    return sorted(
        {_hash(words) for dialogue in dialogues for words in _long_messages(dialogue.turns)}
    )


def leaked_dialogues(
    measured: Iterable[Dialogue | Query], training_hashes: Collection[str]
) -> list[str]:
    """Ids of the measured dialogues that the training data hold, in order.

    Queries are prefixes of dialogues; those of one dialogue are taken together.
    """
    known = frozenset(training_hashes)
    messages: dict[str, set[tuple[str, ...]]] = {}
    for each in measured:
        name = each.dialogue if isinstance(each, Query) else each.id
        messages.setdefault(name, set()).update(map(tuple, _long_messages(each.turns)))
    leaked = []
    for name, long in messages.items():
        shared = sum(len(words) for words in long if _hash(words) in known)
        if shared >= MIN_SHARED_WORDS and shared >= MIN_SHARE * sum(map(len, long)):
            leaked.append(name)
    return leaked


def refuse_leaks(
    measured: Sequence[Dialogue | Query], training_hashes: Collection[str], what: str
) -> None:
    """Raise DataFileError, naming the dialogues, when training data and measuring file overlap.

    `what` names the training data in the message ("adapter shipped", a file's name).
    """
    leaked = leaked_dialogues(measured, training_hashes)
    if leaked:
        names = ", ".join(leaked[:3]) + (", …" if len(leaked) > 3 else "")
        raise DataFileError(
            f"Expected dialogues that {what} was not trained on",
            found=f"{len(leaked)} that it was ({names})",
            remedy="Measure on other dialogues, or train without these",
        )


def _long_messages(turns: Iterable[Message]) -> list[list[str]]:
    split = (patterns.findall(r"\w+", turn.text.casefold()) for turn in turns)
    return [words for words in split if len(words) >= MIN_WORDS]


def _hash(words: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:12]
