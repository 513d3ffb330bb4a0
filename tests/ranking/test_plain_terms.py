from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from bot.core.results import RankingQuery
from bot.core.values import EventKind, Fact, Item, Message, Polarity, Profile, Wish, WishKind
from bot.ranking.items.prior import Prior, Roles, popularity_by_shared_id
from bot.ranking.query import query_from_dialogue
from bot.ranking.resolved_query import Ask
from bot.ranking.terms.co_mentions import CoMentionTerm, MentionLog, Mentions, PopularityTerm
from bot.ranking.terms.collaborative import CollaborativeTerm
from bot.ranking.terms.likeness import LikenessIndex, LikenessTerm, TimeTerm
from bot.ranking.terms.text_match import WordsTerm
from bot.ranking.terms.wishes import WishesTerm
from bot.understanding import build_understander
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS)
ROLES = Roles(broad=("genres",), narrow=("directors", "cast"))
UNDERSTANDER = build_understander(CATALOGUE)
SESSIONS = [["heat", "ronin"], ["heat", "ronin", "alien"], ["alien", "arrival"], ["heat", "gone"]]


def ask(text: str = "", items: Sequence[str] = (), **more: Any) -> Ask:
    turns = (Message("user", text, tuple(items)),) if text or items else ()
    return Ask.of(RankingQuery(turns=turns, **more), CATALOGUE)


def heard(*texts: str) -> Ask:
    """A dialogue of the user's messages alone, understood."""
    turns = [Message("user", text) for text in texts]
    return Ask.of(query_from_dialogue(turns, UNDERSTANDER)[0], CATALOGUE)


def wished(asked: Ask) -> dict[str, np.ndarray]:
    term = WishesTerm(CATALOGUE, ROLES)
    return dict(zip(term.features, term.score(asked), strict=True))


def mentions(sessions: Sequence[Sequence[str]] = SESSIONS) -> Mentions:
    log = MentionLog.of(sessions, [{} for _ in sessions], CATALOGUE)
    prior = np.full(len(FILMS), -np.log(len(FILMS)), dtype=np.float32)
    return Mentions(log.on(CATALOGUE), prior)


def best(scores: np.ndarray, count: int = 1) -> set[str]:
    return {FILMS[row].item_id for row in np.argsort(-scores, kind="stable")[:count]}


def test_what_is_mentioned_most_is_most_popular_and_nothing_is_impossible() -> None:
    found = mentions()
    assert best(found.log_popularity) == {"heat"}
    assert np.isfinite(found.log_popularity).all()
    assert np.exp(found.log_popularity.astype(float)).sum() == pytest.approx(1, abs=1e-4)


def test_what_is_mentioned_together_is_lifted() -> None:
    term = CoMentionTerm(mentions())
    lift, linear = term.score(ask("I saw Heat", ["heat"]))
    assert best(lift) == {"ronin"} == best(linear)
    assert term.score(ask("hello")).tolist() == np.zeros((2, len(FILMS))).tolist()


def test_blame_of_co_mention_adds_up_to_the_score() -> None:
    term = CoMentionTerm(mentions())
    asked = ask("Heat and Alien", ["heat", "alien"])
    row = CATALOGUE.row("ronin")
    parts = np.sum([list(part) for part in term.blame(asked, row).values()], axis=0)
    assert parts == pytest.approx(term.score(asked)[:, row], abs=1e-5)


def test_items_without_data_share_what_the_prior_leaves() -> None:
    features = PopularityTerm(mentions()).score(ask())
    assert features.shape == (4, len(FILMS))
    assert features[2].tolist() == features[0].tolist()  # nothing mentioned yet
    assert not PopularityTerm(mentions()).score(ask("x", ["heat"]))[2].any()


def test_a_log_finds_its_items_in_another_catalogue() -> None:
    log = MentionLog.of([["heat", "alien"]], [{"alien": "disliked"}], CATALOGUE)
    other = MemoryCatalogue(FILMS[::-1])
    moved = log.on(other)
    assert moved[0, other.row("heat")] == 1
    assert 0 < moved[0, other.row("alien")] < 1


def test_the_prior_learns_that_known_items_are_spoken_of() -> None:
    counts = np.array([item.popularity or 0.0 for item in FILMS]) / 50
    famous = MemoryCatalogue(
        [item.__class__(**{**_fields(item), "same_as": f"id-{item.item_id}"}) for item in FILMS]
    )
    known = {key: value / 30 for key, value in popularity_by_shared_id(famous).items()}
    prior = Prior.fit(counts, famous, ROLES, known)
    scores = prior.on(famous, ROLES)
    assert np.exp(scores.astype(float)).sum() == pytest.approx(1, abs=1e-4)
    assert np.corrcoef(scores, counts)[0, 1] > 0.5


def test_the_same_director_and_time_make_alike() -> None:
    index = LikenessIndex(CATALOGUE, ROLES)
    asked = ask("I liked The Insider", ["insider"])
    features = dict(zip(LikenessTerm.features, LikenessTerm(index).score(asked), strict=True))
    assert best(features["names"], 3) >= {"insider", "heat"}
    closeness = TimeTerm(index).score(asked)[0]
    assert closeness[CATALOGUE.row("ronin")] > closeness[CATALOGUE.row("alien")]


def test_cosines_are_those_of_a_product_with_all_items() -> None:
    index = LikenessIndex(CATALOGUE, ROLES)
    for name, space in index.spaces.items():
        whole = np.asarray(space.dot(space[[0, 3, 5]].T).todense())
        assert index.cosines(name, [0, 3, 5]).tolist() == whole.tolist()


def test_blame_of_likeness_adds_up_to_the_score() -> None:
    term = LikenessTerm(LikenessIndex(CATALOGUE, ROLES))
    asked = ask("", ["heat", "fargo"])
    row = CATALOGUE.row("seven")
    parts = np.sum([list(part) for part in term.blame(asked, row).values()], axis=0)
    assert parts == pytest.approx(term.score(asked)[:, row], abs=1e-5)


def test_kinds_and_names_in_words_are_matched_but_not_those_in_titles() -> None:
    found = wished(heard("something scary with Bill Murray"))
    assert best(found["kinds"]) == {"alien"}
    assert best(found["names"], 2) == {"groundhog", "lost"}
    assert not wished(heard("I liked Alien"))["kinds"].any()


def test_a_refused_kind_raises_nothing_and_a_wished_one_does() -> None:
    found = wished(heard("no horror, something funny"))
    comedies = {item.item_id for item in FILMS if "Comedy" in item.attributes["genres"]}
    for name in ("kinds", "asked"):
        assert {FILMS[row].item_id for row in np.flatnonzero(found[name])} == comedies
    assert not any(rows.any() for rows in wished(heard("I am sick of Bill Murray")).values())


@pytest.mark.parametrize(
    "text", ["I'm tired of old movies", "nothing too old please", "I don't like old films"]
)
def test_refused_times_raise_nothing(text: str) -> None:
    found = wished(heard(text))
    assert found["old"].min() == -1
    assert not any((rows > 0).any() for rows in found.values())
    assert (wished(heard("I love old movies"))["old"] >= 0).all()
    assert wished(heard("I love old movies"))["old"].any()


def test_a_later_time_takes_the_place_of_an_earlier_one() -> None:
    found = wished(heard("something old", "no, something new instead"))
    assert found["new"].any()
    assert not found["old"].any()


def test_refused_words_are_not_looked_up_in_texts() -> None:
    assert heard("I'm tired of old movies").recent_user_words == "i'm tired of movies"
    assert heard("not another alien film", "a crime film").recent_user_words.startswith("not")


def test_what_the_message_to_answer_asks_for_is_shared_out_among_its_kinds() -> None:
    query = replace(ask("hello").query, asked=("genres:Horror", "genres:Drama", "cast:Nobody"))
    term = WishesTerm(CATALOGUE, ROLES)
    asked = dict(zip(term.features, term.score(Ask.of(query, CATALOGUE)), strict=True))["asked"]
    for item, share in zip(CATALOGUE.items, asked, strict=True):
        held = {"Horror", "Drama"} & set(item.attributes["genres"])
        assert share == len(held) / 2


def test_a_name_wished_for_now_counts_and_one_that_is_but_liked_does_not() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    term = WishesTerm(CATALOGUE, ROLES)
    for kind, held in ((EventKind.WANTS, {"groundhog", "lost"}), (EventKind.LIKES, set())):
        fact = Fact(kind, "cast:Bill Murray", "something with Bill Murray", now)
        query = replace(
            ask("hello").query, asked=(fact.about,), profile=Profile("ana", facts=(fact,))
        )
        scores = dict(zip(term.features, term.score(Ask.of(query, CATALOGUE)), strict=True))
        found = {
            item.item_id
            for item, score in zip(CATALOGUE.items, scores["asked_names"], strict=True)
            if score
        }
        assert found == held


def about(theme: str, polarity: Polarity = Polarity.WANTED, **more: object) -> RankingQuery:
    wish = Wish(WishKind.THEME, theme, polarity, theme, **more)  # type: ignore[arg-type]
    return RankingQuery(turns=(Message("user", theme),), wishes=(wish,))


def test_a_theme_is_looked_up_in_titles_in_the_singular_and_plural() -> None:
    films = [Item("a", "The Ghost Ship"), Item("b", "Ghostbusters"), Item("c", "Heat")]
    films += [Item(f"n{number}", f"Another {number}") for number in range(400)]
    catalogue = MemoryCatalogue(films)
    term = WishesTerm(catalogue, ROLES)

    def themes(query: RankingQuery) -> np.ndarray:
        row: np.ndarray = term.score(Ask.of(query, catalogue))[term.features.index("themes")]
        return row

    assert themes(about("ghost"))[:3].tolist() == [1, 1, 0]
    assert themes(about("ghost", title_words=("heat",)))[:3].tolist() == [1, 1, 1]
    assert themes(about("ghost", Polarity.REFUSED))[:3].tolist() == [-1, -1, 0]
    assert not themes(about("another")).any()


def test_another_of_a_theme_refused_raises_none() -> None:
    films = [*FILMS, Item("bat", "Batman Returns"), Item("hero", "Superhero Movie")]
    catalogue = MemoryCatalogue(films)
    query, _ = query_from_dialogue(
        [Message("user", "not another superhero film")], build_understander(catalogue)
    )
    for term in (WishesTerm(catalogue, ROLES), WordsTerm(catalogue, ROLES)):
        scores = term.score(Ask.of(query, catalogue))
        assert (scores[:, [catalogue.row("bat"), catalogue.row("hero")]] <= 0).all()


def test_wishes_of_the_history_count_as_words_do() -> None:
    kinds = WishesTerm(CATALOGUE, ROLES).score(ask("hello", wants=("genres:Horror",)))[0]
    assert best(kinds) == {"alien"}


def test_words_are_looked_up_in_descriptions() -> None:
    term = WordsTerm(CATALOGUE, ROLES)
    assert best(term.score(ask("that one by Villeneuve"))[0]) == {"arrival"}
    assert not term.score(ask("zzz qqq"))[0].any()


def test_people_who_took_to_both_relate_items() -> None:
    people = sparse.lil_matrix((6, len(FILMS)), dtype=np.float32)
    for person in range(4):
        people[person, CATALOGUE.row("heat")] = people[person, CATALOGUE.row("fargo")] = 1
    people[4, CATALOGUE.row("alien")] = people[5, CATALOGUE.row("alien")] = 1
    linear, _ = CollaborativeTerm(people.tocsr()).score(ask("", ["heat"]))
    assert best(linear) == {"fargo"}


def test_what_is_disliked_speaks_for_no_taste() -> None:
    assert ask("", ["heat", "alien"], disliked=("alien",)).rows == (CATALOGUE.row("heat"),)


def test_roles_follow_the_catalogue_where_none_of_theirs_is_there() -> None:
    assert Roles(("mood",), ("author",)).within(CATALOGUE) == Roles.of(CATALOGUE)
    assert ROLES.within(CATALOGUE) == ROLES


def _fields(item: Item) -> dict[str, Any]:
    return {each.name: getattr(item, each.name) for each in fields(item)}
