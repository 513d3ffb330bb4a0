"""The wire format of turns, rankings and profiles."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from bot.conversation.documents import profile_document, recommend_document, turn_document
from bot.core.results import Suggestion, Timings, TurnResult
from bot.core.values import EventKind, Fact, Item, Profile, Understanding

HEAT = Item("heat", "Heat", 1995)
TURN = TurnResult(
    conversation="c1",
    act="recommend",
    reply="Try Heat.",
    suggestions=(Suggestion(HEAT, 0.12, ("because you like crime",), {"popularity": 0.5}),),
    understood=Understanding(
        likes=("genres:Crime",), mentions=("ronin",), constraints={"year_min": 1990.0}
    ),
    timings=Timings(ranked_ms=12.34567, total_ms=80.0),
    chips=("older",),
)


def test_a_turn_document_has_the_keys_of_the_contract() -> None:
    document = json.loads(json.dumps(turn_document(TURN)))

    assert (document["conversation"], document["act"]) == ("c1", "recommend")
    assert document["reply"] == "Try Heat."
    [recommended] = document["recommendations"]
    assert {key: recommended[key] for key in ("item_id", "title", "year", "score", "reasons")} == {
        "item_id": "heat",
        "title": "Heat",
        "year": 1995,
        "score": 0.12,
        "reasons": ["because you like crime"],
    }
    understood = document["understood"]
    assert understood["likes"] == ["genres:Crime"]
    assert (understood["dislikes"], understood["seen"]) == ([], [])
    assert understood["mentions"] == ["ronin"]


def test_a_year_in_the_constraints_is_a_whole_number() -> None:
    assert repr(turn_document(TURN)["understood"]["constraints"]) == "{'year_min': 1990}"


def test_a_timing_that_did_not_happen_is_null() -> None:
    assert turn_document(TURN)["timings"] == {
        "ranked_ms": 12.3,
        "first_token_ms": None,
        "total_ms": 80.0,
    }


def test_a_ranking_document_names_no_conversation() -> None:
    document = recommend_document(TURN)

    assert "conversation" not in document
    assert [entry["item_id"] for entry in document["recommendations"]] == ["heat"]
    assert document["timings"]["ranked_ms"] == 12.3


def test_a_profile_document_gives_each_fact_its_source_and_an_iso_date() -> None:
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    profile = Profile(user="ana", facts=(Fact(EventKind.RATING, "heat", "rated 4", at, value=4.0),))

    document = json.loads(json.dumps(profile_document(profile)))

    assert document["user"] == "ana"
    [fact] = document["facts"]
    assert (fact["kind"], fact["about"], fact["source"]) == ("rating", "heat", "rated 4")
    assert datetime.fromisoformat(fact["at"]) == at
    assert fact["value"] == 4.0
