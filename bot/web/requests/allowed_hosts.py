"""Under which names the server answers: what a request calls it is checked against them.

A page elsewhere can have its own name resolve to this machine (DNS rebinding); a browser then
takes our answers for that page's. It still sends the name it was given, so names that nobody asked
for are not answered. Refusing is `bot.web.requests.origin_check`'.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from bot.core.errors import UsageError

LOCALHOST = "localhost"
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_AUTHORITY = re.compile(
    r"(?: \[(?P<six>[^\[\]]*)\] | (?P<name>[^:\[\]]*) ) (?: : (?P<port>[0-9]{0,5}) )?", re.VERBOSE
)
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#\s]+)", re.IGNORECASE)
_USUAL = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Authority:
    """A host and, where one is written, a port: `host` in the one spelling that it has here."""

    host: str
    port: int | None = None

    @property
    def loopback(self) -> bool:
        """Whether it can only be this machine: ``localhost``, 127.0.0.0/8 or ::1."""
        address = _address(self.host)
        return self.host == LOCALHOST if address is None else address.is_loopback


def authority(written: str) -> Authority | None:
    """What a ``Host`` header, or the part of a URL where it stands, names; None for nothing.

    Case, one dot at the end and the ways to write an IP address make no difference.
    """
    parts = _AUTHORITY.fullmatch(written.strip())
    if parts is None:
        return None
    port = int(parts["port"]) if parts["port"] else None
    if port is not None and port > 65535:
        return None
    if parts["six"] is not None:
        address = _address(parts["six"]) if ":" in parts["six"] else None
        return Authority(str(address), port) if address is not None else None
    host = parts["name"].lower().removesuffix(".")
    if not _NAME.fullmatch(host):
        return None
    return Authority(str(_address(host) or host), port)


def is_own_origin(origin: str, named: Iterable[Authority], scheme: str) -> bool:
    """Whether an ``Origin`` header names what the request was sent to: the same host and port.

    `named` is what the request calls the server, `scheme` how it came. Behind a proxy with TLS it
    came as HTTP for all we know, so only HTTPS is held to its own.
    """
    parts = _ORIGIN.fullmatch(origin)
    found = authority(parts["authority"]) if parts is not None else None
    if parts is None or found is None:
        return False
    spoken = parts["scheme"].lower()
    if scheme == "https" and spoken != "https":
        return False
    usual = _USUAL[spoken]
    return any(
        found.host == wanted.host and (found.port or usual) == (wanted.port or usual)
        for wanted in named
    )


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names and addresses that are answered, beside those of the machine itself."""

    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *written: str) -> Hosts:
        """Of names as somebody writes them. Raises UsageError for what is not one."""
        return cls(frozenset(_host(name) for name in written))

    def __contains__(self, named: Authority) -> bool:
        return named.loopback or named.host in self.names


def _host(written: str) -> str:
    name = written.strip()
    if ":" in name and _address(name) is not None:
        name = f"[{name}]"  # an IPv6 address may be written bare here
    try:
        found = authority(name.encode("idna").decode() if not name.isascii() else name)
    except UnicodeError:
        found = None
    if found is None or found.port is not None:
        raise UsageError(
            "A host to answer to was expected to be one name or address, without http:// and port",
            found=repr(written),
            remedy="Give it as --allow-host box.example or --allow-host 192.168.1.20",
        )
    return found.host


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
