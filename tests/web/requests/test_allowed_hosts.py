"""What a server is called: every spelling of its names, and nobody else's."""

from __future__ import annotations

import pytest

from bot.core.errors import UsageError
from bot.web.requests.allowed_hosts import Authority, Hosts, authority, is_own_origin


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("localhost", "localhost", None),
        ("LocalHost.:7860", "localhost", 7860),
        ("127.0.0.1:80", "127.0.0.1", 80),
        ("127.9.9.9", "127.9.9.9", None),
        ("[::1]:7860", "::1", 7860),
        ("[0:0:0:0:0:0:0:1]", "::1", None),
        ("[::ffff:127.0.0.1]", "127.0.0.1", None),
        ("box.test:", "box.test", None),
        (" box.test ", "box.test", None),
        ("", None, None),
        (":80", None, None),
        ("::1", None, None),
        ("[::1", None, None),
        ("[box]", None, None),
        ("box.test:99999", None, None),
        ("box.test:1a", None, None),
        ("me@box.test", None, None),
        ("box.test/path", None, None),
        ("box.test\\evil", None, None),
        ("box..test", None, None),
        ("box test", None, None),
        ("bücher.test", None, None),
    ],
)
def test_a_host_has_one_spelling(written: str, host: str | None, port: int | None) -> None:
    found = authority(written)
    assert found == (None if host is None else Authority(host, port))


def named(written: str) -> Authority:
    found = authority(written)
    assert found is not None
    return found


def test_loopback_names_are_answered_and_no_others() -> None:
    hosts = Hosts()
    for own in ("localhost", "127.0.0.1:1", "127.1.2.3", "[::1]:7860", "LOCALHOST."):
        assert named(own) in hosts
    for other in ("evil.test", "localhost.evil.test", "evil.localhost", "0.0.0.0", "192.168.1.20"):
        assert named(other) not in hosts


def test_what_is_allowed_is_answered_however_it_is_written() -> None:
    hosts = Hosts.of("Box.Test.", "192.168.1.20", "fe80::00:1", "bücher.test")
    for own in ("box.test:9", "BOX.TEST", "192.168.1.20", "[FE80::1]:80", "xn--bcher-kva.test"):
        assert named(own) in hosts
    for other in ("sub.box.test", "xbox.test", "192.168.1.2"):
        assert named(other) not in hosts


@pytest.mark.parametrize("written", ["", "*", "http://box.test", "box.test:80", "a/b", "é" * 80])
def test_what_is_no_name_cannot_be_allowed(written: str) -> None:
    with pytest.raises(UsageError, match="one name or address"):
        Hosts.of(written)


@pytest.mark.parametrize(
    ("origin", "named", "scheme", "own"),
    [
        ("http://box.test:7860", "box.test:7860", "http", True),
        ("http://BOX.test:7860", "box.test:7860", "http", True),
        ("http://box.test", "box.test", "http", True),
        ("http://box.test", "box.test:80", "http", True),
        ("https://box.test", "box.test", "http", True),  # a proxy has taken the TLS off
        ("https://box.test", "box.test:443", "https", True),
        ("http://[::1]:80", "[0::1]", "http", True),
        ("http://box.test:9000", "box.test:7860", "http", False),
        ("http://box.test", "box.test:7860", "http", False),
        ("https://box.test:8443", "box.test", "http", False),
        ("http://box.test", "box.test", "https", False),
        ("http://evil.test:7860", "box.test:7860", "http", False),
        ("http://localhost:7860", "127.0.0.1:7860", "http", False),
        ("null", "box.test", "http", False),
        ("", "box.test", "http", False),
        ("file://", "box.test", "http", False),
        ("http://box.test/path", "box.test", "http", False),
        ("http://me@box.test", "box.test", "http", False),
        ("http://box.test http://box.test", "box.test", "http", False),
        ("chrome-extension://box.test", "box.test", "http", False),
    ],
)
def test_an_origin_is_our_own_by_host_and_port(
    origin: str, named: str, scheme: str, own: bool
) -> None:
    found = authority(named)
    assert found is not None
    assert is_own_origin(origin, [found], scheme) == own
