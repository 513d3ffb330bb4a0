"""The command `tastebot`: finding a command by name, and turning errors into one line.

Commands live in `bot/commands/<name>.py`, each with a click command called `command`, and are
imported when they are used, so that ``tastebot --help`` answers at once. What they print and do
is theirs.
"""

from __future__ import annotations

import errno
import importlib
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

import click

from bot import __version__
from bot.core import standard_streams as streams
from bot.core.errors import TastebotError, UsageError
from bot.core.wellformed import well_formed

COMMANDS: dict[str, str] = {
    "serve": "Serve the web chat.",
    "chat": "Talk in the terminal, one message a line.",
    "recommend": "One ranking from stored history and a text.",
    "feedback": "Record a like, a dislike or a rating outside a chat.",
    "profile": "What is known of a person, and where from.",
    "user": "List, export or delete people, set passwords.",
    "catalogue": "Import, list, show, search or delete item catalogues.",
    "train": "Fit the LoRA adapter and the ranking weights.",
    "evaluate": "Ranking metrics on a query file.",
    "simulate": "Sessions with simulated people.",
    "bench": "Speed and memory on this machine.",
    "setup": "Fetch the base model and load the film catalogue.",
    "backup": "Copy the whole database to a file, while servers run.",
    "restore": "Replace the database by a backup.",
}
"""Every command with its line in ``--help``, in the order shown."""

INTERRUPTED = 130
UNEXPECTED = 1
UNWRITTEN = 2
ENOUGH_READ = 0
"""Whoever reads the output went away, as ``| head`` does: they have what they wanted, so a script
with ``pipefail`` goes on. What they missed of it they know themselves."""
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a disk says that cannot take more: no fault of this program's."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is used."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [name for name in COMMANDS if find_spec(f"bot.commands.{name}") is not None]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(context):
            return None
        found = importlib.import_module(f"bot.commands.{name}").command
        assert isinstance(found, click.Command)
        _take_any_text(found, of_people="name" if name in ("user", "profile") else "user")
        return found

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        # click's own would import every command for its first line.
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(context)])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 90},
    epilog='Example: tastebot recommend --user ana --text "a tense crime film"',
)
@click.version_option(__version__, prog_name="tastebot")
@click.option("--debug", is_flag=True, help="Show a traceback when something goes wrong.")
@click.option("--verbose", is_flag=True, help="Log more of what is done; never what people say.")
@click.pass_context
def cli(context: click.Context, debug: bool, verbose: bool) -> None:
    """A recommender you talk to.

    Settings are read from environment variables TASTEBOT_…; docs/configuration.md lists them.
    """
    _report_unknown_variables()
    _begin_log(verbose, serving=context.invoked_subcommand == "serve")


class _AnyText(click.types.StringParamType):
    """Text of the command line, where bytes that are no text come as lone surrogates."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        return well_formed(str(super().convert(value, param, ctx)))


_ANY_TEXT = _AnyText()


def _take_any_text(command: click.Command, of_people: str) -> None:
    """Let every text that a command takes be one that can be stored.

    Paths stay what they are, and so does the parameter that names a person: an odd name is
    refused, for two must not become one.
    """
    for parameter in command.params:
        if parameter.type is click.STRING and parameter.name != of_people:
            parameter.type = _ANY_TEXT
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _take_any_text(each, of_people)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit code."""
    streams.open_closed_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    # Allowed anywhere, since one adds them at the end of the line that just failed.
    rest = [argument for argument in given if argument not in ("--debug", "--verbose")]
    sys.exit(run(["--verbose"] * ("--verbose" in given) + rest, debug=debug))


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run a command; the exit code. An error becomes one line on stderr."""
    _forgive_encodings()
    try:
        code = _done(arguments, debug)
        sys.stdout.flush()
    except BrokenPipeError:
        streams.let_go(sys.stdout)
        return ENOUGH_READ
    except OSError as error:
        return _unwritten(error, debug)
    return code


def _done(arguments: list[str], debug: bool) -> int:
    """The exit code of a command. Raises OSError where its output cannot be written."""
    given = sys.stdout, sys.stderr
    try:
        result = cli.main(args=arguments, prog_name="tastebot", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except (TastebotError, click.ClickException) as error:
        _show_traceback(debug)
        _say(_sentence(error))
        return error.exit_code if isinstance(error, TastebotError) else UsageError.exit_code
    except SystemExit:
        # click's own way out when a reader went away: streams of its own, and a code of its own.
        if sys.stdout is given[0]:
            raise
        sys.stdout, sys.stderr = given
        raise BrokenPipeError from None
    except Exception as error:
        if isinstance(error, OSError) and _is_about_output(error):
            raise
        _show_traceback(debug)
        _say(
            f"Something went wrong that should not: {type(error).__name__}: {error}. "
            "Run it again with --debug to see where."
        )
        return UNEXPECTED
    return result if isinstance(result, int) else 0


def _is_about_output(error: OSError) -> bool:
    return (
        isinstance(error, BrokenPipeError)
        or error.errno in NO_ROOM
        or not streams.is_writable(sys.stdout)
    )


def _unwritten(error: OSError, debug: bool) -> int:
    _show_traceback(debug)
    if not streams.is_writable(sys.stdout):
        streams.let_go(sys.stdout)
    where = f" ({error.filename})" if error.filename else ""
    _say(
        f"expected to write all of the output; found {error.strerror or error}{where}. "
        "Make room there, or send it elsewhere."
    )
    return UNWRITTEN


def _sentence(error: Exception) -> str:
    if not isinstance(error, click.ClickException):
        return str(error)
    message = error.format_message().rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context is not None else "tastebot"
    return f"{message}. See `{path} --help`."


def _forgive_encodings() -> None:
    """Let no byte that is no text end a command, and no character that a terminal cannot show."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _report_unknown_variables() -> None:
    from bot.core.settings import unknown_variables

    for name in unknown_variables():
        _say(f"Notice: nothing reads the variable {name}; docs/configuration.md lists them all.")


def _begin_log(verbose: bool, *, serving: bool) -> None:
    """A server tells what it does; of other commands only what is wrong, unless more is asked."""
    import logging

    from bot.core.logs import configure
    from bot.core.settings import log_shape

    usual = logging.INFO if serving else logging.WARNING
    configure(log_shape(), logging.DEBUG if verbose else usual)


def _show_traceback(debug: bool) -> None:
    if debug:
        with _unless_nobody_reads():
            traceback.print_exc()


def _say(line: str) -> None:
    with _unless_nobody_reads():
        click.echo(" ".join(line.split()), err=True)


@contextmanager
def _unless_nobody_reads() -> Iterator[None]:
    """Write to stderr; where that cannot be written either, the exit code alone has to tell."""
    try:
        yield
    except OSError:
        streams.let_go(sys.stderr)
