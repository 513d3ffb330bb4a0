from __future__ import annotations

from typing import Any

from bot.core.results import RankingQuery, Scored
from bot.core.values import EventKind, Fact, Message, Profile
from bot.ranking.affinity_ranker import AffinityRanker
from bot.ranking.items.attribute_vectors import AttributeVectors
from bot.replies.explanations import Explainer
from tests.memory_catalogue import MemoryCatalogue
from tests.profile.test_fold import START
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS)
INDEX = AttributeVectors.of(CATALOGUE)
EXPLAINER = Explainer(CATALOGUE, INDEX, AffinityRanker(CATALOGUE, INDEX))


def query(**parts: Any) -> RankingQuery:
    wants = parts.get("wants", ())
    facts = tuple(Fact(EventKind.WANTS, about, "said", START) for about in wants)
    return RankingQuery(profile=Profile("ana", facts), **parts)


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
    assert said == "It is better known than most of the others."


def test_a_counterfactual_names_what_moves_the_item_most() -> None:
    said = EXPLAINER.counterfactual(query(liked=("heat",)), "collateral")
    assert said is not None
    assert said.startswith("Without what you said about Heat (1995) it would be in place ")


def test_no_counterfactual_is_made_up() -> None:
    assert EXPLAINER.counterfactual(query(), "heat") is None


def test_a_counterfactual_holds_when_the_ranking_is_computed_without_it() -> None:
    told = query(liked=("heat", "ronin"), exclude=frozenset({"heat", "ronin"}))
    said = EXPLAINER.counterfactual(told, "collateral")
    assert said is not None
    for other, rest in (("Heat (1995)", "ronin"), ("Ronin (1998)", "heat")):
        if other in said:
            without = query(liked=(rest,), exclude=frozenset({"heat", "ronin"}))
            ranked = [each.item_id for each in AffinityRanker(CATALOGUE, INDEX).rank(without, 99)]
            assert said.endswith(f"in place {ranked.index('collateral') + 1}.")


def test_what_was_never_said_is_gone_from_words_clicks_and_turns() -> None:
    fact = Fact(EventKind.LIKES, "heat", "I loved Heat", START)
    told = RankingQuery(
        turns=(Message("user", "I loved Heat and crime", ("heat",)),),
        profile=Profile("ana", (fact,)),
        liked=("heat",),
    )
    rest = EXPLAINER.without(told, "heat")
    assert rest.liked == ()
    assert rest.profile.facts == ()
    assert rest.turns[0].items == ()
    assert "Heat" not in rest.turns[0].text
    assert "crime" in rest.turns[0].text


def test_where_nothing_stands_out_that_the_term_does_is_said() -> None:
    found = {
        term: EXPLAINER.reasons(Scored("alien", 0.1, {term: 2.0}), query())
        for term in ("co_mention", "attributes", "alike", "time", "reactions")
    }
    assert all(len(reasons) == 1 for reasons in found.values())
    assert len(set(found.values())) == len(found)


def test_a_reason_from_the_disliked_names_it() -> None:
    scored = Scored("groundhog", 0.1, {"unalike": 1.0})
    (said,) = EXPLAINER.reasons(scored, query(disliked=("alien",)))
    assert said == "It is less like Alien (1979), which you did not like, than most others."
