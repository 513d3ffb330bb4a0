"""Stand-ins that satisfy the seams without a model or a database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import numpy as np

from bot.conversation.api import TurnDone, TurnRanked, TurnSentence, TurnStarted, TurnStep
from bot.core.errors import CatalogueError, UnknownPersonError, UsageError
from bot.core.protocols import ConversationInfo, StoredTurn
from bot.core.results import Suggestion, Timings, TurnResult
from bot.core.values import (
    Event,
    EventKind,
    Item,
    Profile,
    Understanding,
    about_attribute,
    split_about,
)
from bot.profile.dials import dial_of
from bot.profile.fold import fold_profile
from bot.profile.message_events import parse_feedback
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS


class FakeService:
    """A `ChatService` that ranks by shared attributes and answers in two fixed sentences.

    `pause` is the time in seconds before the ranking and before each sentence. `stopped` counts
    turns that were closed before their end; `warm` says whether `warm_up` was called, `wiped` what
    a deletion says of the files.
    """

    def __init__(self, items: Iterable[Item] = FILMS, pause: float = 0.0) -> None:
        self._catalogue = MemoryCatalogue(items, name="films")
        self._events: dict[str, list[Event]] = {}
        self._turns: dict[str, list[StoredTurn]] = {}
        self._said_in: dict[str, list[list[str]]] = {}  # conversation → turn → event ids
        self._infos: dict[str, ConversationInfo] = {}
        self._numbers = count(1)
        self._lock = threading.RLock()
        self.pause = pause
        self.stopped = 0
        self.warm = False
        self.wiped = True
        self.broken: Exception | None = None

    @property
    def catalogue(self) -> MemoryCatalogue:
        return self._catalogue

    def respond(
        self, user: str, text: str, conversation: str | None = None, *, instead: bool = False
    ) -> Iterator[TurnStep]:
        if self.broken is not None:
            raise self.broken
        if conversation is not None:
            self._own(user, conversation)
        conversation = conversation or f"c{next(self._numbers)}"
        started = time.perf_counter()
        yield TurnStarted(conversation)
        finished = seen = False
        said: list[Event] = []
        result = TurnResult(conversation=conversation, act="recommend", reply="")
        try:
            time.sleep(self.pause)
            understood, said = self._understand(text)
            dropped = self._last_events(conversation) if instead else []
            profile = self._fold(user, extra=said, without=dropped)
            suggestions = () if understood.empty else self._rank(profile, text, 5)
            ranked = (time.perf_counter() - started) * 1000
            result = replace(
                result,
                act="recommend" if suggestions else "ask",
                suggestions=suggestions,
                understood=understood,
                timings=Timings(ranked_ms=ranked),
            )
            yield TurnRanked(suggestions, result.timings)
            seen = True
            for sentence in self._sentences(suggestions, understood):
                time.sleep(self.pause)
                result = replace(result, reply=f"{result.reply} {sentence}".strip())
                yield TurnSentence(sentence)
            result = replace(
                result,
                timings=Timings(
                    ranked_ms=ranked,
                    first_token_ms=ranked,
                    total_ms=(time.perf_counter() - started) * 1000,
                ),
                chips=("older", "funnier", "surprise me") if suggestions else ("Crime", "Comedy"),
            )
            self._store(user, text, result, said, instead)
            finished = True
            yield TurnDone(result)
        finally:
            if not finished:
                self.stopped += 1
                if seen:
                    self._store(user, text, result, said, instead)

    def recommend(self, user: str, text: str = "", k: int = 10) -> TurnResult:
        if k < 1:
            raise UsageError("Expected at least one suggestion", found=str(k))
        with self._lock:
            self._events.setdefault(user, [])
        understood, said = self._understand(text)
        ranked = self._rank(self._fold(user, extra=said), text, k)
        return TurnResult("", "recommend", "", ranked, understood, Timings(ranked_ms=1.0))

    def feedback(
        self, user: str, item_id: str, kind: str, conversation: str | None = None
    ) -> Event:
        found, value = parse_feedback(kind)
        if self._catalogue.get(item_id) is None:
            raise CatalogueError(f"No item {item_id!r} in films")
        if conversation:
            self._own(user, conversation)
        event = Event(found, item_id, f"clicked {kind}", datetime.now(UTC), value=value)
        return self._append(user, event)

    def undo(self, user: str, event_id: str) -> Event | None:
        with self._lock:
            taken = {event.about for event in self._of(user) if event.kind is EventKind.UNDONE}
            undone = next((each for each in self._of(user) if each.event_id == event_id), None)
        if undone is not None and event_id not in taken:
            self._append(user, Event(EventKind.UNDONE, event_id, "clicked undo", datetime.now(UTC)))
            return undone
        return None

    def forget(self, user: str, about: str) -> None:
        self._known_person(user)
        self._append(user, Event(EventKind.FORGOTTEN, about, "clicked forget", datetime.now(UTC)))

    def explain(self, user: str, item_id: str, conversation: str | None = None) -> tuple[str, ...]:
        if conversation:
            self._own(user, conversation)
        item = self._catalogue.get(item_id)
        if item is None:
            return ("I did not suggest that here.",)
        return (f"{item.title} shares {item.attributes['genres'][0]} with what you asked for.",)

    def similar(self, item_id: str, count: int) -> list[Item]:
        item = self._catalogue.get(item_id)
        if item is None:
            return []
        mine = set(item.attributes["genres"])
        others = [other for other in self._catalogue.items if other is not item]
        others.sort(key=lambda other: -len(mine & set(other.attributes["genres"])))
        return others[:count]

    def set_preference(self, user: str, name: str, value: float) -> Event:
        value = dial_of(name).checked(value)
        return self._append(
            user, Event(EventKind.SETTING, name, f"clicked {name}", datetime.now(UTC), value)
        )

    def profile(self, user: str) -> Profile:
        self._known_person(user)
        return self._fold(user)

    def people(self) -> list[str]:
        return sorted(self._events)

    def conversations(self, user: str) -> list[ConversationInfo]:
        mine = [info for info in self._infos.values() if info.user == user]
        return sorted(mine, key=lambda info: info.updated, reverse=True)

    def turns(self, user: str, conversation: str) -> list[StoredTurn]:
        self._own(user, conversation)
        return list(self._turns.get(conversation, ()))

    def rename_conversation(self, user: str, conversation: str, title: str) -> None:
        self._infos[conversation] = replace(self._own(user, conversation), title=title)

    def delete_conversation(self, user: str, conversation: str) -> None:
        self._own(user, conversation)
        del self._infos[conversation], self._turns[conversation]

    def export(self, user: str) -> dict[str, object]:
        self._known_person(user)
        return {
            "user": user,
            "events": [{"kind": str(event.kind), "about": event.about} for event in self._of(user)],
            "conversations": [
                {
                    "conversation": info.conversation,
                    "turns": [turn.user_text for turn in self._turns[info.conversation]],
                }
                for info in self.conversations(user)
            ],
        }

    def delete(self, user: str) -> bool:
        self._known_person(user)
        for info in self.conversations(user):
            self.delete_conversation(user, info.conversation)
        del self._events[user]
        return self.wiped

    def items(self, item_ids: Sequence[str]) -> list[Item]:
        found = (self._catalogue.get(item_id) for item_id in item_ids)
        return [item for item in found if item is not None]

    def warm_up(self) -> None:
        self.warm = True

    # What a person said and did

    def _of(self, user: str) -> list[Event]:
        return self._events.get(user, [])

    def _append(self, user: str, event: Event) -> Event:
        with self._lock:
            stored = replace(event, event_id=f"e{next(self._numbers)}", catalogue="films")
            self._events.setdefault(user, []).append(stored)
            return stored

    def _known_person(self, user: str) -> None:
        if user not in self._events:
            raise UnknownPersonError(f"Nobody by the name of {user!r} has spoken yet")

    def _own(self, user: str, conversation: str) -> ConversationInfo:
        info = self._infos.get(conversation)
        if info is None or info.user != user:
            raise UsageError(f"Conversation {conversation!r} is not one of {user!r}'s")
        return info

    def _last_events(self, conversation: str) -> list[str]:
        return self._said_in[conversation][-1] if self._said_in.get(conversation) else []

    def _fold(self, user: str, extra: Sequence[Event] = (), without: Sequence[str] = ()) -> Profile:
        mine = [event for event in self._of(user) if event.event_id not in without]
        return fold_profile(user, [*mine, *extra])

    def _understand(self, text: str) -> tuple[Understanding, list[Event]]:
        words = text.casefold()
        now = datetime.now(UTC)
        likes: list[str] = []
        mentions: list[str] = []
        for item in self._catalogue.items:
            if item.title.casefold() in words:
                mentions.append(item.item_id)
                likes.append(item.item_id)
        for value in self._catalogue.values("genres"):
            if value.casefold() in words:
                likes.append(about_attribute("genres", value))
        events = [
            Event(
                EventKind.WANTS if split_about(about) else EventKind.LIKES, about, text[:200], now
            )
            for about in likes
        ]
        empty = not any(letter.isalnum() for letter in text)
        return Understanding(likes=tuple(likes), mentions=tuple(mentions), empty=empty), events

    def _rank(self, profile: Profile, text: str, k: int) -> tuple[Suggestion, ...]:
        def attributes(item: Item) -> set[str]:
            return {
                about_attribute(column, value)
                for column, values in item.attributes.items()
                for value in values
            }

        weights: dict[str, float] = {}
        for sign, abouts in (
            (1.0, profile.liked + profile.about(EventKind.WANTS)),
            (-1.0, profile.disliked),
        ):
            for about in abouts:
                item = self._catalogue.get(about)
                for attribute in attributes(item) if item is not None else {about}:
                    weights[attribute] = weights.get(attribute, 0.0) + sign
        scored = sorted(
            (
                (sum(weights.get(attribute, 0.0) for attribute in attributes(item)), -row, item)
                for row, item in enumerate(self._catalogue.items)
                if item.item_id not in profile.never_show
            ),
            key=lambda entry: entry[:2],
            reverse=True,
        )[:k]
        total = sum(np.exp(score) for score, _, _ in scored) or 1.0
        return tuple(
            Suggestion(
                item,
                float(np.exp(score) / total),
                (f"It is {item.attributes['genres'][0].lower()}, as you asked.",),
                {"attributes": float(score)},
            )
            for score, _, item in scored
        )

    def _sentences(
        self, suggestions: Sequence[Suggestion], understood: Understanding
    ) -> tuple[str, ...]:
        if understood.empty:
            return ("Tell me in a few words what you are in the mood for.",)
        if not suggestions:
            return ("You have been through all I have.",)
        return (
            f"{suggestions[0].item.label} comes first.",
            f"After it I would try {suggestions[-1].item.label}.",
        )

    def _store(
        self, user: str, text: str, result: TurnResult, said: Sequence[Event], instead: bool
    ) -> None:
        now = datetime.now(UTC)
        with self._lock:
            turns = self._turns.setdefault(result.conversation, [])
            stored = self._said_in.setdefault(result.conversation, [])
            if instead and turns:
                turns.pop()
                dropped = stored.pop()
                self._events[user] = [e for e in self._of(user) if e.event_id not in dropped]
            self._events.setdefault(user, [])
            stored.append([self._append(user, event).event_id or "" for event in said])
            turns.append(StoredTurn(len(turns) + 1, text, result, now))
            before = self._infos.get(result.conversation)
            self._infos[result.conversation] = ConversationInfo(
                conversation=result.conversation,
                title=before.title if before else text.strip()[:60] or "…",
                user=user,
                catalogue="films",
                started=before.started if before else now,
                updated=now,
                turns=len(turns),
            )


def finished(steps: Iterable[TurnStep]) -> TurnResult:
    """The result of a turn that is run to its end."""
    results = [step.result for step in steps if isinstance(step, TurnDone)]
    assert len(results) == 1
    return results[0]
