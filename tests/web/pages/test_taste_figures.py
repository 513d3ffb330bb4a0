"""What the taste page counts and lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.core.values import EventKind, Fact, Profile
from bot.web.pages.taste_figures import (
    MOST_MOMENTS,
    decade_counts,
    enjoyed,
    fact_groups,
    history,
    shares_over_time,
    value_counts,
)
from tests.fakes import FakeService, finished
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS, "films")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def profile(*facts: tuple[EventKind, str, float | None]) -> Profile:
    return Profile(
        "ana",
        tuple(
            Fact(
                kind, about, f"said {about}", START + timedelta(days=day), value, event_id=f"e{day}"
            )
            for day, (kind, about, value) in enumerate(facts)
        ),
    )


MIXED = profile(
    (EventKind.LIKES, "heat", None),
    (EventKind.RATING, "fargo", 4.5),
    (EventKind.RATING, "alien", 1.0),
    (EventKind.SEEN, "zodiac", None),
    (EventKind.DISLIKES, "ronin", None),
    (EventKind.SEEN, "ronin", None),
    (EventKind.WANTS, "genres:Crime", None),
)


def test_facts_are_grouped_by_kind_with_source_date_and_a_way_back() -> None:
    groups = {group.name: group.facts for group in fact_groups(MIXED, CATALOGUE)}

    assert list(groups) == ["Likes", "Rated", "Wants", "Dislikes", "Seen"]
    [liked] = groups["Likes"]
    assert (liked["what"], liked["source"], liked["event"]) == ("Heat (1995)", "“said heat”", "e0")
    assert liked["when"] == "1 Mar 2026"
    assert [fact["detail"] for fact in groups["Rated"]] == ["1/5", "4.5/5"]
    assert groups["Wants"][0]["what"] == "Crime"


def test_limits_are_listed_in_words_with_what_they_came_from() -> None:
    said = "nothing before 1990, under two hours"
    known = Profile(
        "ana",
        limits=tuple(
            Fact(EventKind.CONSTRAINT, name, said, START, value, lasting=False, event_id=name)
            for name, value in (("year_min", 1990.0), ("runtime_max", 120.0), ("rated", "PG"))
        ),
    )

    [group] = fact_groups(known, CATALOGUE)

    assert group.name == "Limits"
    assert [fact["what"] for fact in group.facts] == [
        "Rated: PG",
        "Length in minutes: at most 120",
        "Year: at least 1990",
    ]
    assert {fact["detail"] for fact in group.facts} == {"tonight only"}
    assert [fact["event"] for fact in group.facts] == ["rated", "runtime_max", "year_min"]


def test_a_click_is_told_from_words() -> None:
    event = Fact(EventKind.LIKES, "heat", "click: like", START)

    [group] = fact_groups(Profile("ana", (event,)), CATALOGUE)

    assert group.facts[0]["source"] == "Your click: like"


def test_what_was_disliked_or_rated_low_is_not_enjoyed() -> None:
    assert [item.item_id for item in enjoyed(MIXED, CATALOGUE)] == ["heat", "fargo", "zodiac"]


def test_genres_are_counted_over_items_and_wishes() -> None:
    counts = dict(value_counts(MIXED, CATALOGUE, "genres"))

    assert counts == {"Crime": 4, "Drama": 2, "Comedy": 1}


def test_decades_are_in_order() -> None:
    assert decade_counts(MIXED, CATALOGUE) == [("1990s", 2), ("2000s", 1)]


def test_a_decade_between_others_is_shown_empty() -> None:
    apart = profile((EventKind.LIKES, "alien", None), (EventKind.LIKES, "heat", None))

    assert decade_counts(apart, CATALOGUE) == [("1970s", 1), ("1980s", 0), ("1990s", 1)]
    assert decade_counts(profile(), CATALOGUE) == []


def test_the_parts_of_a_taste_change_with_what_is_liked() -> None:
    liked = profile((EventKind.LIKES, "heat", None), (EventKind.LIKES, "groundhog", None))

    rows = shares_over_time(liked, CATALOGUE, "genres")

    first = {value: percent for moment, percent, value in rows if moment == START}
    assert first == {"Crime": 50.0, "Drama": 50.0, "Comedy": 0.0, "Romance": 0.0}
    last = {value: percent for moment, percent, value in rows if moment > START}
    assert set(last.values()) == {25.0}


def test_of_many_moments_the_last_is_kept() -> None:
    many = profile(*((EventKind.LIKES, item.item_id, None) for item in FILMS * 8))

    moments = {moment for moment, _, _ in shares_over_time(many, CATALOGUE, "genres")}

    assert len(moments) <= MOST_MOMENTS
    assert max(moments) == many.facts[-1].at


def test_history_lists_the_newest_turn_first_with_words_and_reasons() -> None:
    service = FakeService()
    first = finished(service.respond("ana", "crime"))
    finished(service.respond("ana", "comedy"))
    conversations = [
        (info, service.turns("ana", info.conversation)) for info in service.conversations("ana")
    ]

    asked = history(conversations)

    assert [entry["words"] for entry in asked] == ["comedy", "crime"]
    assert asked[-1]["conversation"] == first.conversation
    assert len(asked[-1]["shown"]) == 5
    assert asked[-1]["shown"][0]["reasons"][0].endswith("as you asked.")
