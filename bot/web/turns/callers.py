"""Who is calling: to whom a turn is counted, and at them the person.

An account is counted by its name. Without accounts names are free, so callers are told apart by the
address that a request came from.
"""

from __future__ import annotations

from dataclasses import dataclass

from gradio.context import LocalContext

from bot.web.auth.identity import signed_in

NOWHERE = ""
"""The address where there is no request, as in a test, or no network under it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for a turn: the party that it is counted to, and there a person."""

    party: str
    person: str


def caller(person: str) -> Caller:
    """The person, counted to their account or to the address of the request being answered.

    Behind a proxy on this machine that is the address that the proxy forwards.
    """
    if signed_in() is not None:
        return Caller(f"account {person}", person)
    client = getattr(LocalContext.request.get(None), "client", None)
    return Caller(str(getattr(client, "host", NOWHERE)), person)
