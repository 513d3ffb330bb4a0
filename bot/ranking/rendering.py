"""The text that the ranking model reads: one renderer for training and for serving.

A dialogue is its opening and one line a turn, so that a turn only appends and a key-value cache
stays good. What the person liked elsewhere and the request for a title come last, for they
change from turn to turn. The words are in ``prompts/ranking/prompt.jinja``. The names under which
what was read is cached are given here too, since ranking and reply go on from one another.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import prompts
from bot.core import patterns
from bot.core.results import RankingQuery
from bot.core.values import Message

TEMPLATE = "ranking/prompt.jinja"
TITLE_END = " ("
"""What stands after a title, and so ends it: the bracket of its year."""
MOST_HISTORY = 5
MOST_CHARACTERS = 1600
"""Of a dialogue; some 400 tokens. From longer ones, turns go at the beginning."""
CHARACTERS_A_BYTE = 4
"""What a byte of other than plain letters counts as: it may be a token, as four of those are."""
CHARACTERS_A_TOKEN = 3
"""What a token of a long message counts as; English has about four characters to one."""
SHORT = 400
"""Characters up to which a message is not looked at so closely: years and names are digits too."""
LONGEST_WORD = 16
_PIECES = patterns.compile(r"[A-Za-z]+|[0-9]|[!-/:-@\[-`{-~]")


def dialogue_text(turns: Sequence[Message]) -> str:
    """The opening and a line a turn, ending in a line end."""
    words = prompts.macro_module(TEMPLATE)
    lines = [
        str(words.line(turn.speaker, _beginning(" ".join(turn.text.split())))) for turn in turns
    ]
    return str(words.opening()) + "".join(lines[_first_kept([_size(line) for line in lines]) :])


def _size(text: str) -> int:
    """How long a text is for the model, in characters of English."""
    plain = sum(character.isascii() for character in text)
    size = plain + CHARACTERS_A_BYTE * (len(text.encode("utf-8", "replace")) - plain)
    return size if len(text) <= SHORT else max(size, CHARACTERS_A_TOKEN * _least_tokens(text))


def _least_tokens(text: str) -> int:
    """About how many tokens a long text has at least: a word, a digit, a sign is one.

    A run of letters too long for a word is one for each two.
    """
    pieces = _PIECES.findall(text)
    long = [len(piece) for piece in pieces if len(piece) > LONGEST_WORD]
    return len(pieces) + sum(long) // 2


def _beginning(text: str) -> str:
    """As much of a text as a dialogue has room for."""
    if _size(text) <= MOST_CHARACTERS:
        return text
    return text[
        : bisect_right(range(len(text)), MOST_CHARACTERS, key=lambda n: _size(text[:n])) - 1
    ]


def _first_kept(lengths: Sequence[int]) -> int:
    """Which line a dialogue begins with, given the lines' lengths.

    Half of what grows too long goes at once, told line by line as they came: so the beginning
    stays the same for many turns, and what is cached with it.
    """
    first = 0
    for end in range(1, len(lengths) + 1):
        while sum(lengths[first:end]) > MOST_CHARACTERS and end - first > 1:
            first += (end - first + 1) // 2
    return first


def request_text(liked: Sequence[str] = ()) -> str:
    """What is appended to ask for a title: likes known from elsewhere (labels), then the request.

    Ends without a space: a title that continues it begins with one.
    """
    words = prompts.macro_module(TEMPLATE)
    history = str(words.history(list(liked)[-MOST_HISTORY:])) if liked else ""
    return history + str(words.request())


def prompt_text(turns: Sequence[Message], liked: Sequence[str] = ()) -> str:
    """The whole text whose last hidden state ranks the catalogue."""
    return dialogue_text(turns) + request_text(liked)


def answer_text(turns: Sequence[Message], begun: str = "") -> str:
    """The dialogue and what the bot's reply has `begun` with: nearly what ranking has read.

    So with what ranking has cached, a reply can begin without reading much more.
    """
    answer = str(prompts.macro_module(TEMPLATE).answer())
    return f"{dialogue_text(turns)}{answer}{' ' + ' '.join(begun.split()) if begun else ''}"


def title_text(title: str) -> str:
    """A title as it continues the request, with what ends it."""
    return f" {prompts.inert(title.strip())}{TITLE_END}"


def ranking_cache(query: RankingQuery) -> str | None:
    """The name under which the model caches what ranking reads of a query's conversation."""
    return conversation_cache(query.conversation) if query.conversation else None


def conversation_cache(conversation: str) -> str:
    """The same of a conversation's id."""
    return f"{conversation}\0ranking"
