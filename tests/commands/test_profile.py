from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.values import EventKind
from storage.person.people import People
from storage.sql.database import open_database
from tests.commands.conftest import Tastebot
from tests.storage.contracts import LONG_AGO, said


@pytest.fixture
def people(
    home: Path, tmp_path: Path, tastebot: Tastebot, monkeypatch: pytest.MonkeyPatch
) -> People:
    monkeypatch.setenv("TASTEBOT_CATALOGUE", "things")
    path = tmp_path / "things.csv"
    path.write_text("id,title,year,kinds\na,Alpha,1990,Steel\nb,Beta,,Clay\n")
    tastebot("catalogue", "import", "things", path)
    people = People(open_database(None, home))
    people.append(
        "ana",
        [
            said("a"),
            said("b", EventKind.RATING, value=4.5),
            said("kinds:Clay", EventKind.DISLIKES),
            said("gone", EventKind.SEEN),
        ],
    )
    return people


def test_each_fact_has_its_source_and_date(tastebot: Tastebot, people: People) -> None:
    document = tastebot("profile", "ana", "--json").document
    assert document["user"] == "ana"
    facts = [(fact["kind"], fact["about"], fact["title"]) for fact in document["facts"]]
    assert facts == [
        ("likes", "a", "Alpha (1990)"),
        ("rating", "b", "Beta"),
        ("dislikes", "kinds:Clay", "Clay"),
        ("seen", "gone", "gone"),
    ]
    assert document["facts"][0]["source"] == "I said a"
    assert document["facts"][0]["at"] == LONG_AGO.isoformat()
    assert document["facts"][1]["value"] == 4.5


def test_the_same_is_shown_to_people(tastebot: Tastebot, people: People) -> None:
    out = tastebot("profile", "ana").out
    for word in ("4 facts", "Alpha (1990)", "I said a", "2026-01-01", "rating 4.5"):
        assert word in out


def test_a_profile_needs_no_catalogue(
    tastebot: Tastebot, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    tastebot("catalogue", "delete", "things")
    document = tastebot("profile", "ana", "--json").document
    assert [fact["about"] for fact in document["facts"]][:2] == ["a", "b"]
    assert tastebot("profile", "ana").code == 0


def test_somebody_unknown_exits_2(tastebot: Tastebot, people: People) -> None:
    outcome = tastebot("profile", "zoe", "--json")
    assert (outcome.code, outcome.out) == (2, "")
    assert "'zoe'" in outcome.err


def test_somebody_who_said_nothing_has_no_facts(tastebot: Tastebot, people: People) -> None:
    people.ensure_person("bo")
    assert tastebot("profile", "bo", "--json").document == {"user": "bo", "facts": []}
