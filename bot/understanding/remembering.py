"""An understander that remembers what it read, for the many queries cut from one dialogue."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bot.core.protocols import Understander
from bot.core.values import Message, Understanding


class RememberingUnderstander:
    """Reads each message of a dialogue once, though many queries are cut from it."""

    def __init__(self, understander: Understander) -> None:
        self._read = lru_cache(maxsize=4096)(
            lambda text, turns, shown, question: understander.understand(
                text, turns=turns, shown=shown, question=question
            )
        )

    def understand(
        self,
        text: str,
        *,
        turns: Sequence[Message] = (),
        shown: Sequence[str] = (),
        question: str | None = None,
    ) -> Understanding:
        """As the understander within."""
        return self._read(text, tuple(turns), tuple(shown), question)
