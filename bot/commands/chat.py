"""`tastebot chat`: the conversation in the terminal, one message a line."""

from __future__ import annotations

import sys

import click

from bot.commands.terminal import json_option, one_line, print_json, progress_bar
from bot.conversation.api import ChatService, TurnDone, TurnRanked, TurnSentence
from bot.conversation.documents import turn_document
from bot.core.settings import load_settings

LONGEST_LINE = 100_000
"""Characters of a line that are kept; how many of a message are read is the turn's affair."""


@click.command("chat", epilog='Example: echo "something like Heat" | tastebot chat --user ana')
@click.option("--user", required=True, help="Who is talking; made when new.")
@click.option("--conversation", help="Go on with this conversation instead of a new one.")
@click.option("--catalogue", help="The catalogue to talk about.")
@json_option
def command(user: str, conversation: str | None, catalogue: str | None, as_json: bool) -> None:
    """Talk with Tastebot: each line of standard input is a message, the end of input ends it.

    With --json each turn is one line of JSON.
    """
    from bot.conversation.factory import assembled
    from storage.person.people import person_name

    settings = load_settings(catalogue=catalogue)
    user = person_name(user)
    with progress_bar() as step, assembled(settings, progress=step) as parts:
        for notice in parts.notices:
            click.echo(notice, err=True)
        if conversation:
            parts.service.turns(user, conversation)  # refuses one that is not theirs
        asking = sys.stdin.isatty() and not as_json
        while line := _read(asking):
            message = line.strip("\r\n")
            if as_json:
                conversation = _turn_as_json(parts.service, user, message, conversation)
            else:
                conversation = _turn(parts.service, user, message, conversation)


def _read(asking: bool) -> str:
    """The next line with its end; an empty string at the end of input."""
    if asking:
        try:
            return input("> ") + "\n"
        except EOFError:
            click.echo()
            return ""
    line = sys.stdin.readline(LONGEST_LINE)
    rest = line
    while len(rest) == LONGEST_LINE and not rest.endswith("\n"):
        rest = sys.stdin.readline(LONGEST_LINE)  # of a line without end only the beginning counts
    return line


def _turn_as_json(
    service: ChatService, user: str, message: str, conversation: str | None
) -> str | None:
    for step in service.respond(user, message, conversation):
        if isinstance(step, TurnDone):
            print_json(turn_document(step.result), indent=None)
            conversation = step.result.conversation
    return conversation


def _turn(service: ChatService, user: str, message: str, conversation: str | None) -> str | None:
    for step in service.respond(user, message, conversation):
        if isinstance(step, TurnRanked):
            for number, suggestion in enumerate(step.suggestions, start=1):
                why = " ".join(suggestion.reasons)
                click.echo(one_line(f"  {number}. {suggestion.item.label}  {why}"))
        elif isinstance(step, TurnSentence):
            click.echo(f"{one_line(step.text)} ", nl=False)
        elif isinstance(step, TurnDone):
            click.echo("\n")
            conversation = step.result.conversation
    return conversation
