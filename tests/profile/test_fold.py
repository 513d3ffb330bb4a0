from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.values import Event, EventKind, Profile
from bot.profile.fold import fold_profile

START = datetime(2026, 1, 1, tzinfo=UTC)


def log(*said: tuple[EventKind, str] | tuple[EventKind, str, Mapping[str, Any]]) -> list[Event]:
    """Events a minute apart, numbered from 1, in conversation c1 unless said otherwise."""
    events = []
    for number, entry in enumerate(said, start=1):
        more: dict[str, Any] = {"conversation": "c1", **(entry[2] if len(entry) == 3 else {})}
        events.append(
            Event(
                entry[0],
                entry[1],
                f"sentence {number}",
                START + timedelta(minutes=number),
                event_id=str(number),
                **more,
            )
        )
    return events


def kinds(profile: Profile, about: str) -> set[EventKind]:
    return {fact.kind for fact in profile.facts if fact.about == about}


def test_the_later_of_two_contradicting_statements_stands() -> None:
    profile = fold_profile("ana", log((EventKind.LIKES, "heat"), (EventKind.DISLIKES, "heat")))
    assert kinds(profile, "heat") == {EventKind.DISLIKES}
    assert profile.facts[0].source == "sentence 2"


def test_seen_and_liked_are_kept_apart() -> None:
    profile = fold_profile("ana", log((EventKind.SEEN, "heat"), (EventKind.LIKES, "heat")))
    assert kinds(profile, "heat") == {EventKind.SEEN, EventKind.LIKES}


def test_an_undone_statement_gives_back_what_it_had_replaced() -> None:
    events = log((EventKind.LIKES, "heat"), (EventKind.DISLIKES, "heat"), (EventKind.UNDONE, "2"))
    assert kinds(fold_profile("ana", events), "heat") == {EventKind.LIKES}


def test_a_forgotten_subject_starts_afresh() -> None:
    events = log(
        (EventKind.LIKES, "heat"),
        (EventKind.SEEN, "heat"),
        (EventKind.FORGOTTEN, "heat"),
        (EventKind.SAVED, "heat"),
    )
    assert kinds(fold_profile("ana", events), "heat") == {EventKind.SAVED}


def test_tonights_wishes_end_with_their_conversation_and_lasting_ones_do_not() -> None:
    events = log(
        (EventKind.WANTS, "genres:Comedy", {"lasting": False}),
        (EventKind.AVOIDS, "genres:Horror", {"lasting": True}),
        (EventKind.CONSTRAINT, "year_min", {"value": 1990, "lasting": False}),
    )
    here = fold_profile("ana", events, conversation="c1")
    elsewhere = fold_profile("ana", events, conversation="c2")
    assert here.about(EventKind.WANTS) == ("genres:Comedy",)
    assert here.constraints == {"year_min": 1990}
    assert elsewhere.about(EventKind.WANTS) == ()
    assert elsewhere.about(EventKind.AVOIDS) == ("genres:Horror",)
    assert elsewhere.constraints == {}


def test_a_relaxed_constraint_is_gone() -> None:
    events = log(
        (EventKind.CONSTRAINT, "year_min", {"value": 1990}),
        (EventKind.CONSTRAINT, "year_min", {"value": None}),
    )
    assert fold_profile("ana", events, conversation="c1").constraints == {}


def test_a_later_limit_takes_the_place_of_one_that_leaves_nothing_beside_it() -> None:
    eighties = (
        (EventKind.CONSTRAINT, "year_min", {"value": 1980}),
        (EventKind.CONSTRAINT, "year_max", {"value": 1989}),
    )
    older = (EventKind.CONSTRAINT, "year_max", {"value": 1969})
    newer = (EventKind.CONSTRAINT, "year_min", {"value": 2001})
    inside = (EventKind.CONSTRAINT, "year_min", {"value": 1985})
    fold = fold_profile
    assert fold("ana", log(*eighties, older)).constraints == {"year_max": 1969}
    assert fold("ana", log(*eighties, newer)).constraints == {"year_min": 2001}
    assert fold("ana", log(*eighties, inside)).constraints == {"year_min": 1985, "year_max": 1989}
    taken_back = (EventKind.UNDONE, "3")
    assert fold("ana", log(*eighties, older, taken_back)).constraints == {
        "year_min": 1980,
        "year_max": 1989,
    }


def test_not_now_ends_after_a_night() -> None:
    events = log((EventKind.NOT_NOW, "heat"))
    soon, later = START + timedelta(hours=2), START + timedelta(days=1)
    assert fold_profile("ana", events, conversation="c2", now=soon).never_show == {"heat"}
    assert fold_profile("ana", events, conversation="c2", now=later).never_show == frozenset()


def test_only_what_this_conversation_showed_counts_as_shown() -> None:
    events = log(
        (EventKind.SHOWN, "heat"),
        (EventKind.SHOWN, "ronin", {"conversation": "c2"}),
    )
    assert fold_profile("ana", events, conversation="c1").shown == ("heat",)


def test_a_high_rating_is_a_like_and_a_low_one_a_dislike() -> None:
    events = log(
        (EventKind.RATING, "heat", {"value": 4.5}),
        (EventKind.RATING, "ronin", {"value": 1.0}),
        (EventKind.RATING, "fargo", {"value": 3.0}),
    )
    profile = fold_profile("ana", events)
    assert profile.liked == ("heat",)
    assert profile.disliked == ("ronin",)
    assert profile.never_show == {"heat", "ronin", "fargo"}


def test_what_is_named_in_answer_to_an_open_question_is_noted_as_such() -> None:
    asked = (EventKind.ASKED, "open")
    named = log(asked, (EventKind.LIKES, "heat"), (EventKind.LIKES, "genres:Crime"))
    assert fold_profile("ana", named, conversation="c1").named == ("heat",)
    elsewhere = fold_profile("ana", named, conversation="c2")
    assert elsewhere.named == ()
    unasked = log((EventKind.ASKED, "decade"), (EventKind.LIKES, "heat"))
    assert fold_profile("ana", unasked, conversation="c1").named == ()


def test_the_answer_to_an_open_question_ends_with_the_next_suggestions() -> None:
    events = log(
        (EventKind.SHOWN, "alien"),
        (EventKind.ASKED, "open"),
        (EventKind.LIKES, "heat"),
        (EventKind.SHOWN, "ronin"),
        (EventKind.LIKES, "collateral"),
    )
    assert fold_profile("ana", events, conversation="c1").named == ("heat",)
