"""What the chat shows of the conversations that are stored: one as a thread, all as a list.

Remembers what it showed last of each, so that a turn begins from it without reading it all again,
which would make every suggestion wait.
"""

from __future__ import annotations

import threading
from typing import Any

from bot.conversation.api import ChatService
from bot.core.errors import TastebotError, UnknownPersonError
from bot.core.protocols import ConversationInfo
from bot.core.values import Profile
from bot.web.turns.turn_desk import Opened
from bot.web.view.dates import short
from bot.web.view.markup import markup
from bot.web.view.texts import text
from bot.web.view.thread import Thread

SHOWN_CONVERSATIONS = 64

Who = dict[str, Any]
"""{"user": name, "conversation": id or None, "wide": whether the side has room beside the chat}, as
the browser remembers it."""


class ConversationViews:
    """Reads from the service; thread-safe."""

    def __init__(self, service: ChatService):
        self._service = service
        # A click elsewhere shows with its next step.
        self._shown: dict[tuple[str, str], Thread] = {}
        self._lock = threading.Lock()

    def profile(self, user: str) -> Profile | None:
        """What is known of a person; None of whom nothing is."""
        try:
            return self._service.profile(user)
        except UnknownPersonError:
            return None

    def thread(self, who: Who, opened: Opened | None = None) -> Thread:
        """The conversation as it is stored now; empty where there is none."""
        conversation = who.get("conversation")
        try:
            turns = self._service.turns(who["user"], conversation) if conversation else ()
        except TastebotError:  # stopped before it was stored, or deleted from elsewhere
            turns = ()
        thread = Thread(tuple(turns), self.profile(who["user"]), opened or {})
        key = _key(who)
        with self._lock:
            self._shown.pop(key, None)
            if turns:
                self._shown[key] = thread
            if len(self._shown) > SHOWN_CONVERSATIONS:
                del self._shown[next(iter(self._shown))]
        return thread

    def last_thread(self, who: Who, opened: Opened) -> Thread:
        """The conversation as it was shown last; as it is stored where that is not known."""
        known = self._shown.get(_key(who))
        return self.thread(who, opened) if known is None else known.with_opened(opened)

    def forget(self, user: str) -> None:
        """Read everything of this person anew: it may have been deleted."""
        with self._lock:
            self._shown = {key: one for key, one in self._shown.items() if key[0] != user}

    def listed(self, who: Who) -> str:
        """The person's conversations as markup, the open one marked."""
        return markup(
            "conversations",
            user=who["user"],
            conversations=[
                {
                    "conversation": info.conversation,
                    "title": " ".join(info.title.split()) or text("conversation_untitled"),
                    "when": f"{short(info.updated)} · {_turns(info)}",
                    "current": info.conversation == who.get("conversation"),
                }
                for info in self._service.conversations(who["user"])
            ],
        )


def _key(who: Who) -> tuple[str, str]:
    return str(who["user"]), str(who.get("conversation"))


def _turns(info: ConversationInfo) -> str:
    return text("turn_count_one") if info.turns == 1 else text("turn_count", count=info.turns)
