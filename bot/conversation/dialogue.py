"""The dialogue as the turns are read by: stored turns as messages, and texts cut to a line.

Owns how much of a message is read at all; leaves what it says to `bot.understanding`. What is
read of a message is all that is kept of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.protocols import StoredTurn
from bot.core.values import Message, Understanding
from bot.core.wellformed import beginning, well_formed

READ_AT_MOST = 4000
"""Characters (code points) that are read of a message; the rest of a longer one is left out."""


def messages_of(turns: Sequence[StoredTurn]) -> list[Message]:
    """The dialogue of stored turns, items linked."""
    messages = []
    for turn in turns:
        said = turn.result.understood
        shown = tuple(suggestion.item.item_id for suggestion in turn.result.suggestions)
        messages.append(Message("user", readable(turn.user_text), said.mentions))
        messages.append(Message("assistant", turn.result.reply, shown))
    return messages


def readings_of(turns: Sequence[StoredTurn]) -> list[Understanding | None]:
    """What each of `messages_of` was understood to say; nothing is read of the bot's own."""
    readings: list[Understanding | None] = []
    for turn in turns:
        readings += [turn.result.understood, None]
    return readings


def received(text: str) -> str:
    """What is read of a message, and kept of it: its first `READ_AT_MOST` characters, well formed.

    Line breaks stay, for the message is shown again. How long the whole is costs nothing.
    """
    return beginning(well_formed(text[: 2 * READ_AT_MOST]), READ_AT_MOST)


def readable(text: str) -> str:
    """The same as one line, white space folded."""
    return " ".join(received(text).split())
