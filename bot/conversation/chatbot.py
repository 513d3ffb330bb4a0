"""The session: everybody's conversations over one catalogue, and what is stored when.

Owns who may see what and the one transaction a turn; leaves computing a turn to
`bot.conversation.turn`. A turn is stored whole after its last sentence; a person who stops it
midway keeps what was shown, which is nothing before the suggestions were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from uuid import uuid4

from bot.conversation.api import TurnDone, TurnRanked, TurnSentence, TurnStarted, TurnStep
from bot.conversation.dialogue import READ_AT_MOST, messages_of, readable, readings_of, received
from bot.conversation.edits import CLICK, events_of_last_turn
from bot.conversation.turn import Options, TurnTaker
from bot.core.errors import BusyError, CatalogueError, UnknownPersonError, UsageError
from bot.core.keyed_locks import KeyedLocks
from bot.core.protocols import (
    Catalogue,
    Clock,
    ConversationInfo,
    PersonStore,
    Ranker,
    StoredTurn,
    TurnOpening,
    Understander,
)
from bot.core.results import RankingQuery, Timings, TurnResult
from bot.core.values import Event, EventKind, Item, Message, Profile, split_about
from bot.core.wellformed import well_formed
from bot.policy.onboarding import QuestionPolicy
from bot.policy.turn_state import Turn, elapsed_ms
from bot.profile.dials import dial_of
from bot.profile.fold import fold_profile
from bot.profile.message_events import parse_feedback
from bot.ranking.items.attribute_vectors import AttributeIndex
from bot.ranking.query import query_from_dialogue, query_of
from bot.replies.writer import ReplyWriter

LAST_TURN_WITHIN = 10.0
"""Seconds that a turn waits for the one before it in the same conversation."""
CONVERSATION_LENGTH = 64
"""No conversation's id is longer."""


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


class Tastebot:
    """The conversation with everybody over one catalogue; satisfies `ChatService`."""

    def __init__(
        self,
        *,
        people: PersonStore,
        catalogue: Catalogue,
        understander: Understander,
        ranker: Ranker,
        writer: ReplyWriter,
        index: AttributeIndex,
        options: Options | None = None,
        clock: Clock = utc_now,
        same_item: Callable[[str, str], str | None] | None = None,
        policy: QuestionPolicy | None = None,
    ) -> None:
        self._people = people
        self._clock = clock
        self._same_item = same_item
        self._taker = TurnTaker(
            catalogue=catalogue,
            understander=understander,
            ranker=ranker,
            writer=writer,
            index=index,
            options=options or Options(),
            policy=policy,
        )
        self._locks = KeyedLocks()

    @property
    def catalogue(self) -> Catalogue:
        """What is talked about."""
        return self._taker.catalogue

    @property
    def writer(self) -> ReplyWriter:
        """The writer, for its statistics."""
        return self._taker.writer

    def respond(
        self, user: str, text: str, conversation: str | None = None, *, instead: bool = False
    ) -> Iterator[TurnStep]:
        """One turn, step by step; see `bot.conversation.api.ChatService`."""
        # Outside the generator: waiting for its first step counts, and a text is cut before that.
        began = perf_counter()
        cut = len(text) > READ_AT_MOST
        return self._turn(user, received(text), cut, conversation or None, began, instead)

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
            yield from self._steps(user, text, conversation, opening, began, instead, cut)

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

    def _steps(
        self,
        user: str,
        text: str,
        conversation: str,
        opening: TurnOpening,
        began: float,
        instead: bool,
        cut: bool,
    ) -> Iterator[TurnStep]:
        """The turn from its suggestions on; where nothing is stored, nothing is remembered."""
        history, past = self._moved(opening.events), opening.turns
        corrected = events_of_last_turn(history, past) if instead and past else None
        if corrected is not None:
            history = [event for event in history if event not in corrected]
            past = past[:-1]
        stored = False
        try:
            turn = self._taker.hear(
                user,
                text,
                conversation,
                history=history,
                past=past,
                at=self._clock(),
                began=began,
                cut=cut,
            )
            sentences: list[str] = []
            yield TurnRanked(turn.suggestions, turn.timings)
            # Whoever asks for more has seen the suggestions; from here on they are kept.
            try:
                self._taker.ask(turn)
                explain = self._explanation_in(user, conversation)
                for sentence in self._taker.sentences(turn, explain):
                    turn.first_word()
                    sentences.append(sentence)
                    yield TurnSentence(sentence)
            except GeneratorExit:
                self._store(turn, sentences, corrected, opening)
                stored = True
                raise
            result = self._store(turn, sentences, corrected, opening)
            stored = True
            yield TurnDone(result)
        finally:
            if not stored:
                self._taker.forget(conversation)

    def _store(
        self,
        turn: Turn,
        sentences: Sequence[str],
        corrected: Sequence[Event] | None,
        opening: TurnOpening,
    ) -> TurnResult:
        result = self._taker.result(turn, sentences)
        shown = tuple(suggestion.item.item_id for suggestion in turn.suggestions)
        stored = self._people.commit_turn(
            turn.user,
            turn.conversation,
            turn.text,
            result,
            [turn.messages[-1], Message("assistant", result.reply, shown)],
            self._taker.happened(turn),
            catalogue=self.catalogue.name,
            replacing=None if corrected is None else [event.event_id or "" for event in corrected],
            opening=opening,
        )
        if stored is None:  # the person or the conversation was deleted while it was answered
            self._taker.forget(turn.conversation)
        return result

    def _explanation_in(self, user: str, conversation: str) -> Callable[[str], tuple[str, ...]]:
        return lambda item_id: self.explain(user, item_id, conversation)

    def recommend(self, user: str, text: str = "", k: int = 10) -> TurnResult:
        """One ranking from stored history and `text`; stores nothing but the person's name."""
        if k < 1:
            raise UsageError("Expected at least one suggestion", found=str(k), remedy="Give -k 10")
        began = perf_counter()
        self._people.ensure_person(user)
        said = readable(text)
        notices = (self._taker.too_long(),) if len(text) > READ_AT_MOST else ()
        turns = [Message("user", said)] if said else []
        query, understood = query_from_dialogue(
            turns,
            self._taker.understander,
            user=user,
            history=self._events(user),
            catalogue=self.catalogue.name,
            now=self._clock(),
        )
        ranked = self._taker.ranker.rank(query, k)
        timings = Timings(ranked_ms=elapsed_ms(began), total_ms=elapsed_ms(began))
        suggestions = tuple(self._taker.suggestion(scored, query) for scored in ranked)
        return TurnResult("", "recommend", "", suggestions, understood, timings, notices=notices)

    def feedback(
        self, user: str, item_id: str, kind: str, conversation: str | None = None
    ) -> Event:
        """Record a reaction to an item; the event comes back stored."""
        event_kind, value = parse_feedback(kind)
        if self.catalogue.get(item_id) is None:
            raise CatalogueError(
                f"Expected an item id of the catalogue {self.catalogue.name}",
                found=repr(item_id[:80]),
                remedy=f"Look one up with: tastebot catalogue search {self.catalogue.name} TEXT",
            )
        self._people.ensure_person(user)
        if conversation:
            self._own(user, conversation)
        event = Event(
            event_kind,
            item_id,
            f"{CLICK}{kind}",
            self._clock(),
            value,
            conversation=conversation or None,
            catalogue=self.catalogue.name,
        )
        (event_id,) = self._people.append(user, [event])
        return replace(event, event_id=event_id)

    def undo(self, user: str, event_id: str) -> Event | None:
        """Take one event back; None when it is not there or taken back already."""
        events = self._people.events(user)
        if any(e.kind is EventKind.UNDONE and e.about == event_id for e in events):
            return None
        undone = next((event for event in events if event.event_id == event_id), None)
        if undone is not None:
            self._people.append(
                user,
                [Event(EventKind.UNDONE, event_id, f"{CLICK}undo", self._clock())],
            )
        return undone

    def forget(self, user: str, about: str) -> None:
        """Forget all that is known of the person about one thing."""
        self._known_person(user)
        self._people.append(
            user, [Event(EventKind.FORGOTTEN, about, f"{CLICK}remove", self._clock())]
        )

    def explain(self, user: str, item_id: str, conversation: str | None = None) -> tuple[str, ...]:
        """Why an item was suggested, and where it would stand without what counts most."""
        if conversation:
            self._own(user, conversation)
        turns = self._people.turns(conversation) if conversation else []
        stored = next(
            (
                (number, suggestion)
                for number, turn in reversed(list(enumerate(turns)))
                for suggestion in turn.result.suggestions
                if suggestion.item.item_id == item_id
            ),
            None,
        )
        if stored is None:
            return (self._taker.words.reason("unknown"),)
        number, suggestion = stored
        reasons = list(suggestion.reasons)
        query = self._query_at(user, turns[: number + 1], item_id)
        counterfactual = self._taker.explainer.counterfactual(query, item_id)
        if counterfactual:
            reasons.append(counterfactual)
        return tuple(reasons) or (self._taker.words.reason("language_model"),)

    def similar(self, item_id: str, count: int) -> list[Item]:
        """The items most alike by what the catalogue says, best first."""
        if self.catalogue.get(item_id) is None:
            return []
        return self.items(self._taker.index.nearest(item_id, count))

    def set_preference(self, user: str, name: str, value: float) -> Event:
        """Set one of the person's dials; the next ranking obeys."""
        value = dial_of(name).checked(value)
        self._people.ensure_person(user)
        event = Event(EventKind.SETTING, name, f"{CLICK}{name}", self._clock(), value)
        (event_id,) = self._people.append(user, [event])
        return replace(event, event_id=event_id)

    def profile(self, user: str) -> Profile:
        """What is known of a person now, in every conversation."""
        self._known_person(user)
        return fold_profile(user, self._events(user), now=self._clock())

    def people(self) -> list[str]:
        """Everybody's names."""
        return [name for name, _, _ in self._people.people()]

    def conversations(self, user: str) -> list[ConversationInfo]:
        """A person's conversations, the latest first."""
        return self._people.conversations(user) if self._people.has_person(user) else []

    def turns(self, user: str, conversation: str) -> list[StoredTurn]:
        """The turns of a person's own conversation."""
        self._own(user, conversation)
        return self._people.turns(conversation)

    def rename_conversation(self, user: str, conversation: str, title: str) -> None:
        """Give a conversation another title."""
        self._own(user, conversation)
        self._people.rename_conversation(conversation, title)

    def delete_conversation(self, user: str, conversation: str) -> None:
        """Delete a conversation; what was learned in it stays, as facts do."""
        self._own(user, conversation)
        self._people.delete_conversation(conversation)
        self._taker.forget(conversation)

    def export(self, user: str) -> dict[str, object]:
        """Everything that is stored of a person."""
        self._known_person(user)
        return self._people.export_person(user)

    def delete(self, user: str) -> bool:
        """Delete everything that is stored of a person; see `bot.conversation.api.ChatService`."""
        self._known_person(user)
        conversations = self._people.conversations(user)
        wiped = self._people.delete_person(user)
        for info in conversations:
            self._taker.forget(info.conversation)
        return wiped

    def items(self, item_ids: Sequence[str]) -> list[Item]:
        """Items by id, those that exist, in order."""
        found = (self.catalogue.get(item_id) for item_id in item_ids)
        return [item for item in found if item is not None]

    def warm_up(self) -> None:
        """Load everything that a turn needs."""
        taker = self._taker
        first = taker.catalogue.items[:1]
        text = " ".join(["Hello, something like", *(item.title for item in first)])
        taker.understander.understand(text)
        turn = Message("user", text, tuple(item.item_id for item in first))
        taker.ranker.rank(RankingQuery(turns=(turn,)), 1)

    def _query_at(self, user: str, turns: Sequence[StoredTurn], item_id: str) -> RankingQuery:
        """The query that the last of `turns` answered, as far as the log tells, item let in."""
        conversation = turns[-1].result.conversation
        at = turns[-1].at
        earlier = [event for event in self._events(user) if event.at <= at]
        told = [
            event
            for event in earlier
            if not (event.kind in (EventKind.SHOWN, EventKind.ASKED) and event.at == at)
            and not (event.about == item_id and event.kind is not EventKind.WANTS)
        ]
        profile = fold_profile(user, told, conversation=conversation, now=at)
        messages = messages_of(turns)[:-1]
        query = query_of(messages, profile, readings=readings_of(turns)[:-1])
        return replace(query, exclude=query.exclude - {item_id})

    def _events(self, user: str) -> list[Event]:
        """A person's events as they count here."""
        return self._moved(self._people.events(user))

    def _moved(self, events: Sequence[Event]) -> list[Event]:
        """The events, those on other catalogues' items moved to the same items here."""
        moved = []
        for event in events:
            elsewhere = event.catalogue not in (None, self.catalogue.name)
            if elsewhere and split_about(event.about) is None and event.catalogue is not None:
                here = self._same_item(event.catalogue, event.about) if self._same_item else None
                if here is None and event.kind not in (EventKind.UNDONE, EventKind.FORGOTTEN):
                    continue
                event = replace(event, about=here or event.about)
            moved.append(event)
        return moved

    def _known_person(self, user: str) -> None:
        if not self._people.has_person(user):
            raise UnknownPersonError(
                "Expected somebody who has spoken before",
                found=repr(user[:80]),
                remedy="List the names with: tastebot user list",
            )

    def _own(self, user: str, conversation: str) -> None:
        info = self._people.conversation(well_formed(conversation[:CONVERSATION_LENGTH]))
        if info is not None and info.user == user and info.conversation == conversation:
            return
        raise UsageError(
            f"Expected a conversation of {user[:80]!r}",
            found=repr(conversation[:80]),
            remedy="Leave the conversation out to begin a new one",
        )
