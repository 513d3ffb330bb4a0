from __future__ import annotations

from bot.core.results import RankingQuery
from bot.core.values import Item
from bot.ranking.filters import allowed_mask, narrowest, unknown_share
from bot.understanding.lexicon import audience
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

FILMS_ONLY = MemoryCatalogue(FILMS)


def allowed(query: RankingQuery, catalogue: MemoryCatalogue = FILMS_ONLY) -> set[str]:
    mask = allowed_mask(catalogue, query)
    return {item.item_id for item, kept in zip(catalogue.items, mask, strict=True) if kept}


def test_bounds_include_their_ends() -> None:
    kept = allowed(RankingQuery(constraints={"year_min": 1995, "year_max": 1998}))
    assert kept == {"heat", "seven", "fargo", "ronin", "lebowski"}


def test_an_unknown_value_fails_a_constraint_on_it() -> None:
    catalogue = MemoryCatalogue([Item("a", "A", 1990), Item("b", "B")])
    query = RankingQuery(constraints={"year_min": 1900})
    assert allowed(query, catalogue) == {"a"}
    assert unknown_share(catalogue, query.constraints) == {"year_min": 0.5}


def test_a_limit_on_a_column_that_no_item_has_filters_nothing() -> None:
    everything = {item.item_id for item in FILMS}
    assert allowed(RankingQuery(constraints={"pages_max": 300})) == everything


def test_namesakes_of_what_is_disliked_are_left_out() -> None:
    catalogue = MemoryCatalogue(
        [Item("a", "Titanic", 1997), Item("b", "titanic", 2012), Item("c", "C")]
    )
    assert allowed(RankingQuery(disliked=("b",)), catalogue) == {"c"}


def test_what_is_refused_is_left_out_unless_wished_for_since() -> None:
    assert "alien" not in allowed(RankingQuery(avoids=("genres:Horror",)))
    both = RankingQuery(avoids=("genres:Horror",), wants=("genres:Horror",))
    assert "alien" in allowed(both)


def test_excluded_and_unknown_ids_do_no_harm() -> None:
    kept = allowed(RankingQuery(exclude=frozenset({"heat", "no such id"})))
    assert kept == {item.item_id for item in FILMS} - {"heat"}


def test_the_constraint_that_costs_most_is_named() -> None:
    query = RankingQuery(constraints={"year_min": 2030, "runtime_max": 200})
    assert narrowest(FILMS_ONLY, query) == "year_min"


def test_nothing_is_named_when_nothing_helps() -> None:
    everything = frozenset(item.item_id for item in FILMS)
    assert narrowest(FILMS_ONLY, RankingQuery(exclude=everything)) is None


def test_where_children_watch_too_only_what_is_for_them_is_left() -> None:
    catalogue = MemoryCatalogue(
        [
            Item("up", "Up", attributes={"genres": ("Family",), "certificate": ("PG",)}),
            Item("coraline", "Coraline", attributes={"genres": ("Family", "Horror")}),
            Item("bambi", "Bambi", attributes={"certificate": ("G",)}),
            Item("persepolis", "Persepolis", attributes={"genres": ("Animation",)}),
            Item("park", "Park", attributes={"genres": ("Animation",), "certificate": ("R",)}),
            Item("big", "Big", attributes={"genres": ("Comedy",), "certificate": ("PG",)}),
        ]
    )

    def kept(*wants: str) -> set[str]:
        unfit, fit = audience(wants)
        return allowed(RankingQuery(unfit=unfit, fit=fit), catalogue)

    assert kept("genres:Family") == {"up", "bambi", "persepolis"}
    assert kept("genres:Family", "genres:Horror") == {"up", "coraline", "bambi", "persepolis"}
    assert len(kept("genres:Comedy")) == 6
