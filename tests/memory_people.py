"""A person store held in dictionaries: what a conversation needs of one, without a database."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from bot.core.errors import UnknownPersonError, UsageError
from bot.core.protocols import ConversationInfo, StoredTurn, TurnOpening, TurnRecord
from bot.core.values import Event, EventKind
from storage.person.conversations import title_of
from storage.person.names import refuse_unseen
from storage.person.people import person_name

PASSING = {EventKind.CONSTRAINT, EventKind.MENTIONED, EventKind.SHOWN, EventKind.ASKED}


class MemoryPeople:
    """Satisfies bot.core.protocols.PersonStore; nothing outlives the object."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}
        self._events: dict[str, list[Event]] = {}
        self._infos: dict[str, ConversationInfo] = {}
        self._turns: dict[str, list[StoredTurn]] = {}
        self._ids = count(1)
        self._lock = threading.RLock()

    def ensure_person(self, name: str) -> datetime:
        name = person_name(name)
        if name not in self._since:
            refuse_unseen(name)
        with self._lock:
            self._events.setdefault(name, [])
            return self._since.setdefault(name, datetime.now(UTC))

    def has_person(self, name: str) -> bool:
        return person_name(name) in self._since

    def since(self, name: str) -> datetime | None:
        return self._since.get(person_name(name))

    def people(self) -> list[tuple[str, datetime, int]]:
        return [
            (name, since, len(self._events[name])) for name, since in sorted(self._since.items())
        ]

    def delete_person(self, name: str) -> bool:
        name = self._known(name)
        for info in self.conversations(name):
            del self._infos[info.conversation], self._turns[info.conversation]
        del self._since[name], self._events[name]
        return True

    def export_person(self, name: str) -> dict[str, object]:
        name = self._known(name)
        return {
            "user": name,
            "since": self._since[name].isoformat(),
            "events": [
                {
                    "id": event.event_id,
                    "kind": event.kind.value,
                    "about": event.about,
                    "value": event.value,
                    "source": event.source,
                    "at": event.at.isoformat(),
                }
                for event in self._events[name]
            ],
            "conversations": [
                {
                    "conversation": info.conversation,
                    "title": info.title,
                    "turns": [
                        {"number": turn.number, "user_text": turn.user_text}
                        for turn in self._turns[info.conversation]
                    ],
                }
                for info in self.conversations(name)
            ],
        }

    def events(self, user: str, *, catalogue: str | None = None) -> list[Event]:
        found = self._events.get(person_name(user), [])
        return [
            event for event in found if catalogue is None or event.catalogue in (None, catalogue)
        ]

    def append(self, user: str, events: Sequence[Event]) -> list[str]:
        self.ensure_person(user)
        with self._lock:
            for event in events:
                if event.conversation is not None:
                    if event.conversation not in self._infos:
                        raise UsageError("expected a conversation of this person")
                    self._own(user, event.conversation)
            return self._append(user, events)

    def start_conversation(self, user: str, catalogue: str) -> str:
        self.ensure_person(user)
        with self._lock:
            conversation = f"c{next(self._ids)}"
            self._start(user, conversation, catalogue)
            return conversation

    def conversations(self, user: str) -> list[ConversationInfo]:
        own = [info for info in self._infos.values() if info.user == person_name(user)]
        return sorted(own, key=lambda info: info.updated, reverse=True)

    def conversation(self, conversation: str) -> ConversationInfo | None:
        return self._infos.get(conversation)

    def rename_conversation(self, conversation: str, title: str) -> None:
        info = self._existing(conversation)
        self._infos[conversation] = replace(info, title=title_of(title))

    def delete_conversation(self, conversation: str) -> None:
        info = self._existing(conversation)
        with self._lock:
            self._events[info.user] = [
                event if event.conversation != conversation else replace(event, conversation=None)
                for event in self._events[info.user]
                if event.conversation != conversation
                or (event.lasting and event.kind not in PASSING)
            ]
            del self._infos[conversation], self._turns[conversation]

    def turns(self, conversation: str) -> list[StoredTurn]:
        return list(self._turns.get(conversation, []))

    def open_turn(self, user: str, conversation: str) -> TurnOpening:
        return TurnOpening(
            self.ensure_person(user),
            self.conversation(conversation),
            self.events(user),
            self.turns(conversation),
        )

    def commit_turn(
        self, user: str, record: TurnRecord, *, opening: TurnOpening | None = None
    ) -> int | None:
        conversation, events, replacing = record.conversation, record.events, record.replacing
        if opening is not None:
            begun = opening.conversation is not None
            if self.since(user) != opening.since or (begun and conversation not in self._infos):
                return None
        self.ensure_person(user)
        with self._lock:
            if conversation not in self._infos:
                named = [event.catalogue for event in events if event.catalogue is not None]
                self._start(user, conversation, record.catalogue or (named[0] if named else ""))
            info = self._own(user, conversation)
            now = datetime.now(UTC)
            if replacing is not None:
                dropped = self._turns[conversation].pop()
                if info.title == title_of(dropped.user_text):
                    info = replace(info, title="")
                self._events[info.user] = [
                    event for event in self._events[info.user] if event.event_id not in replacing
                ]
            number = len(self._turns[conversation]) + 1
            self._turns[conversation].append(
                StoredTurn(number, record.user_text, record.result, now)
            )
            self._infos[conversation] = replace(
                info, title=info.title or title_of(record.user_text), updated=now, turns=number
            )
            self._append(user, events)
            return number

    def _append(self, user: str, events: Sequence[Event]) -> list[str]:
        stored = [replace(event, event_id=str(next(self._ids))) for event in events]
        self._events[person_name(user)].extend(stored)
        return [str(event.event_id) for event in stored]

    def _start(self, user: str, conversation: str, catalogue: str) -> None:
        now = datetime.now(UTC)
        self._infos[conversation] = ConversationInfo(
            conversation, "", person_name(user), catalogue, now, now, 0
        )
        self._turns[conversation] = []

    def _own(self, user: str, conversation: str) -> ConversationInfo:
        info = self._infos[conversation]
        if info.user != person_name(user):
            raise UsageError("expected a conversation of this person")
        return info

    def _existing(self, conversation: str) -> ConversationInfo:
        if conversation not in self._infos:
            raise UsageError("expected a conversation that exists")
        return self._infos[conversation]

    def _known(self, name: str) -> str:
        name = person_name(name)
        if name not in self._since:
            raise UnknownPersonError("expected the name of a known person", found=repr(name))
        return name
