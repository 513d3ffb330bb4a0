"""The dialogue as the turns are read by: stored turns as messages, and texts cut to a line.

Owns how much of a message is read at all; leaves what it says to `bot.understanding`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Message
from bot.protocols import StoredTurn

READ_AT_MOST = 4000  # characters of a message; of a longer one the beginning and the end


def messages_of(turns: Sequence[StoredTurn]) -> list[Message]:
    """The dialogue of stored turns, items linked."""
    messages = []
    for turn in turns:
        said = turn.result.understood
        shown = tuple(suggestion.item.item_id for suggestion in turn.result.suggestions)
        messages.append(Message("user", readable(turn.user_text), said.mentions))
        messages.append(Message("assistant", turn.result.reply, shown))
    return messages


def readable(text: str) -> str:
    """One line of at most `READ_AT_MOST` characters: of more, the beginning and the end."""
    line = " ".join(text.replace("\x00", " ").split())
    if len(line) <= READ_AT_MOST:
        return line
    half = READ_AT_MOST // 2
    return f"{line[:half]} … {line[-half:]}"
