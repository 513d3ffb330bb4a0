"""What happens, told as events: loggers by name, what goes with a turn, and where lines go.

An event is a name and facts: numbers, names of classes and checks, places in the code. Never what
a person said, what they are called or what was answered, at no level. Owns who may log at which
level and that lines go to standard error; leaves what a line looks like, and what is kept out of
it, to `bot.core.log_lines`, which brings structlog and is imported with the first line: a command
that has nothing to tell does not wait for it. Nothing is set up on import.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import Context, ContextVar
from typing import Any, Literal

from bot.core import standard_streams

LogShape = Literal["text", "json"]
"""How a line looks: for eyes, or for programs."""

OURS = ("bot", "adapters", "storage", "prompts")
"""The loggers whose level is set; libraries tell of warnings alone, for some log what they read."""

_BOUND: ContextVar[Mapping[str, object]] = ContextVar("bound_facts", default={})  # noqa: B039


class EventLogger:
    """Logs events under one name."""

    def __init__(self, name: str):
        self._plain = logging.getLogger(name)
        self._structured: Any = None

    def debug(self, event: str, /, **facts: object) -> None:
        self._log(logging.DEBUG, event, facts)

    def info(self, event: str, /, **facts: object) -> None:
        self._log(logging.INFO, event, facts)

    def warning(self, event: str, /, **facts: object) -> None:
        self._log(logging.WARNING, event, facts)

    def error(self, event: str, /, **facts: object) -> None:
        self._log(logging.ERROR, event, facts)

    def exception(self, event: str, /, **facts: object) -> None:
        """An error with what is being handled: its class and where it came from, not its text."""
        self._log(logging.ERROR, event, {**facts, "exc_info": sys.exc_info()})

    def _log(self, level: int, event: str, facts: dict[str, object]) -> None:
        if not self._plain.isEnabledFor(level):
            return
        if self._structured is None:
            from bot.core.log_lines import structured

            self._structured = structured(self._plain, bound_facts)
        getattr(self._structured, logging.getLevelName(level).lower())(event, **facts)


def event_logger(name: str) -> EventLogger:
    """The logger of a module, which gives its ``__name__``."""
    return EventLogger(name)


@contextmanager
def bound(**facts: object) -> Iterator[None]:
    """Have `facts` go with every event that this thread, or task, logs within the block."""
    before = _BOUND.set({**_BOUND.get(), **facts})
    try:
        yield
    finally:
        _BOUND.reset(before)


def bound_facts(context: Context | None = None) -> Mapping[str, object]:
    """The facts that are bound here, or in `context`, in which another thread may be at work."""
    return _BOUND.get() if context is None else context.get(_BOUND, {})


def configure(shape: LogShape = "text", level: int = logging.WARNING) -> None:
    """Send log lines to standard error: ours from `level` on, those of libraries from warnings on.

    For the start of a program alone. A second call replaces the first.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, StandardErrorHandler):
            root.removeHandler(handler)
    root.addHandler(StandardErrorHandler(shape))
    for name in OURS:
        logging.getLogger(name).setLevel(level)


class StandardErrorHandler(logging.Handler):
    """Writes each record as one line to whatever standard error is by then."""

    def __init__(self, shape: LogShape):
        super().__init__()
        self._shape: LogShape = shape

    def filter(self, record: logging.LogRecord) -> Any:
        # Here too, for some libraries set the level of their loggers themselves.
        ours = record.name.partition(".")[0] in OURS
        return (ours or record.levelno >= logging.WARNING) and super().filter(record)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self.formatter is None:
                from bot.core.log_lines import formatter

                self.setFormatter(formatter(bound_facts, as_json=self._shape == "json"))
            # In one piece, so that no other thread's comes between.
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except OSError:  # nobody reads it
            with suppress(OSError):
                standard_streams.let_go(sys.stderr)
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Say that a record could not be written; `logging` would show what is in it."""
        with suppress(OSError):
            sys.stderr.write(f"A record of {record.name} could not be logged.\n")
