"""The seams: what the conversation needs from a model, a ranker and a store.

Each is a Protocol with one contract test class that the fake and the real thing both pass.
Nothing here imports torch, SQLAlchemy or Gradio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bot.core.results import RankingQuery, Scored, TurnResult
from bot.core.values import Event, Item, Message, Understanding


class TokenGuard(Protocol):
    """Decides, token by token, what generated text may contain (grounding by construction).

    `allowed` gets the ids generated so far (none of the prompt) and returns the ids that may come
    next, or None when anything may.
    """

    def allowed(self, generated: Sequence[int]) -> NDArray[np.int64] | None: ...


class TitleTree(Protocol):
    """A prefix tree over tokenised labels; leaves carry the item ids that share the label."""

    @property
    def size(self) -> int: ...


@runtime_checkable
class LanguageModel(Protocol):
    """A causal language model with a key-value cache that lasts across the turns.

    `cache` names a conversation: text that extends what the cache already holds pays only for
    the new tokens. Without a name nothing is cached. Calls are thread-safe; few run at a time.
    """

    @property
    def name(self) -> str: ...

    @property
    def hidden_size(self) -> int: ...

    def count_tokens(self, text: str) -> int: ...

    def encode(self, text: str, *, cache: str | None = None) -> NDArray[np.float32]:
        """Last hidden state (after the final norm) of the last token of `text`, shape (hidden,)."""
        ...

    def log_likelihoods(
        self, prefix: str, continuations: Sequence[str], *, cache: str | None = None
    ) -> NDArray[np.float64]:
        """Sum of log P(token) in nats of each continuation after `prefix`, shape (n,).

        The prefix is computed once; continuations that share first tokens share their work.
        """
        ...

    def generate(
        self,
        prompt: str,
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        guard: TokenGuard | None = None,
        temperature: float = 0.0,
        seed: int | None = None,
        cache: str | None = None,
    ) -> Iterator[str]:
        """Stream text pieces; ends at end-of-text, at a stop string (not included) or the limit."""
        ...

    def build_title_tree(self, labels: Mapping[str, str]) -> TitleTree:
        """A tree over `labels` (item id → label), as this model's tokeniser splits them."""
        ...

    def generate_titles(
        self,
        prompt: str,
        tree: TitleTree,
        *,
        beams: int,
        exclude: frozenset[str] = frozenset(),
        cache: str | None = None,
    ) -> list[tuple[str, float]]:
        """Beam search over the tree: (item id, log-likelihood in nats), best first."""
        ...

    def forget(self, cache: str) -> None:
        """Drop what is cached for a conversation."""
        ...


@runtime_checkable
class Ranker(Protocol):
    """Scores the whole catalogue for a query."""

    @property
    def name(self) -> str: ...

    def rank(self, query: RankingQuery, k: int) -> list[Scored]:
        """The `k` best items, best first: none excluded, all hard constraints met."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """An attribute column of a catalogue; `numeric` when every known value is a number."""

    name: str
    numeric: bool
    values: int  # distinct values


@runtime_checkable
class Catalogue(Protocol):
    """A loaded catalogue, read only; rows are numbered by position."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str:
        """Hash of the content; changes when an import changes any item."""
        ...

    @property
    def items(self) -> Sequence[Item]: ...

    @property
    def columns(self) -> Mapping[str, Column]: ...

    def row(self, item_id: str) -> int:
        """Row number of an item; KeyError when there is none."""
        ...

    def get(self, item_id: str) -> Item | None: ...

    def by_same_as(self, same_as: str) -> Item | None: ...

    def values(self, column: str) -> Mapping[str, NDArray[np.int32]]:
        """Attribute value → rows that have it, for a column that is not numeric."""
        ...

    def numbers(self, column: str) -> NDArray[np.float32]:
        """Numeric column (``year`` and ``popularity`` too) by row, NaN where unknown."""
        ...

    def search(self, text: str, limit: int = 20) -> list[Item]:
        """Full-text search that forgives case, accents, a missing article or year."""
        ...


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """A conversation as it stands in a list."""

    conversation: str
    title: str
    user: str
    catalogue: str
    started: datetime
    updated: datetime
    turns: int


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One turn as stored: what was said, what was answered, what was shown."""

    number: int
    user_text: str
    result: TurnResult
    at: datetime


@dataclass(frozen=True, slots=True)
class TurnOpening:
    """What a turn begins with: when the person was made, their events, and the dialogue so far.

    `conversation` is None, and `turns` are empty, where there is no such conversation yet.
    """

    since: datetime
    conversation: ConversationInfo | None
    events: list[Event]
    turns: list[StoredTurn]


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """What a turn leaves to be stored: what was said and answered, and what happened.

    A conversation that is new is over `catalogue`, else over the one that the events name. With
    `replacing`, ids of events, the conversation's last turn and those events go.
    """

    user_text: str
    result: TurnResult
    messages: Sequence[Message] = ()
    events: Sequence[Event] = ()
    catalogue: str | None = None
    replacing: Sequence[str] | None = None

    @property
    def conversation(self) -> str:
        """The conversation that the turn belongs to."""
        return self.result.conversation


class PersonStore(Protocol):
    """People, their events and their conversations. One call is one transaction."""

    def ensure_person(self, name: str) -> datetime:
        """Make the person unless they exist; returns when they were made."""
        ...

    def has_person(self, name: str) -> bool: ...

    def since(self, name: str) -> datetime | None:
        """When the person was made; None when there is none of that name."""
        ...

    def people(self) -> list[tuple[str, datetime, int]]:
        """(name, since when, number of events) of everybody, by name."""
        ...

    def delete_person(self, name: str) -> bool:
        """Delete a person; whether nothing of them stands in any file now, rather than soon."""
        ...

    def export_person(self, name: str) -> dict[str, object]: ...

    def events(self, user: str, *, catalogue: str | None = None) -> list[Event]:
        """All events in order, with `event_id` set."""
        ...

    def append(self, user: str, events: Sequence[Event]) -> list[str]:
        """Append outside a turn (a click, a command); returns the events' ids."""
        ...

    def start_conversation(self, user: str, catalogue: str) -> str: ...

    def conversations(self, user: str) -> list[ConversationInfo]: ...

    def conversation(self, conversation: str) -> ConversationInfo | None: ...

    def rename_conversation(self, conversation: str, title: str) -> None: ...

    def delete_conversation(self, conversation: str) -> None: ...

    def turns(self, conversation: str) -> list[StoredTurn]: ...

    def open_turn(self, user: str, conversation: str) -> TurnOpening:
        """All that a turn begins with; makes the person unless they exist.

        The conversation may be anybody's: see whose it is.
        """
        ...

    def commit_turn(
        self, user: str, record: TurnRecord, *, opening: TurnOpening | None = None
    ) -> int | None:
        """Store a turn and its events in one transaction; returns the turn's number (from 1).

        Creates the person and the conversation where they do not exist yet. With the turn's
        `opening`, nothing is stored and None comes back where the person or the conversation was
        deleted since; a person made anew by that name is somebody else.
        """
        ...


class Understander(Protocol):
    """Turns a message into what it said, linked to the catalogue."""

    def understand(
        self,
        text: str,
        *,
        turns: Sequence[Message] = (),
        shown: Sequence[str] = (),
        question: str | None = None,
    ) -> Understanding:
        """`shown` are the ids of the last suggestions in order; `question` the key last asked."""
        ...


Clock = Callable[[], datetime]
