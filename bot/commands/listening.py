"""The socket that a server listens on: bound before anything else, or refused in one line."""

from __future__ import annotations

import socket
import sys

from bot.core.errors import UsageError


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises UsageError when it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(
            "--host was expected to be an address of this machine",
            found=f"{host!r} ({error.strerror or error})",
            remedy="Use 127.0.0.1, or 0.0.0.0 to be reached from other machines",
        ) from None
    try:
        if sys.platform != "win32":
            # Lets a restart have the port at once; one that somebody listens on stays refused.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise taken(f"{host}:{port}", error) from None
    return bound


def taken(address: str, error: OSError) -> UsageError:
    """What to say when somebody else has the address, or nobody may."""
    return UsageError(
        "a free port was expected",
        found=f"{address} taken or not allowed ({error.strerror or error})",
        remedy="End what is using it, or choose another with --port",
    )
