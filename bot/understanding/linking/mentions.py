"""What was found in a message, as values shared by the modules of this package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.understanding.text import Token

ANSWERED_BY_ITEMS = frozenset({"open", "pick", "titles", "items", "loved", "liked", "item"})
"""Keys of onboarding questions whose answers are items; other questions ask for values."""


class Kind(StrEnum):
    """What a passage of a message stands for."""

    ITEM = "item"
    VALUE = "value"
    UNKNOWN = "unknown"  # clearly a title, but not one of the catalogue
    REFERENCE = "reference"  # "the second one", resolved to items


class Stance(StrEnum):
    """What is said about a thing."""

    LIKE = "like"
    DISLIKE = "dislike"
    WANT = "want"  # wished for now
    AVOID = "avoid"  # unwanted now
    SEEN = "seen"
    UNSEEN = "unseen"
    SAVE = "save"
    NOT_NOW = "not_now"
    FORGET = "forget"
    NEUTRAL = "neutral"
    DENIED = "denied"  # a value that is told not to hold, or refused in part: "no slapstick"


@dataclass(frozen=True, slots=True)
class Mention:
    """Tokens ``[start:end]`` of a message that stand for `abouts` (ids or ``column:value``).

    `text` is the passage as written. `opinion` marks words that describe as often as they name
    (*funny*): they are wishes only where something is asked for. `narrow` marks words for less
    than the value (*slapstick* of comedies): who refuses them does not refuse the value.
    """

    start: int
    end: int
    kind: Kind
    abouts: tuple[str, ...]
    text: str
    opinion: bool = False
    person: bool = False
    narrow: bool = False
    series: tuple[str, ...] = ()  # ids of all parts, where "all the … movies" are meant
    weight: float = float("inf")  # of a person named by surname alone: how well known


def item_mention(tokens: Sequence[Token], start: int, end: int, item_id: str) -> Mention:
    """The passage ``[start:end]`` as a mention of an item."""
    text = " ".join(token.raw for token in tokens[start:end])
    return Mention(start, end, Kind.ITEM, (item_id,), text)


def unknown_mention(
    tokens: Sequence[Token], start: int, end: int, year: int | None, stop: int = 0
) -> Mention:
    """The passage as a title that the catalogue lacks, its year with it; up to `stop` if later."""
    pieces = []
    for before, token in zip([None, *tokens[start:end]], tokens[start:end], strict=False):
        if before is not None and token.start > before.end:
            pieces.append(" ")
        pieces.append(token.raw)
    text = "".join(pieces).strip()
    label = f"{text} ({year})" if year is not None else text
    return Mention(start, max(end, stop), Kind.UNKNOWN, (label,), text)
