"""The named endpoints of the page's API, for `gradio_client` and as MCP tools.

The same service as the page; errors come back as the sentence that a person would read, which
`bot.web.gradio_patches.safe_blocks` sees to. Where there are accounts, `user` is whoever is signed
in: empty means them, and another is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

from gradio.events import api

from bot.conversation.api import ChatService, TurnDone
from bot.conversation.documents import profile_document, turn_document
from bot.core.errors import BusyError, UsageError
from bot.web.auth.identity import speaker
from bot.web.turns.turn_desk import TurnDesk
from bot.web.view.texts import text


def add_endpoints(service: ChatService, desk: TurnDesk) -> None:
    """Add the endpoints to the open `gr.Blocks`."""
    named = _Endpoints(service, desk)
    for endpoint in (named.chat, named.feedback, named.profile, named.export, named.delete):
        # Not queued, so that an MCP tool is called with the request of whoever called it.
        api(_of_texts(endpoint), api_name=endpoint.__name__, queue=False, concurrency_limit=None)


class _Endpoints:
    """Each method is an endpoint; its docstring is what a program or a model reads about it."""

    def __init__(self, service: ChatService, desk: TurnDesk):
        self._service = service
        self._desk = desk

    def chat(self, user: str, message: str, conversation: str = "") -> dict[str, Any]:
        """Say something to Tastebot and get its answer with suggestions from the catalogue.

        Args:
            user: The name of the person who speaks; made when it is new.
            message: What the person says, in plain words.
            conversation: The id of a conversation to go on with; empty starts a new one.

        Returns:
            The turn: conversation id, act, reply, recommendations with scores and reasons, what
            was understood, and timings in milliseconds.
        """
        for step in self._desk.turn(speaker(user), message, conversation or None):
            if isinstance(step, TurnDone):
                return turn_document(step.result)
        # What was seen of it is kept, but here nobody has seen anything.
        raise BusyError(text("took_too_long"))

    def feedback(self, user: str, item_id: str, kind: str) -> dict[str, Any]:
        """Record what a person thinks of an item; the next suggestions take it into account.

        Args:
            user: The person's name; made when it is new.
            item_id: The item's id, as recommendations give it.
            kind: like, dislike, seen, save, not-now, or rating=N with N from 0.5 to 5 in halves.

        Returns:
            The recorded event: its id, kind, what it is about, and when.
        """
        event = self._service.feedback(speaker(user), item_id, kind)
        return {
            "event_id": event.event_id,
            "kind": str(event.kind),
            "about": event.about,
            "value": event.value,
            "at": event.at.isoformat(),
        }

    def profile(self, user: str) -> dict[str, Any]:
        """What is known of a person, each fact with the sentence or click it came from.

        Args:
            user: The person's name.

        Returns:
            The person's name and facts: kind, what it is about, source and date.
        """
        return profile_document(self._service.profile(speaker(user)), self._service.catalogue)

    def export(self, user: str) -> dict[str, Any]:
        """Everything that is stored about a person.

        Args:
            user: The person's name.

        Returns:
            All stored data of the person as one document.
        """
        return self._service.export(speaker(user))

    def delete(self, user: str) -> dict[str, Any]:
        """Delete everything that is stored about a person, for good.

        Args:
            user: The person's name.

        Returns:
            The name of the person whose data is gone, and a notice where it stands in a file yet.
        """
        name = speaker(user)
        wiped = self._service.delete(name)
        return {"deleted": name, **({} if wiped else {"notice": text("not_wiped")})}


def _of_texts(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint, which now refuses values that are no texts: Gradio passes on whatever comes."""
    parameters = signature(endpoint)

    @wraps(endpoint)
    def asked(*values: Any, **named: Any) -> Any:
        bound = parameters.bind(*values, **named)
        for name, value in bound.arguments.items():
            default = parameters.parameters[name].default
            if value is None and isinstance(default, str):
                bound.arguments[name] = default
            elif not isinstance(value, str):
                raise UsageError(text("no_text_value", value=name, found=_kind(value)))
        return endpoint(*bound.args, **bound.kwargs)

    return asked


def _kind(value: Any) -> str:
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "a list" if isinstance(value, list) else "an object"
