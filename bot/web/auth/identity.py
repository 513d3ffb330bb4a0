"""Who is asking: the person signed in, where the server has accounts; and what is theirs alone.

Owns the rule that with accounts a person comes from the sign-in and never from an argument.
How a request is recognised is `bot.web.auth.auth_middleware`'s business.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

import gradio as gr
from gradio.context import LocalContext

from bot.conversation.api import ChatService
from bot.core.errors import AccessError
from bot.web.view.texts import text
from storage.person.people import person_name

PERSON = "tastebot.person"
"""Where the gate leaves the name of who is signed in, in a request's ASGI scope."""

NOBODYS = frozenset({"items", "similar", "warm_up"})
"""What the service does for nobody in particular."""


def signed_in() -> str | None:
    """Who asked for what is being done; None when nobody is signed in."""
    request: Any = LocalContext.request.get(None)
    if isinstance(request, gr.Request):
        return request.username
    # Some ways in hand on the plain request.
    return None if request is None else request.scope.get(PERSON)


def speaker(named: str) -> str:
    """The person that an endpoint's argument means: whoever is signed in, else the name given.

    Raises UsageError for a name that cannot be one, AccessError for another's.
    """
    mine = signed_in()
    if mine is None:
        return person_name(named)
    if named.strip() and person_name(named) != mine:
        raise _anothers(named, mine)
    return mine


def only_own_data(service: ChatService) -> ChatService:
    """The service, refusing to read or write for anybody but who is signed in.

    Raises AccessError, whichever page or endpoint asked; so a page may be wrong about who is
    talking, and still nobody sees another's data.
    """
    return cast("ChatService", _Guarded(service))


class _Guarded:
    def __init__(self, service: ChatService):
        self._service = service

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._service, name)
        if name in NOBODYS or not callable(found) or name == "catalogue":
            return found
        if name == "people":
            return self._people
        if not _is_of_a_person(found):
            raise AccessError(
                f"Expected the service's {name} to say whose data it is about", found="no `user`"
            )
        return _guarded(found)

    def _people(self) -> list[str]:
        return [_somebody()]


def _is_of_a_person(method: Callable[..., Any]) -> bool:
    parameters = list(inspect.signature(method).parameters)
    return bool(parameters) and parameters[0] == "user"


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def guarded(user: str, *arguments: Any, **named: Any) -> Any:
        mine = _somebody()
        if user != mine:
            raise _anothers(user, mine)
        return method(user, *arguments, **named)

    return guarded


def _somebody() -> str:
    mine = signed_in()
    if mine is None:
        raise AccessError(text("not_signed_in"))
    return mine


def _anothers(named: str, mine: str) -> AccessError:
    return AccessError(
        f"Expected the name of who is signed in, {mine!r}, or none",
        found=repr(named[:80]),
        remedy="Sign in as that person to see or change what is theirs",
    )
