"""`tastebot serve`: the port is taken before anything else."""

from __future__ import annotations

import socket

import pytest

from bot.cli import run
from bot.commands.serve import bind, warnings_for
from bot.errors import UsageError


@pytest.fixture
def taken():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_port_in_use_is_one_line_and_exit_code_2(taken: int, capfd: pytest.CaptureFixture[str]):
    assert run(["serve", "--port", str(taken)]) == 2

    [line] = capfd.readouterr().err.strip().splitlines()
    assert f"127.0.0.1:{taken}" in line
    assert "--port" in line


def test_a_host_of_no_machine_here_is_refused():
    with pytest.raises(UsageError, match="--host"):
        bind("no such host", 7860)


def test_a_port_outside_the_range_is_refused(capfd: pytest.CaptureFixture[str]):
    assert run(["serve", "--port", "70000"]) == 2
    assert "70000" in capfd.readouterr().err


def test_a_free_port_is_held():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    held = bind("127.0.0.1", port)

    assert held.getsockname()[1] == port
    held.close()


@pytest.mark.parametrize(
    ("host", "auth", "said"),
    [
        ("127.0.0.1", False, None),
        ("127.0.0.1", True, None),
        ("0.0.0.0", False, "--auth"),
        ("0.0.0.0", True, "TLS"),
    ],
)
def test_whoever_lets_other_machines_in_is_told_what_that_means(
    host: str, auth: bool, said: str | None
):
    with socket.socket() as listening:
        listening.bind((host, 0))
        notices = warnings_for(listening, auth)

    assert len(notices) == (said is not None)
    assert all(str(said) in notice for notice in notices)
