from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot import __version__, cli
from bot.core.errors import CatalogueError
from bot.core.logs import OURS, event_logger
from bot.core.settings import Settings

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASTEBOT_HOME", str(tmp_path))


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command `fail` that raises what stands in the list."""
    raised: list[BaseException] = []

    @click.command("fail")
    def fail() -> None:
        raise raised[0]

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda self, context, name: fail)
    return raised


def test_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_help_names_every_command_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    out = capsys.readouterr().out
    there = {path.stem for path in (ROOT / "bot" / "commands").glob("*.py")}
    for name, about in cli.COMMANDS.items():
        assert (f"  {name} " in out) == (name in there)
        assert about.endswith(".")


def test_no_command_at_all_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == 0
    assert "Commands:" in capsys.readouterr().out


def test_help_imports_nothing_slow() -> None:
    code = (
        "import sys; from bot.cli import run; run(['--help']);"
        "slow = {'torch','transformers','gradio','sqlalchemy','numpy','pydantic','rich'};"
        "sys.exit(str(sorted(slow & set(sys.modules))) if slow & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nope"], "No such command 'nope'. See `tastebot --help`."),
        (["--nope"], "No such option '--nope'. See `tastebot --help`."),
        (["user", "export"], "Missing argument 'NAME'. See `tastebot user export --help`."),
        (["catalogue", "search", "x", "y", "-k", "0"], "See `tastebot catalogue search --help`."),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert caught.err.count("\n") == 1
    assert told in caught.err


def test_an_error_of_ours_is_one_line_and_its_exit_code(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(CatalogueError("expected\na thing", found="none", remedy="Give one"))
    assert cli.run(["fail"]) == 2
    assert capsys.readouterr().err == "expected a thing; found none. Give one.\n"


def test_an_unexpected_error_is_one_line_without_traceback(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(ZeroDivisionError("by zero"))
    assert cli.run(["fail"]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "ZeroDivisionError: by zero" in err
    assert "--debug" in err


@pytest.mark.parametrize("place", [0, 1])
def test_debug_shows_the_traceback(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str], place: int
) -> None:
    failing.append(CatalogueError("expected a thing"))
    arguments = ["fail"]
    arguments.insert(place, "--debug")
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.fixture
def _logs_as_before() -> Iterator[None]:
    handlers = list(logging.getLogger().handlers)
    yield
    logging.getLogger().handlers[:] = handlers
    for name in OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["fail"], ["warning"]),
        (["serve"], ["info", "warning"]),
        (["--verbose", "fail"], ["debug", "info", "warning"]),
        (["fail", "--verbose"], ["debug", "info", "warning"]),
        (["serve", "--verbose"], ["debug", "info", "warning"]),
    ],
)
@pytest.mark.usefixtures("_logs_as_before")
def test_a_server_tells_what_it_does_and_any_command_more_if_asked(
    arguments: list[str],
    told: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    logger = event_logger("bot.of_this_test")

    @click.command("speak")
    def speak() -> None:
        logger.debug("happened")
        logger.info("happened")
        logger.warning("happened")

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda self, context, name: speak)
    monkeypatch.setenv("TASTEBOT_LOG", "json")
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 0
    caught = capsys.readouterr()
    assert [json.loads(line)["level"] for line in caught.err.splitlines()] == told
    assert caught.out == ""


@pytest.mark.parametrize("command", ["serve", "backup"])
def test_a_shape_of_the_log_that_there_is_not_is_named(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TASTEBOT_LOG", "yaml")
    assert cli.run([command, "--help"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("TASTEBOT_LOG: ")
    assert "'yaml'" in line


def test_ctrl_c_is_exit_code_130(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(KeyboardInterrupt())
    assert cli.run(["fail"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_ctrl_c_in_a_real_process_is_quiet(tmp_path: Path) -> None:
    code = (
        # As from a terminal: what a shell starts in the background ignores Ctrl-C.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import click, time; from bot import cli\n"
        "@click.command('wait')\n"
        "def wait():\n"
        "    print('ready', flush=True); time.sleep(60)\n"
        "cli.LazyGroup.get_command = lambda self, context, name: wait\n"
        "cli.main(['wait'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip() == ""


def test_a_reader_that_goes_away_is_no_error() -> None:
    code = (
        "import click; from bot import cli\n"
        "@click.command('talk')\n"
        "def talk():\n"
        "    for number in range(100000): click.echo('line ' + str(number))\n"
        "cli.LazyGroup.get_command = lambda self, context, name: talk\n"
        "cli.main(['talk'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(timeout=30) == 0


def test_a_variable_that_nothing_reads_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TASTEBOT_CATALOG", "films")
    assert cli.run(["user", "list", "--json"]) == 0
    caught = capsys.readouterr()
    assert "TASTEBOT_CATALOG" in caught.err
    assert caught.err.count("\n") == 1
    assert "TASTEBOT" not in caught.out


def test_a_setting_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TASTEBOT_ADULT", "perhaps")
    assert cli.run(["user", "list"]) == 2
    assert "TASTEBOT_ADULT" in capsys.readouterr().err


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_a_setting_that_is_no_text_is_named(
    field: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"TASTEBOT_{field.upper()}", "hidden\udcff")
    assert cli.run(["user", "list"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"TASTEBOT_{field.upper()}: expected text")
    assert err.count("\n") == 1
    assert ("hidden" in err) == (field not in ("admin_password", "database_url"))


def test_help_answers_at_once() -> None:
    # The best of three: the machine may be busy with something else.
    best = min(_seconds_for_help() for _ in range(3))
    assert best < float(os.environ.get("HELP_SECONDS", "1.5"))


def _seconds_for_help() -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "bot", "--help"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - started
