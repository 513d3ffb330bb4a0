"""What is logged, at which level, and that nothing of anybody is in it."""

from __future__ import annotations

import json
import logging
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path

import pytest

from bot.core.logs import (
    OURS,
    LogShape,
    StandardErrorHandler,
    bound,
    bound_facts,
    configure,
    event_logger,
)

ROOT = Path(__file__).parents[2]
SAID = "my sister Marjorie wept at a film of whales"

Lines = Callable[[], list[str]]
logger = event_logger("bot.of_this_test")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave `logging` as it was."""
    root = logging.getLogger()
    handlers = list(root.handlers)
    levels = {name: logging.getLogger(name).level for name in OURS}
    yield
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    return lambda: capsys.readouterr().err.splitlines()


def test_a_line_of_json_is_a_document_with_its_facts(lines: Lines) -> None:
    configure("json", logging.INFO)
    logger.info("turn", suggestions=5, ranked_ms=12.5, ended_early=False, act=None)
    [line] = lines()
    told = json.loads(line)
    assert told.pop("time").endswith("Z")
    assert told == {
        "level": "info",
        "event": "turn",
        "logger": "bot.of_this_test",
        "suggestions": 5,
        "ranked_ms": 12.5,
        "ended_early": False,
    }


def test_a_line_of_text_is_for_eyes(lines: Lines) -> None:
    configure("text", logging.INFO)
    logger.info("turn", suggestions=5, ended_early=True, why="not on the CPU", where=["a:1 b", "c"])
    [line] = lines()
    when, rest = line.split(" ", 1)
    assert when.endswith("Z")
    assert rest == (
        "info    turn logger=bot.of_this_test suggestions=5 ended_early=true "
        'why="not on the CPU" where="a:1 b > c"'
    )


ODD = "A film\n2026-01-01 error forged\r\x1b[2J\u2028\x85\x00 \"quoted\" name='x' \udcff"


@pytest.mark.parametrize("shape", ["text", "json"])
def test_whatever_a_title_holds_its_line_is_one_and_plain(shape: LogShape, lines: Lines) -> None:
    configure(shape, logging.INFO)
    logger.info(ODD, title=ODD, many=[ODD, ODD])
    [line] = lines()
    assert line.isprintable()
    assert "forged" in line


@pytest.mark.parametrize(
    ("level", "told"),
    [
        (logging.WARNING, ["warning", "error"]),
        (logging.INFO, ["info", "warning", "error"]),
        (logging.DEBUG, ["debug", "info", "warning", "error"]),
    ],
)
def test_what_is_told_follows_the_level(level: int, told: list[str], lines: Lines) -> None:
    configure("json", level)
    logger.debug("happened")
    logger.info("happened")
    logger.warning("happened")
    logger.error("happened")
    assert [json.loads(line)["level"] for line in lines()] == told


def test_libraries_tell_of_warnings_alone_however_much_is_asked_of_us(
    monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    configure("json", logging.DEBUG)
    for name in ("httpx", "uvicorn.error", "sqlalchemy.engine"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)  # as some do
        logging.getLogger(name).info(SAID)
        logging.getLogger(name).debug(SAID)
    assert lines() == []


@pytest.mark.parametrize("shape", ["text", "json"])
def test_what_a_library_says_is_told_only_where_it_reads_nothing_of_anybody(
    shape: LogShape, lines: Lines
) -> None:
    configure(shape, logging.DEBUG)
    logging.getLogger("uvicorn.error").warning("Invalid %s request received.", "HTTP")
    logging.getLogger("mcp.shared.session").warning("Failed to validate request: %s", SAID)
    logging.warning(f"Message was: {SAID}")
    [handler] = [h for h in logging.getLogger().handlers if isinstance(h, StandardErrorHandler)]
    cannot_be_put_together = logging.LogRecord("mcp", 30, __file__, 1, "%d", (SAID,), None)
    handler.handle(cannot_be_put_together)
    first, *others = lines()
    assert "Invalid HTTP request received." in first
    assert len(others) == 3
    assert all("whales" not in line for line in others)
    assert "test_logs" in others[0], "where it was logged"


@pytest.mark.parametrize("shape", ["text", "json"])
def test_an_error_is_told_by_its_class_and_place_without_its_text(
    shape: LogShape, lines: Lines
) -> None:
    def reads(text: str) -> None:
        try:
            int(text)
        except ValueError as error:
            error.add_note(text)
            raise LookupError(text) from error

    configure(shape, logging.INFO)
    for log in (logger.exception, logging.getLogger("uvicorn.error").exception):
        try:
            reads(SAID)
        except LookupError:
            log("failed")
    found = lines()
    assert len(found) == 2
    for line in found:
        assert "LookupError" in line
        assert "from ValueError" in line
        assert "tests.core.test_logs:" in line
        assert "reads" in line
        assert "whales" not in line


def test_an_error_of_the_system_or_the_database_is_told_with_its_code(lines: Lines) -> None:
    configure("json", logging.INFO)
    with pytest.raises(sqlite3.Error) as caught:
        sqlite3.connect(":memory:").execute(SAID)
    for error in (caught.value, FileNotFoundError(2, SAID), ExceptionGroup(SAID, [KeyError(SAID)])):
        logger.error("failed", exc_info=error)
    told = [json.loads(line) for line in lines()]
    assert [each["error"] for each in told] == [
        "OperationalError(SQLITE_ERROR)",
        "FileNotFoundError(ENOENT)",
        "ExceptionGroup",
    ]
    assert told[2]["where"] == ["from KeyError"]
    assert "whales" not in str(told)


def test_what_is_bound_goes_with_all_that_is_logged_meanwhile(lines: Lines) -> None:
    configure("json", logging.INFO)
    with bound(turn="1a"), bound(conversation="2b"):
        logger.info("within")
        logging.getLogger("uvicorn.error").warning("within")
    logger.info("after")
    within, library, after = (json.loads(line) for line in lines())
    assert (within["turn"], within["conversation"]) == ("1a", "2b")
    assert library["turn"] == "1a"
    assert "turn" not in after


def test_what_is_bound_in_another_threads_context_can_be_read_from_outside() -> None:
    context = copy_context()
    inside, leave = threading.Event(), threading.Event()

    def work() -> None:
        with bound(turn="1a"):
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=context.run, args=(work,))
    thread.start()
    inside.wait(10)
    assert bound_facts(context) == {"turn": "1a"}
    assert bound_facts() == {}
    leave.set()
    thread.join()


def test_to_configure_again_replaces_what_was(lines: Lines) -> None:
    configure("text", logging.INFO)
    configure("json", logging.WARNING)
    logger.info("unheard")
    logger.warning("heard")
    [line] = lines()
    assert json.loads(line)["event"] == "heard"


def test_a_log_that_nobody_can_read_disturbs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, text: str) -> int:
            raise BrokenPipeError

        def fileno(self) -> int:
            raise OSError

    configure("text", logging.INFO)
    monkeypatch.setattr(sys, "stderr", Closed())
    logger.info("happened")


def test_a_record_that_cannot_be_written_is_not_shown_instead(
    monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    def fails(self: StandardErrorHandler, record: logging.LogRecord) -> str:
        raise ValueError(SAID)

    configure("text", logging.INFO)
    monkeypatch.setattr(StandardErrorHandler, "format", fails)
    logger.info("happened", title=SAID)
    assert lines() == ["A record of bot.of_this_test could not be logged."]


def test_an_import_sets_up_nothing_and_who_tells_nothing_does_not_wait_for_structlog() -> None:
    code = (
        "import logging, sys\n"
        "import bot.conversation.logged_turns, bot.core.artifact_cache, bot.core.checksums\n"
        "assert not logging.getLogger().handlers\n"
        "from bot.core.logs import configure, event_logger\n"
        "configure()\n"
        "event_logger('bot.x').info('happened')\n"
        "sys.exit('structlog' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
