"""A turn as the log tells of it: one event at its end, and its id on all that is logged meanwhile.

Owns which figures of a turn are told. A conversation goes by a hash of its id, for whoever has an
id may ask for what was said in it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from time import perf_counter

from bot.conversation.api import TurnDone, TurnRanked, TurnSentence, TurnStarted, TurnStep
from bot.core.errors import AccessError, BusyError, UnknownPersonError, UsageError
from bot.core.logs import bound, event_logger

REFUSALS = (AccessError, BusyError, UnknownPersonError, UsageError)
"""Answers to a request that cannot be met; all else that ends a turn is a failure."""

logger = event_logger(__name__)


def logged(steps: Iterator[TurnStep]) -> Iterator[TurnStep]:
    """The same steps; each is computed with the turn's id bound, in whatever thread asks for it."""
    return _logged(steps, _Account())


def conversation_mark(conversation: str) -> str:
    """What a conversation is called in the log."""
    return hashlib.sha256(conversation.encode(errors="replace")).hexdigest()[:12]


def _logged(steps: Iterator[TurnStep], account: _Account) -> Iterator[TurnStep]:
    try:
        while (step := account.next_of(steps)) is not None:
            yield step
    except GeneratorExit:
        account.close(steps)
        raise


class _Account:
    """What is known of one turn so far."""

    def __init__(self) -> None:
        self._began = perf_counter()  # waiting for the first step counts
        self._facts: dict[str, object] = {"turn": secrets.token_hex(4)}
        self._ranked: TurnRanked | None = None
        self._sentences = 0
        self._first_sentence_ms: float | None = None
        self._done = False

    def next_of(self, steps: Iterator[TurnStep]) -> TurnStep | None:
        """The next step, None at the end; what it tells is noted."""
        # Bound around each step alone: the next one may be computed in another thread.
        with bound(**self._facts):
            try:
                step = next(steps, None)
            except Exception as error:
                self._tell_failure(error)
                raise
            if step is not None:
                self._note(step)
            return step

    def close(self, steps: Iterator[TurnStep]) -> None:
        """End the turn early, as its caller does."""
        with bound(**self._facts):
            try:
                getattr(steps, "close", lambda: None)()
            except Exception as error:
                self._tell_failure(error)
                raise
            if not self._done:
                ranked = self._ranked
                logger.info(
                    "turn",
                    suggestions=len(ranked.suggestions) if ranked else 0,
                    sentences=self._sentences,
                    ranked_ms=ranked.timings.ranked_ms if ranked else None,
                    first_token_ms=self._first_sentence_ms,
                    total_ms=self._elapsed_ms(),
                    ended_early=True,
                )

    def _note(self, step: TurnStep) -> None:
        match step:
            case TurnStarted(conversation):
                # Not before: what somebody gave for an id may be anything.
                self._facts["conversation"] = conversation_mark(conversation)
            case TurnRanked(suggestions, timings):
                self._ranked = step
                logger.debug("turn_ranked", suggestions=len(suggestions), ms=timings.ranked_ms)
            case TurnSentence():
                self._sentences += 1
                if self._first_sentence_ms is None:
                    self._first_sentence_ms = self._elapsed_ms()
            case TurnDone(result):
                self._done = True
                logger.info(
                    "turn",
                    act=result.act,
                    suggestions=len(result.suggestions),
                    sentences=self._sentences,
                    ranked_ms=result.timings.ranked_ms,
                    first_token_ms=result.timings.first_token_ms,
                    total_ms=result.timings.total_ms,
                    ended_early=False,
                )

    def _tell_failure(self, error: Exception) -> None:
        """Class and places alone: its text may hold what was said, or a name."""
        if isinstance(error, REFUSALS):
            logger.info("turn_refused", error=type(error).__name__, total_ms=self._elapsed_ms())
        else:
            logger.exception("turn_failed", sentences=self._sentences, total_ms=self._elapsed_ms())

    def _elapsed_ms(self) -> float:
        return round((perf_counter() - self._began) * 1000, 1)
