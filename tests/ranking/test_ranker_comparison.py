"""Which person gets which ranker."""

from __future__ import annotations

import pytest

from bot.core.errors import UsageError
from bot.core.protocols import Catalogue, Ranker
from bot.core.results import RankingQuery, Scored
from bot.core.values import Profile
from bot.ranking.affinity_ranker import AffinityRanker
from bot.ranking.ranker_comparison import RankerByPerson, compared_names, ranker_name
from tests.memory_catalogue import MemoryCatalogue
from tests.ranking.contracts import ExplainedRankerContract
from tests.small_films import FILMS


class Fixed:
    """A ranker that always ranks one item, named after itself."""

    def __init__(self, name: str) -> None:
        self.name = name

    def rank(self, query: RankingQuery, k: int) -> list[Scored]:
        return [Scored(self.name, 1.0)]


class Explaining(Fixed):
    def blame(self, query: RankingQuery, item_id: str) -> dict[str, dict[str, float]]:
        return {"term": {"heat": 1.0}}


BOTH = RankerByPerson([Fixed("tuned"), Explaining("affinity")])
PEOPLE = [f"person {number}" for number in range(1000)]


class Other(AffinityRanker):
    """The same under another name."""

    name = "other"


class TestRankerByPerson(ExplainedRankerContract):
    @pytest.fixture(scope="class")
    def catalogue(self) -> Catalogue:
        return MemoryCatalogue(FILMS)

    @pytest.fixture(scope="class")
    def ranker(self, catalogue: Catalogue) -> Ranker:
        return RankerByPerson([AffinityRanker(catalogue), Other(catalogue)])


def test_a_person_always_gets_the_same_ranker() -> None:
    again = RankerByPerson([Fixed("tuned"), Fixed("affinity")])
    assert [BOTH.of(person).name for person in PEOPLE] == [again.of(p).name for p in PEOPLE]


def test_people_are_dealt_evenly_and_anew_for_another_comparison() -> None:
    first = [BOTH.of(person).name == "tuned" for person in PEOPLE]
    other = RankerByPerson([Fixed("tuned"), Fixed("fusion-without-lm")])
    second = [other.of(person).name == "tuned" for person in PEOPLE]

    assert 450 < sum(first) < 550
    assert 400 < sum(a == b for a, b in zip(first, second, strict=True)) < 600


def test_a_query_goes_to_its_persons_ranker_and_so_does_the_question_why() -> None:
    explained = next(person for person in PEOPLE if BOTH.of(person).name == "affinity")
    unexplained = next(person for person in PEOPLE if BOTH.of(person).name == "tuned")
    for person in (explained, unexplained):
        [ranked] = BOTH.rank(RankingQuery(profile=Profile(person)), 1)
        assert ranked.item_id == ranker_name(BOTH, person)

    assert BOTH.blame(RankingQuery(profile=Profile(explained)), "heat") == {"term": {"heat": 1.0}}
    assert BOTH.blame(RankingQuery(profile=Profile(unexplained)), "heat") == {}


def test_one_ranker_is_everybodys() -> None:
    assert ranker_name(Fixed("tuned"), "ana") == "tuned"


def test_the_setting_names_rankers() -> None:
    assert compared_names(None) == ()
    assert compared_names("tuned, affinity,term:words") == ("tuned", "affinity", "term:words")


@pytest.mark.parametrize("setting", ["tuned", "tuned,tuned", "tuned,best", "tuned,", ","])
def test_a_setting_that_compares_nothing_is_refused(setting: str) -> None:
    with pytest.raises(UsageError, match="TASTEBOT_AB"):
        compared_names(setting)
