"""`python -m tests.web.audited ARGUMENTS`: the command `tastebot`, its connections written down.

Each address that any of its Python code connects or sends to, or looks up, is a line of the file
that CONNECTIONS names. What native code does beside Python, a test sees from outside.
"""

from __future__ import annotations

import os
import sys
from typing import Any

VARIABLE = "CONNECTIONS"
HOME = frozenset({"127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "", None})
EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo"})


def watch(path: str) -> None:
    """Append each foreign address to the file at `path` from now on."""
    written = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in EVENTS:
            return
        address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
        host = address[0] if isinstance(address, tuple) else address
        if isinstance(address, str | bytes) and event != "socket.getaddrinfo":
            return  # a socket of this machine's file system
        if host not in HOME:
            os.write(written, f"{event} {address!r}\n".encode())

    sys.addaudithook(note)


if __name__ == "__main__":
    watch(os.environ[VARIABLE])
    from bot.cli import main

    main()
