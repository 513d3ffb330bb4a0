"""What a message said, in its place: from this person, after these turns.

A value that the decisions about a turn read (`bot.policy.acts`, `bot.replies.planner`). Making it
is left to `bot.conversation.turn`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.protocols import StoredTurn
from bot.core.results import Suggestion
from bot.core.values import Event, Message, Profile, Understanding

SUGGESTIONS = 5
MOST_SUGGESTIONS = 20


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that was understood, and what is known with it.

    `earlier` are the person's events before it, `events` those that it amounts to, and `profile`
    is what both come to. `past` are the conversation's turns so far, `messages` the dialogue with
    this message for its last. `asked` are the keys of the questions put in this conversation,
    oldest first.
    """

    user: str
    conversation: str
    said: Understanding
    earlier: Sequence[Event]
    events: Sequence[Event]
    past: Sequence[StoredTurn]
    messages: Sequence[Message]
    profile: Profile
    asked: tuple[str, ...] = ()

    @property
    def wished_count(self) -> int:
        """How many suggestions the person gets at most."""
        return min(self.said.count or SUGGESTIONS, MOST_SUGGESTIONS)

    @property
    def at_a_guess(self) -> bool:
        """Whether neither the person's history nor the message gives anything to go on."""
        return self.profile.is_new and not self.said.informative

    @property
    def shown_last(self) -> tuple[Suggestion, ...]:
        """The suggestions of the last turn that had any."""
        return shown_last(self.past)

    @property
    def asked_of(self) -> tuple[str, ...]:
        """The items that a question is about: those named or pointed at, else what was spoken of.

        "Who is in it?" after an answer goes on about the same item, after suggestions about the
        first of them.
        """
        named = (*self.said.references, *self.said.mentions)
        if named:
            return named
        for stored in reversed(self.past):
            before = stored.result.understood
            spoken = (*before.references, *before.mentions)
            if stored.result.act == "answer" and spoken:
                return spoken[:1]
            if stored.result.suggestions:
                return (stored.result.suggestions[0].item.item_id,)
        return ()


def shown_last(past: Sequence[StoredTurn]) -> tuple[Suggestion, ...]:
    """The suggestions of the last of `past` that had any; none where none had."""
    return next((turn.result.suggestions for turn in reversed(past) if turn.result.suggestions), ())
