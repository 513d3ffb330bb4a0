"""A message cut into sentences of plain words, with its mentions as marks in their places.

Owns how a sentence is written for the patterns of this package, and what is but a piece of one;
what it says is left to `stance`, `intents` and `constraints`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core import patterns
from bot.understanding.linking.mentions import Mention
from bot.understanding.stances.transposed_letters import unswapped
from bot.understanding.text import SHORT_FORMS, Token, expand, word_set

MARK = patterns.compile(r"§(\d+)")
"""A mention's place in a sentence, with its number."""
MOST_PARTS = 120
"""Words and marks of one sentence: who writes on without a full stop is cut here, since what is
said of each thing is looked for in the whole sentence."""
_FILLERS = word_set(
    """and or a an the but please now with from of in for by some good great really nice hi hello
    hey or yes yeah no ok okay maybe either type types kind kinds genre genres is are my me
    one to any would be works fine best top new old about probably definitely also too usually
    mostly movie film movies films lol haha well um hmm so like mainly both all sort sorts i
    guess tonight today watch something anything preferably"""
)

_REACH = 400  # characters, more than any pattern for what stands before a place can hold


def left_of(text: str, at: int) -> str:
    """What stands before a place, as far back as the patterns look that end there.

    Cut at a space, so that no part of a word is taken for a whole one.
    """
    return text[:at] if at <= _REACH else text[text.rfind(" ", 0, at - _REACH) + 1 : at]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as `text` with mentions as ``§0``, ``§1``, …; numbers count over the message."""

    text: str
    question: bool
    mentions: tuple[int, ...]


def sentences_of(
    tokens: Sequence[Token], mentions: Sequence[Mention], nouns: frozenset[str]
) -> list[Sentence]:
    """The message cut at full stops, question marks and line ends, mentions in their places.

    A sentence has `MOST_PARTS` at most.
    """
    starts = {mention.start: number for number, mention in enumerate(mentions)}
    sentences: list[Sentence] = []
    parts: list[str] = []
    inside: list[int] = []

    def close(question: bool) -> None:
        if parts:
            text = expand(" ".join(parts))
            sentences.append(Sentence(" ".join(text.split()), question, tuple(inside)))
        elif question and sentences and not sentences[-1].question:
            sentences[-1] = Sentence(sentences[-1].text, True, sentences[-1].mentions)
        parts.clear()
        inside.clear()

    at = 0
    while at < len(tokens):
        if len(parts) >= MOST_PARTS:
            close(False)
        number = starts.get(at)
        if number is not None:
            parts.append(f"§{number}")
            inside.append(number)
            at = mentions[number].end
            continue
        token = tokens[at]
        if token.raw == "(" and _is_year_in_brackets(tokens, at):
            at += 3  # a title's year, be the title known or not
            continue
        if token.breaks:
            close(token.raw == "?")
        elif token.word:
            said = unswapped(token.word)
            full = SHORT_FORMS.get(token.raw.casefold().replace("’", "'"), said)
            parts.append("§noun" if token.word in nouns else full)
        elif token.raw in ",-–—(/:":
            parts.append("," if token.raw in ",:(" else token.raw)
        at += 1
    close(False)
    return sentences


def _is_year_in_brackets(tokens: Sequence[Token], at: int) -> bool:
    return (
        at + 2 < len(tokens)
        and tokens[at + 2].raw == ")"
        and len(tokens[at + 1].raw) == 4
        and tokens[at + 1].raw.isdigit()
    )


def is_fragment(text: str, start: int) -> bool:
    """Whether a sentence without a verb of its own is a wish: "comedy or drama, nothing long"."""
    clause = max(text.rfind(" , ", 0, start), text.rfind(" but ", 0, start), 0)
    stops = [stop for stop in (text.find(" , ", start), text.find(" but ", start)) if stop >= 0]
    stop = min(stops, default=-1)
    words = text[clause : stop if stop >= 0 else len(text)].split()
    plain = [
        word
        for word in words
        if not word.startswith("§") and word not in _FILLERS and len(word) > 1
    ]
    return len(plain) <= 2
