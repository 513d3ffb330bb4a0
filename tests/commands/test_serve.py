"""`tastebot serve`: the port is taken before anything else."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from bot.cli import run
from bot.commands.listening import bind
from bot.commands.serve import answered, sign_up_notices, warnings_for, who_signs_up
from bot.core.errors import UsageError
from bot.core.settings import SignUp, load_settings


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_port_in_use_is_one_line_and_exit_code_2(
    taken: int, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", "--port", str(taken)]) == 2

    [line] = capfd.readouterr().err.strip().splitlines()
    assert f"127.0.0.1:{taken}" in line
    assert "--port" in line


def test_a_host_of_no_machine_here_is_refused() -> None:
    with pytest.raises(UsageError, match="--host"):
        bind("no such host", 7860)


def test_a_port_outside_the_range_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--port", "70000"]) == 2
    assert "70000" in capfd.readouterr().err


def test_a_free_port_is_held() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    held = bind("127.0.0.1", port)

    assert held.getsockname()[1] == port
    held.close()


@pytest.mark.parametrize(
    ("host", "auth", "allowed", "said"),
    [
        ("127.0.0.1", False, (), []),
        ("127.0.0.1", True, (), []),
        ("0.0.0.0", False, ("box.test",), ["--auth"]),
        ("0.0.0.0", True, ("box.test",), ["TLS"]),
        ("0.0.0.0", False, (), ["--allow-host", "--auth"]),
        ("0.0.0.0", True, (), ["--allow-host", "TLS"]),
    ],
)
def test_whoever_lets_other_machines_in_is_told_what_that_means(
    host: str, auth: bool, allowed: tuple[str, ...], said: list[str]
) -> None:
    with socket.socket() as listening:
        listening.bind((host, 0))
        notices = warnings_for(listening, auth, answered(host, allowed))

    assert len(notices) == len(said)
    assert all(word in notice for word, notice in zip(said, notices, strict=True))


@pytest.mark.parametrize(
    ("host", "chosen", "expected"),
    [
        ("127.0.0.1", None, "open"),
        ("0.0.0.0", None, "invited"),
        ("0.0.0.0", "open", "open"),
        ("0.0.0.0", "closed", "closed"),
        ("127.0.0.1", "invited", "invited"),
    ],
)
def test_strangers_make_accounts_only_where_none_can_come_or_the_owner_says_so(
    host: str, chosen: SignUp | None, expected: SignUp
) -> None:
    with socket.socket() as listening:
        listening.bind((host, 0))
        assert who_signs_up(chosen, listening) == expected


def test_a_server_that_others_know_by_a_name_takes_invitations() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        assert who_signs_up(None, listening, ("films.example",)) == "invited"
        assert who_signs_up("open", listening, ("films.example",)) == "open"


def test_the_owner_is_told_how_people_come_in() -> None:
    assert sign_up_notices("open") == []
    assert "tastebot user invite" in sign_up_notices("invited")[0]
    assert "tastebot user password" in sign_up_notices("closed")[0]


def test_who_signs_up_is_one_of_three(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--auth", "--sign-up", "sometimes"]) == 2
    assert "'open', 'invited', 'closed'" in capfd.readouterr().err


def test_who_signs_up_is_a_setting_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASTEBOT_SIGN_UP", "closed")
    assert load_settings().sign_up == "closed"
    assert load_settings(sign_up="invited").sign_up == "invited", "the flag goes before it"
    monkeypatch.setenv("TASTEBOT_SIGN_UP", "")
    assert load_settings().sign_up is None
    monkeypatch.setenv("TASTEBOT_SIGN_UP", "sometimes")
    with pytest.raises(UsageError, match="TASTEBOT_SIGN_UP"):
        load_settings()


@pytest.mark.parametrize(
    ("host", "allowed", "names"),
    [
        ("127.0.0.1", (), {"127.0.0.1"}),
        ("0.0.0.0", (), set()),
        ("::", ("Box.test.",), {"box.test"}),
        ("box.test", ("10.0.0.5", "::2"), {"box.test", "10.0.0.5", "::2"}),
        ("fe80::1%eth0", (), {"fe80::1"}),
    ],
)
def test_a_host_that_is_one_address_is_answered_and_what_is_allowed_beside(
    host: str, allowed: tuple[str, ...], names: set[str]
) -> None:
    assert answered(host, allowed).names == names


@pytest.mark.parametrize("written", ["http://box.test", "box.test:80", "*", "", "a b", "box/"])
def test_what_is_no_name_is_refused(written: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--allow-host", written]) == 2
    [line] = capfd.readouterr().err.strip().splitlines()
    assert "--allow-host box.example" in line


def test_the_setting_lists_names_and_the_flag_goes_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TASTEBOT_ALLOW_HOST", "box.local, 192.168.1.20,")
    assert load_settings().allow_host == ("box.local", "192.168.1.20")
    assert load_settings(allow_host=("one.test",)).allow_host == ("one.test",)
