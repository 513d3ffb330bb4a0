from __future__ import annotations

from bot.domain import EventKind, Fact, Profile, RankingQuery, Scored
from bot.explanations import Explainer
from bot.ranking.affinity import AffinityRanker
from bot.ranking.attributes import AttributeIndex
from tests.fakes import FILMS
from tests.memory_catalogue import MemoryCatalogue
from tests.test_profile import START

CATALOGUE = MemoryCatalogue(FILMS)
INDEX = AttributeIndex.of(CATALOGUE)
EXPLAINER = Explainer(CATALOGUE, INDEX, AffinityRanker(CATALOGUE, INDEX))


def query(**parts: object) -> RankingQuery:
    wants = parts.get("wants", ())
    facts = tuple(Fact(EventKind.WANTS, about, "said", START) for about in wants)  # type: ignore[attr-defined]
    return RankingQuery(profile=Profile("ana", facts), **parts)  # type: ignore[arg-type]


def test_the_largest_term_gives_the_first_reason() -> None:
    scored = Scored("insider", 0.1, {"alike": 2.0, "wanted": 1.0})
    reasons = EXPLAINER.reasons(scored, query(liked=("heat",), wants=("genres:Drama",)))
    assert reasons[0].startswith("Like Heat (1995): ")
    assert reasons[1] == "You asked for Drama."


def test_each_shared_value_is_named_once() -> None:
    (reason,) = EXPLAINER.reasons(Scored("insider", 0.1, {"alike": 2.0}), query(liked=("heat",)))
    assert reason == "Like Heat (1995): Al Pacino and Michael Mann."


def test_a_wish_that_the_item_does_not_meet_is_no_reason() -> None:
    scored = Scored("alien", 0.1, {"wanted": 1.0})
    assert EXPLAINER.reasons(scored, query(wants=("genres:Comedy",))) == ()


def test_a_term_that_speaks_against_the_item_is_no_reason() -> None:
    scored = Scored("insider", 0.1, {"alike": -2.0})
    assert EXPLAINER.reasons(scored, query(liked=("heat",))) == ()


def test_only_the_well_known_are_called_so() -> None:
    terms = {"popularity": 3.0}
    assert EXPLAINER.reasons(Scored("heat", 0.1, terms), query())
    (said,) = EXPLAINER.reasons(Scored("fargo", 0.1, terms), query())
    assert said == "It is better known than most of what else came into question."


def test_a_counterfactual_names_what_moves_the_item_most() -> None:
    said = EXPLAINER.counterfactual(query(liked=("heat",)), "collateral")
    assert said is not None
    assert said.startswith("Without your word on Heat (1995) it would be at place ")


def test_no_counterfactual_is_made_up() -> None:
    assert EXPLAINER.counterfactual(query(), "heat") is None
