"""What goes when a person corrects their last message: the turn, and all that was read into it.

Owns which events a turn left; leaves dropping them to the store and answering anew to the chatbot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.conversation.turn_state import Incoming
from bot.core.protocols import StoredTurn
from bot.core.values import Event

CLICK = "click: "
"""How the source of an event begins that a click made rather than words."""


def events_of_last_turn(history: Sequence[Event], past: Sequence[StoredTurn]) -> tuple[Event, ...]:
    """The events of `history` that the last of `past` left behind.

    They lie between the storing of the turn before and that of the last. Clicks made meanwhile
    are no part of it: what was liked by hand stays liked.
    """
    if not past:
        return ()
    last = past[-1]
    since = past[-2].at if len(past) > 1 else None
    return tuple(
        event
        for event in history
        if event.conversation == last.result.conversation
        and (since is None or event.at > since)
        and event.at <= last.at
        and not event.source.startswith(CLICK)
    )


def correcting(incoming: Incoming) -> Incoming:
    """The message in the place of the conversation's last one, if there is any."""
    if not incoming.past:
        return incoming
    dropped = events_of_last_turn(incoming.history, incoming.past)
    return replace(
        incoming,
        history=[event for event in incoming.history if event not in dropped],
        past=incoming.past[:-1],
        replacing=tuple(event.event_id or "" for event in dropped),
    )
