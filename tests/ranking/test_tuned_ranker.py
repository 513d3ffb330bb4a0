from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.engine.token_bags import TokenBags
from adapters.engine.whitening import Whitening
from adapters.models.adapter_folder import RankingFiles
from bot.conversation.chatbot import Tastebot
from bot.core.results import RankingQuery
from bot.core.values import EventKind, Fact, Message, Profile, Speaker
from bot.data.dialogues import Dialogue
from bot.ranking.fusion import Fusion, RegressionData, fit_weights
from bot.ranking.items.keys import ItemKey
from bot.ranking.items.prior import Roles
from bot.ranking.items.vectors import ItemSpace
from bot.ranking.query import query_of
from bot.ranking.ranker_files import RankingParts
from bot.ranking.terms.co_mentions import MentionLog, Mentions
from bot.ranking.terms.plain_terms import PlainTerms
from bot.ranking.tuned_ranker import TunedRanker
from bot.training.examples import deal_folds, examples_of
from bot.training.fitting import fit_plain, offsets
from bot.understanding import build_understander
from tests.fake_language_model import FakeLanguageModel
from tests.memory_catalogue import MemoryCatalogue
from tests.memory_people import MemoryPeople
from tests.ranking.contracts import ExplainedRankerContract
from tests.small_films import FILMS
from tests.talking import dialogue_parts

CATALOGUE = MemoryCatalogue(FILMS)
ROLES = Roles(broad=("genres",), narrow=("directors", "cast"))
MODEL = FakeLanguageModel()


def dialogue(number: int, *items: str) -> Dialogue:
    turns = []
    for place, item in enumerate(items):
        found = CATALOGUE.get(item)
        assert found is not None
        speaker: Speaker = "user" if place % 2 == 0 else "assistant"
        turns.append(Message(speaker, f"How about {found.label}", (item,)))
    return Dialogue(str(number), tuple(turns))


PAIRS = [("heat", "ronin"), ("alien", "arrival"), ("fargo", "lebowski"), ("groundhog", "lost")]
DIALOGUES = [dialogue(n, *PAIRS[n % 4]) for n in range(40)]
UNDERSTANDER = build_understander(CATALOGUE)
EXAMPLES = examples_of(DIALOGUES, CATALOGUE, UNDERSTANDER)
PLAIN = fit_plain(DIALOGUES, EXAMPLES, PlainTerms.on(CATALOGUE, ROLES), {}, seed=0)


def space() -> ItemSpace:
    chance = np.random.default_rng(0)
    keys = [ItemKey.of(item) for item in FILMS[:8]]
    states = tuple(chance.normal(size=(8, 16)).astype(np.float32) for _ in range(2))
    return ItemSpace.fit(CATALOGUE, ROLES, {}, bags(), keys, (states[0], states[1]))


def bags() -> TokenBags:
    embedding = np.random.default_rng(1).normal(size=(256, 16)).astype(np.float32)
    return TokenBags(embedding, lambda text: list(text.encode()))


def parts() -> RankingParts:
    chance = np.random.default_rng(2)
    made = space()
    features = made.on(CATALOGUE, ROLES, {}, bags())[1]
    width = made.table.shape[1] + 4
    head = {
        "query": chance.normal(size=(width, 3)).astype(np.float32),
        "items": chance.normal(size=(features.shape[1], 3)).astype(np.float32),
        "gain": np.ones(1, np.float32),
        "trust": np.ones(1, np.float32),
    }
    return RankingParts(
        roles=ROLES,
        log=PLAIN.log,
        prior=PLAIN.prior,
        fusion=PLAIN.fusion,
        space=made,
        whitening=Whitening.of(chance.normal(size=(30, 16)).astype(np.float32), 4),
        heads={"tuned": head, "base": head},
    )


PARTS = parts()


def query(*items: str, text: str = "something good", **more: Any) -> RankingQuery:
    return RankingQuery((Message("user", text, items),), **more)


def tuned(without: Sequence[str] = (), model: FakeLanguageModel | None = MODEL) -> TunedRanker:
    return PARTS.ranker(CATALOGUE, model, bags(), without=frozenset(without))


class TestTunedRanker(ExplainedRankerContract):
    @pytest.fixture
    def catalogue(self) -> MemoryCatalogue:
        return CATALOGUE

    @pytest.fixture(params=["with a model", "without one"])
    def ranker(self, request: pytest.FixtureRequest) -> TunedRanker:
        return tuned(model=MODEL if request.param == "with a model" else None)


def test_what_people_mention_together_is_learned() -> None:
    for first, second in PAIRS:
        ranked = tuned(model=None).rank(query(first, exclude=frozenset({first})), 3)
        assert ranked[0].item_id == second


def test_an_undone_click_leaves_the_ranking_as_it_was() -> None:
    people = MemoryPeople()
    bot = Tastebot(people, dialogue_parts(ranker=tuned()))
    bot.feedback("ana", "heat", "like")
    before = bot.recommend("ana", "a drama", k=10).suggestions
    event = bot.feedback("ana", "alien", "dislike")
    assert bot.recommend("ana", "a drama", k=10).suggestions != before
    bot.undo("ana", event.event_id or "")
    assert bot.recommend("ana", "a drama", k=10).suggestions == before


def test_a_reaction_to_what_was_suggested_moves_the_ranking() -> None:
    shown = Profile("ana", shown=("heat",))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    liked = replace(shown, facts=(Fact(EventKind.LIKES, "heat", "click", now),))
    disliked = replace(shown, facts=(Fact(EventKind.DISLIKES, "heat", "click", now),))
    places = [
        [each.item_id for each in tuned(model=None).rank(query_of((), profile), 20)].index(
            "insider"
        )
        for profile in (liked, shown, disliked)
    ]
    assert places == sorted(places)
    assert places[0] < places[2]


def test_terms_are_told_against_the_mean_of_the_best() -> None:
    ranked = tuned().rank(query("heat"), len(FILMS))
    for term in ranked[0].terms:
        assert sum(each.terms[term] for each in ranked) == pytest.approx(0, abs=1e-3)


def test_scores_are_chances_and_terms_add_up_to_the_order() -> None:
    ranked = tuned().rank(query("heat"), len(FILMS))
    assert sum(each.score for each in ranked) == pytest.approx(1)
    logits = [sum(each.terms.values()) for each in ranked]
    assert logits == sorted(logits, reverse=True)
    assert set(ranked[0].terms) >= {"language_model", "popularity", "co_mention"}


def test_terms_are_switched_off_by_name() -> None:
    without = tuned(["language_model"]).rank(query("heat"), 5)
    assert "language_model" not in without[0].terms
    model = FakeLanguageModel()
    PARTS.ranker(CATALOGUE, model, None, without=frozenset({"language_model"})).rank(
        query("heat"), 5
    )
    assert model.calls == {}


def test_nothing_excluded_or_outside_the_constraints_is_ranked() -> None:
    asked = query(exclude=frozenset({"heat"}), constraints={"year_max": 1999.0})
    ranked = {each.item_id for each in tuned().rank(asked, 50)}
    assert "heat" not in ranked
    assert "arrival" not in ranked
    assert tuned().rank(query(constraints={"year_min": 3000.0}), 5) == []


def test_blame_falls_on_what_was_mentioned() -> None:
    found = tuned().blame(query("heat", "alien"), "ronin")
    assert found["co_mention"]["heat"] > found["co_mention"]["alien"]


def test_parts_survive_their_files() -> None:
    again = RankingParts.read(PARTS.files())
    for model in (None, MODEL):
        before = PARTS.ranker(CATALOGUE, model, bags()).rank(query("heat"), 5)
        after = again.ranker(CATALOGUE, model, bags()).rank(query("heat"), 5)
        assert [each.item_id for each in after] == [each.item_id for each in before]


def test_what_earlier_folders_hold_besides_is_left_alone() -> None:
    files = PARTS.files()
    weights = {"tuned": {"titles.likelihood": 0.1}}
    earlier = RankingFiles(
        {**files.document, "title_weights": weights, "off": ["titles"]},
        {**files.tables, "neutral.titles": np.zeros(1, dtype=np.int64)},
    )
    ranked = RankingParts.read(earlier).ranker(CATALOGUE, MODEL, bags()).rank(query("heat"), 5)
    assert [each.item_id for each in ranked] == [
        each.item_id for each in tuned().rank(query("heat"), 5)
    ]
    assert "titles" not in ranked[0].terms


def test_what_was_learned_serves_another_catalogue_of_the_same_items() -> None:
    other = MemoryCatalogue(FILMS[::-1])
    ranked = PARTS.ranker(other, None, None).rank(query("alien", exclude=frozenset({"alien"})), 1)
    assert ranked[0].item_id == "arrival"


def test_an_unknown_item_gets_the_vector_that_its_text_makes() -> None:
    vectors, features = PARTS.space.on(CATALOGUE, ROLES, {}, bags())
    assert vectors.shape == (len(FILMS), PARTS.space.table.shape[1])
    assert vectors[:8] == pytest.approx(PARTS.space.table, abs=1e-5)
    assert np.abs(vectors[8:]).sum() > 0
    assert np.isfinite(features).all()


def test_a_large_catalogues_texts_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = PARTS.space.on(CATALOGUE, ROLES, {}, bags())[1]
    monkeypatch.setattr("bot.ranking.items.vectors.TEXTS_AT_ONCE", len(FILMS) // 2)
    parted = PARTS.space.on(CATALOGUE, ROLES, {}, bags())[1]
    assert parted.shape == whole.shape
    # Rarity is counted in each part, so not the same; but every item is most like itself.
    apart = np.linalg.norm(parted[:, None] - whole[None], axis=2)
    assert apart.argmin(axis=1).tolist() == list(range(len(FILMS)))


def test_targets_are_new_items_by_either_speaker() -> None:
    examples = examples_of([dialogue(0, "heat", "ronin", "heat")], CATALOGUE, UNDERSTANDER)
    assert [(each.speaker, each.targets) for each in examples] == [
        ("user", ("heat",)),
        ("assistant", ("ronin",)),
    ]
    assert examples[1].query.exclude == {"heat"}
    held_back = examples_of(DIALOGUES, CATALOGUE, UNDERSTANDER, withheld=frozenset({"ronin"}))
    assert all("ronin" not in each.targets for each in held_back)


def test_folds_are_of_equal_size_and_the_same_for_a_seed() -> None:
    dealt = deal_folds(41, 4, 3)
    assert sorted(np.bincount(dealt).tolist()) == [10, 10, 10, 11]
    assert dealt.tolist() == deal_folds(41, 4, 3).tolist() != deal_folds(41, 4, 4).tolist()


def test_offsets_close_what_was_mentioned() -> None:
    found = offsets(PLAIN, EXAMPLES[:2], CATALOGUE)
    assert found[1, CATALOGUE.row("heat")] == -1e4
    assert found.shape == (2, len(FILMS))


def test_regression_finds_the_feature_that_tells() -> None:
    chance = np.random.default_rng(0)
    data = RegressionData()
    for _ in range(200):
        features = chance.normal(size=(2, 5)).astype(np.float32)
        data.add(features, [int(features[0].argmax())], [])
    weights = fit_weights(data, 1.0)
    assert weights[0] > 2 > abs(weights[1]) * 4


def test_vectors_are_kept_and_a_broken_file_is_made_again(tmp_path: Path) -> None:
    def kept(folder: Path | None) -> list[Any]:
        found = PARTS.space.cached_on(CATALOGUE, ROLES, {}, bags(), folder)
        return [values.tolist() for values in found]

    first = kept(tmp_path)
    files = sorted(tmp_path.glob("*.npy"))
    assert kept(tmp_path) == first
    files[0].unlink()
    files[0].write_bytes(b"cut short")
    assert kept(tmp_path) == first
    assert sorted(tmp_path.glob("*.npy")) == files
    assert kept(None) == first
    assert sorted(tmp_path.glob("*.npy")) == files


def test_vectors_of_another_model_or_catalogue_are_not_taken(tmp_path: Path) -> None:
    PARTS.space.cached_on(CATALOGUE, ROLES, {}, bags(), tmp_path)
    other = TokenBags(np.ones((256, 16), np.float32), lambda text: list(text.encode()), b"other")
    for known, embedded in (({}, other), ({7: 0.5}, bags())):
        before = set(tmp_path.glob("*.npy"))
        PARTS.space.cached_on(CATALOGUE, ROLES, known, embedded, tmp_path)
        assert len({*tmp_path.glob("*.npy")} - before) == 2


def test_cached_vectors_are_those_of_the_space_rounded(tmp_path: Path) -> None:
    first = PARTS.space.cached_on(CATALOGUE, ROLES, {}, bags(), tmp_path)
    for rounded, whole in zip(first, PARTS.space.on(CATALOGUE, ROLES, {}, bags()), strict=True):
        assert np.array(rounded) == pytest.approx(whole, abs=1e-2)


def test_a_new_item_has_its_prior_for_popularity() -> None:
    others = [["ronin", "alien"]] * 20
    log = MentionLog.of(others, [{}] * 20, CATALOGUE, withheld=frozenset({"heat"}))
    heat = CATALOGUE.row("heat")
    assert log.new_in(CATALOGUE).nonzero()[0].tolist() == [heat]
    prior = np.full(len(FILMS), -np.log(len(FILMS)), dtype=np.float32)
    known = Mentions(log.on(CATALOGUE), prior, log.new_in(CATALOGUE)).log_popularity
    assert known[heat] == prior[heat]
    assert known[heat] > known[CATALOGUE.row("fargo")]


def test_fixed_weights_stay_and_the_others_are_fitted_beside_them() -> None:
    rng = np.random.default_rng(0)
    data = RegressionData()
    for _ in range(40):
        features = rng.normal(size=(2, 8)).astype(np.float32)
        data.add(features, [int(np.argmax(2 * features[1]))], [])
    towards = np.array([0.5, 0.0], np.float32)
    fixed = np.array([True, False])
    weights = fit_weights(data, 0.1, towards=towards, fixed=fixed)
    assert weights[0] == np.float32(0.5)
    assert weights[1] > 1


def test_what_is_kept_is_fitted_no_more_but_the_wishes_are() -> None:
    kept = Fusion({"popularity.mentioned": 0.25, "attributes.kinds": 9.0})
    plain = PlainTerms.on(CATALOGUE, ROLES)
    fit = fit_plain(DIALOGUES, EXAMPLES, plain, {}, seed=0, kept=kept)
    assert fit.fusion.weights["popularity.mentioned"] == 0.25
    assert fit.fusion.weights["co_mention.lift"] == 0.0
    assert fit.fusion.weights["attributes.kinds"] != 9.0
