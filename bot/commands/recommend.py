"""`tastebot recommend`: one ranking from stored history and a text."""

from __future__ import annotations

import click

from bot.commands.terminal import json_option, print_json, print_table, progress_bar
from bot.conversation.documents import recommend_document
from bot.core.settings import load_settings


@click.command(
    "recommend", epilog='Example: tastebot recommend --user ana --text "a tense crime film"'
)
@click.option("--user", required=True, help="Whose history to use; made when new.")
@click.option("--text", default="", help="What they feel like, in their words.")
@click.option("-k", "count", default=10, show_default=True, help="How many to recommend.")
@click.option("--catalogue", help="The catalogue to recommend from.")
@json_option
def command(user: str, text: str, count: int, catalogue: str | None, as_json: bool) -> None:
    """Rank the catalogue for a person; nothing but their name is stored."""
    from bot.conversation.factory import assembled
    from bot.core.errors import UsageError
    from storage.person.people import person_name

    if count < 1:
        raise UsageError("-k was expected to be at least 1", found=str(count), remedy="Give -k 10")
    settings = load_settings(catalogue=catalogue)
    user = person_name(user)
    with progress_bar() as step, assembled(settings, progress=step) as parts:
        for notice in parts.notices:
            click.echo(notice, err=True)
        result = parts.service.recommend(user, text, count)
    for notice in result.notices:
        click.echo(notice, err=True)
    if as_json:
        print_json(recommend_document(result))
        return
    print_table(
        ("place", "title", "id", "why"),
        [
            (place, suggestion.item.label, suggestion.item.item_id, " ".join(suggestion.reasons))
            for place, suggestion in enumerate(result.suggestions, start=1)
        ],
    )
