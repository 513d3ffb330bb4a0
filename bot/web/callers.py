"""Who is calling: the address that a request came from, beside the name it gives.

Without accounts names are free, so it is by their address that callers are told apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from gradio.context import LocalContext

NOWHERE = ""
"""The address where there is no request, as in a test, or no network under it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for a turn: an address, and at it a person."""

    address: str
    person: str


def caller(person: str) -> Caller:
    """The person, with the address of the request that is being answered.

    Behind a proxy on this machine it is the one that the proxy forwards.
    """
    client = getattr(LocalContext.request.get(None), "client", None)
    return Caller(str(getattr(client, "host", NOWHERE)), person)
