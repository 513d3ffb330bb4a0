"""What people may do with what is kept of them: see it, add to it, take back, export, delete.

Owns who may see what, and which events of other catalogues count here; leaves conversing to
`bot.conversation.chatbot` and the keeping itself to the store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.conversation.edits import CLICK
from bot.core.errors import CatalogueError, UnknownPersonError, UsageError
from bot.core.protocols import Catalogue, Clock, ConversationInfo, PersonStore, StoredTurn
from bot.core.values import Event, EventKind, Profile, split_about
from bot.core.wellformed import well_formed
from bot.profile.dials import dial_of
from bot.profile.fold import fold_profile
from bot.profile.message_events import parse_feedback
from bot.ranking.rendering import conversation_cache
from bot.replies.writer import ReplyWriter

CONVERSATION_LENGTH = 64
"""No conversation's id is longer."""

SameItem = Callable[[str, str], str | None]
"""The id here of an item of another catalogue: (its catalogue, its id there) → id or None."""


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


class PersonalData:
    """What is kept of everybody, as they may use it; the quieter half of `ChatService`."""

    def __init__(
        self,
        people: PersonStore,
        catalogue: Catalogue,
        writer: ReplyWriter,
        *,
        clock: Clock = utc_now,
        same_item: SameItem | None = None,
    ) -> None:
        """`writer` is told of conversations that are no more."""
        self._people = people
        self._catalogue = catalogue
        self._writer = writer
        self._clock = clock
        self._same_item = same_item

    @property
    def catalogue(self) -> Catalogue:
        """What is talked about."""
        return self._catalogue

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
        return self._stored(user, event)

    def set_preference(self, user: str, name: str, value: float) -> Event:
        """Set one of the person's dials; the next ranking obeys."""
        value = dial_of(name).checked(value)
        self._people.ensure_person(user)
        event = Event(EventKind.SETTING, name, f"{CLICK}{name}", self._clock(), value)
        return self._stored(user, event)

    def undo(self, user: str, event_id: str) -> Event | None:
        """Take one event back; None when it is not there or taken back already."""
        events = self._people.events(user)
        if any(e.kind is EventKind.UNDONE and e.about == event_id for e in events):
            return None
        undone = next((event for event in events if event.event_id == event_id), None)
        if undone is not None:
            self._stored(user, Event(EventKind.UNDONE, event_id, f"{CLICK}undo", self._clock()))
        return undone

    def forget(self, user: str, about: str) -> None:
        """Forget all that is known of the person about one thing."""
        self._known_person(user)
        self._stored(user, Event(EventKind.FORGOTTEN, about, f"{CLICK}remove", self._clock()))

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
        self._leave_models_memory(conversation)

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
            self._leave_models_memory(info.conversation)
        return wiped

    def _stored(self, user: str, event: Event) -> Event:
        (event_id,) = self._people.append(user, [event])
        return replace(event, event_id=event_id)

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

    def _leave_models_memory(self, conversation: str) -> None:
        """Drop what the model has in memory of a conversation that is not kept."""
        self._writer.forget(conversation_cache(conversation))

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
