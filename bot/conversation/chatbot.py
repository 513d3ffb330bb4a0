"""The chatbot: everybody's conversations over one catalogue, and what is stored when.

Owns the one transaction a turn, and that a conversation has one turn at a time; leaves computing a
turn to `bot.conversation.turn`, and what people may do with their data to
`bot.conversation.personal_data`. A turn is stored whole after its last sentence; a person who stops
it midway keeps what was shown, which is nothing before the suggestions were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from time import perf_counter
from uuid import uuid4

from bot.conversation.api import TurnDone, TurnStarted, TurnStep
from bot.conversation.dialogue import READ_AT_MOST, readable, received
from bot.conversation.edits import correcting
from bot.conversation.explaining import Explaining
from bot.conversation.logged_turns import logged
from bot.conversation.parts import DialogueParts
from bot.conversation.personal_data import PersonalData, SameItem, utc_now
from bot.conversation.turn import TurnPipeline, suggestions_of, too_long
from bot.conversation.turn_state import Incoming, TurnState, elapsed_ms
from bot.core.errors import BusyError, UsageError
from bot.core.keyed_locks import KeyedLocks
from bot.core.protocols import Clock, PersonStore, TurnOpening
from bot.core.results import RankingQuery, Timings, TurnResult
from bot.core.values import Item, Message
from bot.ranking.query import query_from_dialogue

LAST_TURN_WITHIN = 10.0
"""Seconds that a turn waits for the one before it in the same conversation."""


class Tastebot(PersonalData):
    """The conversation with everybody over one catalogue; satisfies `ChatService`."""

    def __init__(
        self,
        people: PersonStore,
        parts: DialogueParts,
        *,
        clock: Clock = utc_now,
        same_item: SameItem | None = None,
    ) -> None:
        super().__init__(people, parts.catalogue, parts.writer, clock=clock, same_item=same_item)
        self._parts = parts
        self._explaining = Explaining(parts.explainer, parts.words)
        self._pipeline = TurnPipeline(parts, self._explaining)
        self._locks = KeyedLocks()

    def respond(
        self, user: str, text: str, conversation: str | None = None, *, instead: bool = False
    ) -> Iterator[TurnStep]:
        """One turn, step by step; see `bot.conversation.api.ChatService`."""
        # Outside the generator: waiting for its first step counts, and a text is cut before that.
        began = perf_counter()
        cut = len(text) > READ_AT_MOST
        return logged(self._turn(user, received(text), cut, conversation or None, began, instead))

    def _turn(
        self,
        user: str,
        text: str,
        cut: bool,
        going_on: str | None,
        began: float,
        instead: bool,
    ) -> Iterator[TurnStep]:
        conversation = going_on or uuid4().hex
        with self._alone_in(conversation):
            if going_on is not None:
                self._own(user, conversation)  # whoever has none is not made a person by asking
            opening = self._people.open_turn(user, conversation)
            yield TurnStarted(conversation)
            incoming = Incoming(
                user=user,
                text=text,
                conversation=conversation,
                history=self._moved(opening.events),
                past=opening.turns,
                at=self._clock(),
                began=began,
                cut=cut,
            )
            turn = TurnState(correcting(incoming) if instead else incoming)
            try:
                yield from self._pipeline.run(turn)
            finally:
                self._keep(turn, opening)
            assert turn.record is not None
            yield TurnDone(turn.record.result)

    @contextmanager
    def _alone_in(self, conversation: str) -> Iterator[None]:
        """One turn of a conversation at a time; BusyError when the last one does not end."""
        with ExitStack() as stack:
            try:
                stack.enter_context(self._locks.holding(conversation, LAST_TURN_WITHIN))
            except TimeoutError:
                raise BusyError(
                    "Expected the conversation's last turn to have ended",
                    found="that it is still being answered",
                    remedy="Wait a moment, or begin a new conversation",
                ) from None
            yield

    def _keep(self, turn: TurnState, opening: TurnOpening) -> None:
        """Store what the turn left; where nothing is stored, nothing is remembered."""
        number = None
        try:
            if turn.record is not None:
                # No number comes back where the person or the conversation was deleted meanwhile.
                number = self._people.commit_turn(turn.incoming.user, turn.record, opening=opening)
        finally:
            if number is None:
                self._leave_models_memory(turn.incoming.conversation)

    def recommend(self, user: str, text: str = "", k: int = 10) -> TurnResult:
        """One ranking from stored history and `text`; stores nothing but the person's name."""
        if k < 1:
            raise UsageError("Expected at least one suggestion", found=str(k), remedy="Give -k 10")
        began = perf_counter()
        self._people.ensure_person(user)
        said = readable(text)
        notices = (too_long(self._parts.words),) if len(text) > READ_AT_MOST else ()
        query, understood = query_from_dialogue(
            [Message("user", said)] if said else [],
            self._parts.understander,
            user=user,
            history=self._events(user),
            catalogue=self.catalogue.name,
            now=self._clock(),
        )
        ranked = self._parts.ranker.rank(query, k)
        timings = Timings(ranked_ms=elapsed_ms(began), total_ms=elapsed_ms(began))
        suggestions = suggestions_of(ranked, query, self._parts)
        return TurnResult("", "recommend", "", suggestions, understood, timings, notices=notices)

    def explain(self, user: str, item_id: str, conversation: str | None = None) -> tuple[str, ...]:
        """Why an item was suggested, and where it would stand without what counts most."""
        if conversation:
            self._own(user, conversation)
        turns = self._people.turns(conversation) if conversation else []
        return self._explaining.why(user, item_id, events=self._events(user), turns=turns)

    def similar(self, item_id: str, count: int) -> list[Item]:
        """The items most alike by what the catalogue says, best first."""
        if self.catalogue.get(item_id) is None:
            return []
        return self.items(self._parts.index.nearest(item_id, count))

    def items(self, item_ids: Sequence[str]) -> list[Item]:
        """Items by id, those that exist, in order."""
        found = (self.catalogue.get(item_id) for item_id in item_ids)
        return [item for item in found if item is not None]

    def warm_up(self) -> None:
        """Load everything that a turn needs."""
        first = self.catalogue.items[:1]
        text = " ".join(["Hello, something like", *(item.title for item in first)])
        self._parts.understander.understand(text)
        message = Message("user", text, tuple(item.item_id for item in first))
        self._parts.ranker.rank(RankingQuery(turns=(message,)), 1)
