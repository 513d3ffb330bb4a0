"""Names of new people: what may stand in them, and which look alike."""

from __future__ import annotations

import pytest

from bot.core.errors import UsageError
from storage.person.names import folded, refuse_unseen
from storage.person.people import People
from storage.sql.database import Database
from storage.sql.models import PersonRow


@pytest.mark.parametrize(
    "name",
    [
        "ana",
        "Zo\u00eb",
        "Nguy\u1ec5n V\u0103n",
        "\u0928\u0940\u0932",
        "a:b",
        "\u2764\ufe0f",
        "\U0001f984",
        "O'Neil",
    ],
)
def test_names_of_any_language_may_be_new(people: People, name: str) -> None:
    people.ensure_person(name)
    assert people.has_person(name)


@pytest.mark.parametrize(
    "name",
    [
        "an\u200ba",
        "\u200b",
        "ana\u00ad",
        "\ufeffana",
        "\u3164",
        "a\ufe0f",
        "\ufe0f",
        "\u0301a",
        "a\u034fb",
    ],
)
def test_what_is_not_seen_is_in_no_new_name(people: People, name: str) -> None:
    for make in (
        people.ensure_person,
        lambda name: people.open_turn(name, "c"),
        lambda name: people.start_conversation(name, "films"),
    ):
        with pytest.raises(UsageError, match="visible characters"):
            make(name)
    assert people.people() == []


def test_somebody_who_has_such_a_name_is_found_by_it(database: Database, people: People) -> None:
    name = "an\u200ba"
    people.ensure_person("ana")
    with database.writing() as session:
        session.add(PersonRow(name=name, created=people.ensure_person("ana")))

    conversation = people.start_conversation(name, "films")

    assert [each.conversation for each in people.conversations(name)] == [conversation]
    assert people.conversations("ana") == []
    people.open_turn(name, conversation)
    people.delete_person(name)
    assert not people.has_person(name)


def test_names_that_look_alike_fold_to_one() -> None:
    alike = ("Ana Li", "ANA LI", "\uff21na li", "an\u200ba  l\u00adi", "ana\u00a0li")
    assert {folded(name) for name in alike} == {"ana li"}
    assert folded("anna") != folded("ana")
    refuse_unseen("ana")
