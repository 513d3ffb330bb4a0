"""Each baseline keeps the ranker's contract and finds what is there to be found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.core.errors import UsageError
from bot.core.protocols import Ranker
from bot.core.values import Item, Message, Profile
from bot.evaluation.baselines.registry import BASELINES, fit_baseline
from bot.evaluation.baselines.scoring import FitData, Groups, mention_counts
from bot.ranking.affinity_ranker import AffinityRanker
from bot.ranking.query import query_of
from tests.evaluation.small_world import CATALOGUE, DATA, DIALOGUES, INTERACTIONS
from tests.memory_catalogue import MemoryCatalogue
from tests.ranking.contracts import RankerContract

READ_ITEMS = ("co-mention", "item-knn", "ease", "lstm")
READ_WORDS = ("bm25", "text-similarity")


def ids(ranker: Ranker, *turns: Message, k: int = 5) -> list[str]:
    return [scored.item_id for scored in ranker.rank(query_of(turns, Profile(user="")), k)]


@pytest.fixture(scope="module", params=[*BASELINES, "affinity"])
def ranker(request: pytest.FixtureRequest) -> Ranker:
    return (
        AffinityRanker(CATALOGUE)
        if request.param == "affinity"
        else fit_baseline(request.param, DATA)
    )


@pytest.fixture(scope="module")
def catalogue() -> MemoryCatalogue:
    return CATALOGUE


class TestBaselines(RankerContract):
    pass


@pytest.mark.parametrize("name", READ_ITEMS)
@pytest.mark.parametrize("camp", ["s", "m"])
def test_items_that_go_together_are_found_from_an_item(name: str, camp: str) -> None:
    ranker = fit_baseline(name, DATA)
    found = ids(ranker, Message("user", "like this", (f"{camp}0",)))
    assert set(found) == {f"{camp}{number}" for number in range(1, 6)}


@pytest.mark.parametrize("name", READ_WORDS)
@pytest.mark.parametrize(("camp", "words"), [("s", "ocean storm"), ("m", "summit and glacier")])
def test_items_that_are_spoken_of_are_found_from_words(name: str, camp: str, words: str) -> None:
    found = ids(fit_baseline(name, DATA), Message("user", f"tell me of {words}"), k=6)
    assert {each[0] for each in found} == {camp}


def test_popularity_counts_dialogues_not_mentions() -> None:
    repeated = Message("user", "again and again", ("m5",))
    chatty = [replace(DIALOGUES[0], turns=(repeated,) * 99)]
    ranker = fit_baseline("popularity", FitData(CATALOGUE, [*DIALOGUES, *chatty]))
    assert set(ids(ranker, Message("user", "hi"), k=2)) == {"s0", "m0"}


def test_without_dialogues_popularity_is_of_people_and_then_of_the_catalogue() -> None:
    counts = mention_counts(FitData(CATALOGUE, interactions=INTERACTIONS[:1]))
    assert counts[CATALOGUE.row("s0")] == 1
    assert counts.sum() == 1
    assert mention_counts(FitData(CATALOGUE))[0] == CATALOGUE.items[0].popularity


def test_chance_differs_by_turns_and_seed_only() -> None:
    one, other = fit_baseline("random", DATA), fit_baseline("random", replace(DATA, seed=1))
    turn, another = Message("user", "hi"), Message("user", "ho")
    assert ids(one, turn) == ids(one, turn)
    assert ids(one, turn) != ids(one, another)
    assert ids(one, turn) != ids(other, turn)


@pytest.mark.parametrize("name", READ_ITEMS)
def test_two_ids_of_one_item_count_as_one(name: str) -> None:
    twins = [Item("a1", "A", same_as="x"), Item("a2", "A", same_as="x"), Item("b", "B")]
    world = MemoryCatalogue([*twins, *CATALOGUE.items])
    talks = [
        replace(each, turns=(Message("user", "A", ("a1",)), Message("assistant", "B", ("b",))))
        for each in DIALOGUES[:8]
    ]
    ranker = fit_baseline(name, FitData(world, [*DIALOGUES, *talks]))
    assert ids(ranker, Message("user", "", ("a2",)), k=1) == ["b"]
    assert Groups.of(world).count == len(world.items) - 1


def test_ease_is_the_closed_form() -> None:
    from bot.evaluation.baselines.collaborative import EASE_RIDGE, EaseRanker
    from bot.evaluation.baselines.scoring import session_matrix

    groups = Groups.of(CATALOGUE)
    held = session_matrix(DATA, groups).toarray()
    inverse = np.linalg.inv(held.T @ held + EASE_RIDGE * np.eye(groups.count))
    expected = np.eye(groups.count) - inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0.0)
    ranker = EaseRanker(DATA)
    weights = ranker.weights(query_of((Message("user", "", ("s0", "m3")),), Profile(user="")))
    rows = [CATALOGUE.row("s0"), CATALOGUE.row("m3")]
    scores = expected[rows].sum(axis=0)
    others = [row for row in range(groups.count) if row not in rows]
    np.testing.assert_allclose(weights[others], np.exp(scores[others]), rtol=1e-5)
    assert (weights[rows] == 0).all()


def test_what_feedback_dislikes_teaches_nothing_to_like() -> None:
    talks = [replace(each, feedback=dict.fromkeys(each.items, "disliked")) for each in DIALOGUES]
    ranker = fit_baseline("item-knn", FitData(CATALOGUE, talks))
    found = ranker.rank(query_of((Message("user", "", ("s0",)),), Profile(user="")), 5)
    assert len({scored.score for scored in found}) == 1


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="co-mention"):
        fit_baseline("best", DATA)


@pytest.mark.parametrize(
    ("name", "data", "option"),
    [
        ("co-mention", FitData(CATALOGUE, interactions=INTERACTIONS), "Add --dialogues FILE."),
        ("ease", FitData(CATALOGUE), "--interactions FILE or both"),
    ],
)
def test_a_baseline_without_its_data_says_which_option_is_missing(
    name: str, data: FitData, option: str
) -> None:
    with pytest.raises(UsageError, match=option):
        fit_baseline(name, data)
