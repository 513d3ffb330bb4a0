"""What a log line looks like, and what is kept out of it.

Both shapes hold the same facts, ours and libraries' alike: when, how grave, what, who tells it,
the turn if one is computed. The text of an exception may hold what a person said (a database's has
the statement with its values), so only classes and places in the code are told. So may messages of
libraries: they are told where a library is known to read nothing of anybody, else only that there
was one, and where.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.types import EventDict, Processor

from bot.core.code_places import kind_of, places_of

BoundFacts = Callable[[], Mapping[str, object]]

PLAIN_LIBRARIES = ("uvicorn", "alembic", "huggingface_hub", "transformers", "peft", "torch")
"""Those whose warnings hold no word of what people send."""


def structured(plain: logging.Logger, bound_facts: BoundFacts) -> BoundLogger:
    """A structlog logger over one of `logging`; `bound_facts` gives what goes with each event."""
    return structlog.wrap_logger(  # type: ignore[no-any-return]
        plain,
        wrapper_class=BoundLogger,
        processors=[_with(bound_facts), _with_error, ProcessorFormatter.wrap_for_formatter],
    )


def formatter(bound_facts: BoundFacts, *, as_json: bool) -> logging.Formatter:
    """Makes one line of a record, whoever logged it."""
    renderer: Processor = structlog.processors.JSONRenderer() if as_json else as_text
    return ProcessorFormatter(
        foreign_pre_chain=[_of_a_library, _with(bound_facts), _with_error],
        processors=[_in_order, renderer],
    )


def _with(bound_facts: BoundFacts) -> Processor:
    return lambda logger, method, event: {**bound_facts(), **event}


def _with_error(logger: Any, method: str, event: EventDict) -> EventDict:
    """Put class and places in the place of an exception."""
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = kind_of(error)
        event["where"] = places_of(error)
    return event


def _of_a_library(logger: Any, method: str, event: EventDict) -> EventDict:
    """A record that is none of our events: its message where that tells of nobody."""
    record: logging.LogRecord = event["_record"]
    event.pop("stack_info", None)
    if record.name.partition(".")[0] in PLAIN_LIBRARIES:
        return event
    return {**event, "event": "library", "at": f"{record.module}:{record.lineno} {record.funcName}"}


def _in_order(logger: Any, method: str, event: EventDict) -> EventDict:
    """Every line begins alike, and says nothing where there is nothing to say."""
    record: logging.LogRecord = event["_record"]
    moment = datetime.fromtimestamp(record.created, UTC).replace(tzinfo=None)
    first = {
        "time": f"{moment.isoformat(timespec='milliseconds')}Z",
        "level": record.levelname.lower(),
        "event": str(event["event"]).strip(),
        "logger": record.name,
    }
    facts = first | {name: value for name, value in event.items() if name not in first}
    hidden = ("_record", "_from_structlog")
    return {name: fact for name, fact in facts.items() if fact is not None and name not in hidden}


def as_text(logger: Any, method: str, event: EventDict) -> str:
    """One line for eyes: when, how grave, what, then ``name=fact`` each."""
    begins = f"{event.pop('time')} {event.pop('level'):<7} {_shown(event.pop('event'))}"
    return " ".join([begins, *(f"{name}={_shown(fact)}" for name, fact in event.items())])


def _shown(fact: object) -> str:
    """A fact without line breaks or what a terminal would obey, in quotes where it has spaces."""
    if isinstance(fact, list | tuple):
        return _shown(" > ".join(map(str, fact)))
    if isinstance(fact, bool):
        return str(fact).lower()
    text = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in str(fact))
    if text and not any(each in text for each in ' "='):
        return text
    return '"' + text.replace('"', '\\"') + '"'
