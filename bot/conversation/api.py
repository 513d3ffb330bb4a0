"""What the edges (web page, endpoints, terminal) may ask of Tastebot: one Protocol.

The real thing is `bot.conversation.chatbot.Tastebot`; tests of the page use a fake that satisfies
the same contract. A turn is a stream, so that suggestions are seen before the words are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.core.protocols import Catalogue, ConversationInfo, StoredTurn
from bot.core.results import Suggestion, Timings, TurnResult
from bot.core.values import Event, Item, Profile


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The conversation the turn belongs to (made new when none was given)."""

    conversation: str


@dataclass(frozen=True, slots=True)
class TurnRanked:
    """The suggestions, as soon as they are ranked; empty when the turn has none."""

    suggestions: tuple[Suggestion, ...]
    timings: Timings


@dataclass(frozen=True, slots=True)
class TurnSentence:
    """A sentence of the reply, checked; append it to what came before."""

    text: str


@dataclass(frozen=True, slots=True)
class TurnDone:
    """The whole turn, stored."""

    result: TurnResult


TurnStep = TurnStarted | TurnRanked | TurnSentence | TurnDone


@runtime_checkable
class ChatService(Protocol):
    """The conversation with everybody, over one catalogue by default."""

    @property
    def catalogue(self) -> Catalogue: ...

    def respond(
        self, user: str, text: str, conversation: str | None = None, *, instead: bool = False
    ) -> Iterator[TurnStep]:
        """One turn; with `instead`, in the place of the conversation's last one.

        Closing the iterator stops computing. Nothing of the turn is stored when that happens
        before the step after `TurnRanked` is asked for; later, the suggestions have been seen,
        and they are kept with the words as far as they got. Raises UsageError for a conversation
        that is not this person's.
        """
        ...

    def recommend(self, user: str, text: str = "", k: int = 10) -> TurnResult:
        """One ranking from stored history and `text`; stores nothing but the person's name."""
        ...

    def feedback(
        self, user: str, item_id: str, kind: str, conversation: str | None = None
    ) -> Event:
        """Record like, dislike, seen, save, not-now or rating=N; the event comes back stored."""
        ...

    def undo(self, user: str, event_id: str) -> Event | None:
        """Take one event back and return it; None when it is not there or taken back already."""
        ...

    def forget(self, user: str, about: str) -> None:
        """Forget all that is known of the person about an item id or ``column:value``.

        UnknownPersonError when nobody by that name spoke yet, as for `export` and `delete`.
        """
        ...

    def explain(self, user: str, item_id: str, conversation: str | None = None) -> tuple[str, ...]:
        """Why an item was suggested: sentences, each true of profile, catalogue and score."""
        ...

    def similar(self, item_id: str, count: int) -> list[Item]:
        """The items most alike by what the catalogue says, best first; none for an unknown id."""
        ...

    def set_preference(self, user: str, name: str, value: float) -> Event:
        """Set one of the person's dials (`bot.profile.dials`); the next ranking obeys.

        Raises UsageError for a name or value that there is none of.
        """
        ...

    def profile(self, user: str) -> Profile:
        """What is known of a person; UnknownPersonError when nobody by that name spoke yet."""
        ...

    def people(self) -> list[str]: ...

    def conversations(self, user: str) -> list[ConversationInfo]: ...

    def turns(self, user: str, conversation: str) -> list[StoredTurn]:
        """The turns of a person's own conversation; UsageError when it is not theirs."""
        ...

    def rename_conversation(self, user: str, conversation: str, title: str) -> None: ...

    def delete_conversation(self, user: str, conversation: str) -> None: ...

    def export(self, user: str) -> dict[str, object]: ...

    def delete(self, user: str) -> bool:
        """Delete a person; whether nothing of them stands in the files already.

        What does, because somebody reads the files just then, goes with the next that is stored.
        """
        ...

    def items(self, item_ids: Sequence[str]) -> list[Item]:
        """Items by id, those that exist, in order."""
        ...

    def warm_up(self) -> None:
        """Load everything that a turn needs."""
        ...
