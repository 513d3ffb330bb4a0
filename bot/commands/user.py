"""`tastebot user`: list, export and delete people, set their passwords, invite new ones."""

from __future__ import annotations

import sys
from datetime import timedelta

import click

from bot.commands.terminal import json_option, one_line, opened_storage, print_json, print_table
from bot.core.errors import UsageError

EXAMPLES = "Example: tastebot user "
NOT_WIPED = (
    "the database holds it no more, but its write-ahead log still does, since a running program "
    "is reading (or the disk is full). It goes when that program next stores something or ends, or "
    "with the next command."
)


@click.group("user", epilog=f"{EXAMPLES}export ana > ana.json")
def command() -> None:
    """People: list, export and delete them, set passwords, invite."""


@command.command("list", epilog=f"{EXAMPLES}list")
@json_option
def list_(as_json: bool) -> None:
    """List all people, with when they first came and how many events are stored."""
    from storage.person.people import People

    with opened_storage() as (_, database):
        people = People(database).people()
    if as_json:
        print_json(
            {
                "users": [
                    {"user": name, "since": since.isoformat(), "events": events}
                    for name, since, events in people
                ]
            }
        )
    else:
        print_table(
            ("name", "since", "events"),
            [(name, f"{since:%Y-%m-%d %H:%M}", events) for name, since, events in people],
        )


@command.command("export", epilog=f"{EXAMPLES}export ana > ana.json")
@click.argument("name")
@json_option
def export(name: str, as_json: bool) -> None:
    """Print all that is stored of NAME as JSON (with or without --json)."""
    from storage.person.people import People

    with opened_storage() as (_, database):
        document = People(database).export_person(name)
    print_json(document)


@command.command("delete", epilog=f"{EXAMPLES}delete ana")
@click.argument("name")
@json_option
def delete(name: str, as_json: bool) -> None:
    """Delete NAME with all they said and did. This cannot be taken back."""
    from storage.person.people import People, person_name

    with opened_storage() as (_, database):
        wiped = People(database).delete_person(name)
    if as_json:
        print_json({"deleted": person_name(name), **({} if wiped else {"notice": NOT_WIPED})})
    else:
        click.echo("Deleted, with all that was stored.")
        if not wiped:
            click.echo(f"Notice: {NOT_WIPED}", err=True)


@command.command("password", epilog=f"{EXAMPLES}password ana")
@click.argument("name")
@json_option
def password(name: str, as_json: bool) -> None:
    """Set or reset NAME's password for a server with accounts (serve --auth).

    Makes the account if the name is new. Asks for the password without showing it; reads one line
    from stdin if that is not a terminal. Everybody signed in as NAME is signed out.
    """
    from storage.account.accounts import Accounts
    from storage.person.people import person_name

    with opened_storage() as (_, database):
        name = person_name(name)
        is_new = Accounts(database).set_password(name, _asked_password())
    if as_json:
        print_json({"user": name, "password": "set", "account": "made" if is_new else "known"})
    elif is_new:
        click.echo(f"Nobody had that name yet: an account for {one_line(name)} is made.")
    else:
        click.echo("The password is set.")


@command.command("invite", epilog=f"{EXAMPLES}invite --days 3")
@click.option(
    "--days",
    default=7,
    show_default=True,
    type=click.IntRange(1, 365),
    help="How long the invitation can be used.",
)
@json_option
def invite(days: int, as_json: bool) -> None:
    """Make an invitation: a code with which one account can be made.

    For a server whose sign-up is by invitation (serve --auth --sign-up invited). The code is shown
    once and kept as a hash alone.
    """
    from storage.account.accounts import Accounts

    with opened_storage() as (_, database):
        code, invitation = Accounts(database).invitations.make(timedelta(days=days))
    path = f"/signup?invitation={code}"
    if as_json:
        print_json({"invitation": code, "path": path, "ends": invitation.ends.isoformat()})
    else:
        click.echo(f"{code}\nGood for one account until {invitation.ends:%Y-%m-%d %H:%M} UTC, at")
        click.echo(f"{path} behind your server's address.")


@command.command("invitations", epilog=f"{EXAMPLES}invitations --withdraw")
@click.option("--withdraw", is_flag=True, help="End all of them.")
@json_option
def invitations(withdraw: bool, as_json: bool) -> None:
    """List the invitations that nobody has used yet."""
    from storage.account.accounts import Accounts

    with opened_storage() as (_, database):
        kept = Accounts(database).invitations
        if withdraw:
            kept.withdraw_all()
        found = kept.all_open()
    if as_json:
        print_json(
            {
                "invitations": [
                    {"made": each.made.isoformat(), "ends": each.ends.isoformat()} for each in found
                ]
            }
        )
    else:
        print_table(
            ("made", "ends"),
            [(f"{each.made:%Y-%m-%d %H:%M}", f"{each.ends:%Y-%m-%d %H:%M}") for each in found],
        )


def _asked_password() -> str:
    if sys.stdin.isatty():
        asked: str = click.prompt("New password", hide_input=True, confirmation_prompt=True)
        return asked
    line = sys.stdin.readline()
    if not line:
        raise UsageError(
            "a password was expected, as one line on standard input",
            found="nothing",
            remedy="Run it on a terminal, or send the password in",
        )
    return line.rstrip("\r\n")
