"""What use amounts to: counted by hand on a few turns, and tested on made-up months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.values import EventKind
from bot.evaluation.usage import FEWEST_PEOPLE, arms, by_day, contrasts, offered, overall
from storage.sql.usage import Reaction, Shown, TurnUse, Use
from tests.evaluation.busy_month import busy_month
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS, name="films")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
IDS = [film.item_id for film in FILMS]


def turn(at: datetime, person: int, conversation: str, ranked: float | None = 100.0) -> TurnUse:
    return TurnUse(at, person, conversation, ranked, 1000.0)


def shown(at: datetime, person: int, item: str, ranker: str | None = None) -> Shown:
    return Shown(at, person, item, "films", ranker)


def liked(at: datetime, person: int, item: str, value: float | None = None) -> Reaction:
    kind = EventKind.LIKES if value is None else EventKind.RATING
    return Reaction(at, person, item, kind, value)


def test_each_day_counts_its_people_conversations_and_turns_and_quiet_days_are_there() -> None:
    use = Use(
        people=2,
        turns=(
            turn(NOON, 1, "a", 100),
            turn(NOON, 1, "a", 300),
            turn(NOON, 2, "b", None),
            turn(NOON + 2 * DAY, 1, "a", 50),
        ),
    )
    days = by_day(use, CATALOGUE, UTC)

    assert list(days) == [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)]
    first, quiet, _ = days.values()
    assert (first.people, first.conversations, first.turns) == (2, 2, 3)
    assert first.ranked_p50 == pytest.approx(200)
    assert first.ranked_p95 == pytest.approx(290)
    assert (quiet.turns, quiet.ranked_p50, quiet.acceptance, quiet.popularity) == (
        0,
        None,
        None,
        None,
    )
    whole = overall(use, CATALOGUE)
    assert (whole.people, whole.conversations, whole.turns) == (2, 2, 4)


def test_a_day_is_the_day_of_the_zone() -> None:
    from zoneinfo import ZoneInfo

    use = Use(1, (turn(datetime(2026, 3, 1, 23, 30, tzinfo=UTC), 1, "a"),))

    assert list(by_day(use, CATALOGUE, ZoneInfo("Europe/Berlin"))) == [date(2026, 3, 2)]


def test_nothing_is_no_days_and_no_shares() -> None:
    assert by_day(Use(), CATALOGUE, UTC) == {}
    assert overall(Use(), CATALOGUE).acceptance is None
    assert arms(offered(Use())) == []
    assert contrasts(offered(Use())) == []


def test_a_suggestion_is_taken_up_by_who_saw_it_after_they_saw_it() -> None:
    later = NOON + timedelta(minutes=1)
    use = Use(
        shown=(
            *(shown(NOON, 1, item) for item in ("heat", "ronin", "seven", "fargo", "zodiac")),
            shown(NOON, 2, "heat"),
            shown(NOON + DAY, 1, "heat"),
        ),
        reactions=(
            liked(NOON - DAY, 1, "ronin"),  # before it was shown
            liked(later, 1, "heat"),
            liked(later, 1, "seven", value=4.0),
            liked(later, 1, "fargo", value=2.0),
            liked(later, 3, "zodiac"),  # somebody else
        ),
    )
    taken = {(o.shown.person, o.shown.item) for o in offered(use) if o.accepted}

    assert taken == {(1, "heat"), (1, "seven")}
    assert len(offered(use)) == 6, "what is shown again counts once"
    assert overall(use, CATALOGUE).acceptance == pytest.approx(2 / 6)
    assert by_day(use, CATALOGUE, UTC)[date(2026, 3, 2)].shown == 0


def test_coverage_grows_and_popularity_is_of_the_day() -> None:
    by_popularity = sorted(FILMS, key=lambda film: film.popularity or 0)
    least, most = by_popularity[0].item_id, by_popularity[-1].item_id
    use = Use(
        shown=(shown(NOON, 1, least), shown(NOON + DAY, 1, most), shown(NOON + DAY, 1, "gone"))
    )
    first, second = by_day(use, CATALOGUE, UTC).values()

    assert first.coverage == pytest.approx(1 / len(FILMS))
    assert second.coverage == pytest.approx(2 / len(FILMS))
    assert first.popularity is not None
    assert second.popularity is not None
    assert first.popularity < 0.1 < 0.9 < second.popularity


def test_a_ranker_that_suits_people_better_is_told_from_one_that_does_not() -> None:
    offers = offered(busy_month(IDS, seed=1))
    found = {arm.ranker: arm for arm in arms(offers)}
    [contrast] = contrasts(offers)

    assert (found["tuned"].people, found["affinity"].people) == (15, 15)
    assert (contrast.ranker, contrast.against) == ("tuned", "affinity")
    assert contrast.low is not None
    assert contrast.high is not None
    assert contrast.p is not None
    assert 0 < contrast.low < contrast.difference < contrast.high
    assert contrast.p < 0.001
    assert found["tuned"].acceptance - found["affinity"].acceptance == pytest.approx(
        contrast.difference
    )


def test_one_person_with_many_suggestions_is_still_one_person() -> None:
    many = [shown(NOON, 0, f"item {number}", "tuned") for number in range(500)]
    some = [shown(NOON, person, "heat", "affinity") for person in range(1, 20)]
    use = Use(shown=(*many, *some), reactions=tuple(liked(NOON, 0, each.item) for each in many))
    [contrast] = contrasts(offered(use))

    assert contrast.difference == 1.0
    assert contrast.p is None


def test_with_few_people_or_no_difference_nothing_is_concluded() -> None:
    few = [
        shown(NOON, person, "heat", "tuned" if person % 2 else "affinity")
        for person in range(2 * FEWEST_PEOPLE - 2)
    ]
    alike = [
        shown(NOON, person, "heat", "tuned" if person % 2 else "affinity") for person in range(40)
    ]
    for case in (few, alike):
        [contrast] = contrasts(offered(Use(shown=tuple(case))))
        assert (contrast.low, contrast.high, contrast.p) == (None, None, None)


def test_what_was_shown_before_rankers_were_recorded_is_in_no_arm() -> None:
    assert arms(offered(Use(shown=(shown(NOON, 1, "heat"),)))) == []
