"""What all behind a seam must do: test classes that the fake and the real thing inherit."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.core.protocols import LanguageModel, TokenGuard

PROMPT = "I liked the Heat and I saw the rest. You should see the"
LABELS = {
    "a": "Heat (1995)",
    "b": "Heat (1986)",
    "c": "The Heat (2013)",
    "d": "Ronin (1998)",
    "e": "Heat",
    "f": "Ronin (1998)",
    "g": "Up",
}


class OnlyThese(TokenGuard):
    """Allows the same few tokens always."""

    def __init__(self, tokens: Sequence[int]) -> None:
        self.tokens = np.array(tokens, dtype=np.int64)

    def allowed(self, generated: Sequence[int]) -> NDArray[np.int64]:
        return self.tokens


class LanguageModelContract:
    """Inherit, and give a fixture `model`."""

    beside_others = 1e-3
    """Nats by which a text's likelihood may differ with what is computed beside it."""

    def test_satisfies_the_protocol(self, model: LanguageModel) -> None:
        assert isinstance(model, LanguageModel)
        assert model.name
        assert model.count_tokens(PROMPT) > model.count_tokens("I liked")

    def test_encodes_text_to_one_vector(self, model: LanguageModel) -> None:
        vector = model.encode(PROMPT)
        assert vector.shape == (model.hidden_size,)
        assert vector.dtype == np.float32
        assert np.isfinite(vector).all()
        assert not np.allclose(vector, model.encode("Something else altogether"))

    def test_a_cache_changes_no_vector(self, model: LanguageModel) -> None:
        fresh = [model.encode(PROMPT), model.encode(PROMPT + " rest")]
        model.encode(PROMPT + " other ending", cache="turns")
        np.testing.assert_allclose(model.encode(PROMPT, cache="turns"), fresh[0], atol=1e-4)
        np.testing.assert_allclose(model.encode(PROMPT, cache="turns"), fresh[0], atol=1e-4)
        np.testing.assert_allclose(
            model.encode(PROMPT + " rest", cache="turns"), fresh[1], atol=1e-4
        )

    def test_likelihoods_are_log_probabilities(self, model: LanguageModel) -> None:
        scores = model.log_likelihoods(PROMPT, [" Heat", " Heat (1995)", "", " Heat"])
        assert scores.shape == (4,)
        assert scores.dtype == np.float64
        assert scores[1] < scores[0] < 0
        assert scores[2] == 0
        assert scores[0] == pytest.approx(scores[3])

    def test_no_continuations_have_no_likelihoods(self, model: LanguageModel) -> None:
        assert model.log_likelihoods(PROMPT, []).shape == (0,)

    def test_likelihoods_follow_the_chain_rule(self, model: LanguageModel) -> None:
        whole = model.log_likelihoods(PROMPT, [" the rest of it"])
        parts = model.log_likelihoods(PROMPT, [" the rest"])
        parts += model.log_likelihoods(PROMPT + " the rest", [" of it"])
        np.testing.assert_allclose(whole, parts, atol=1e-3)

    def test_scoring_leaves_the_cached_prefix_as_it_was(self, model: LanguageModel) -> None:
        continuations = [" " + label for label in LABELS.values()]
        before = model.log_likelihoods(PROMPT, continuations)
        vector = model.encode(PROMPT, cache="kept")
        for _ in range(2):
            scores = model.log_likelihoods(PROMPT, continuations, cache="kept")
            np.testing.assert_allclose(scores, before, atol=1e-3)
        np.testing.assert_allclose(model.encode(PROMPT, cache="kept"), vector, atol=1e-4)

    def test_without_temperature_text_is_always_the_same(self, model: LanguageModel) -> None:
        first = "".join(model.generate(PROMPT, max_tokens=12))
        assert first == "".join(model.generate(PROMPT, max_tokens=12))
        assert first == "".join(model.generate(PROMPT, max_tokens=12, cache="talk"))
        assert first == "".join(model.generate(PROMPT, max_tokens=12, cache="talk"))

    def test_a_seed_repeats_what_was_drawn(self, model: LanguageModel) -> None:
        def drawn(seed: int) -> str:
            return "".join(model.generate(PROMPT, max_tokens=16, temperature=1.5, seed=seed))

        assert drawn(1) == drawn(1)
        assert len({drawn(seed) for seed in range(4)}) > 1

    def test_a_stop_string_ends_the_text_and_is_left_out(self, model: LanguageModel) -> None:
        text = "".join(model.generate(PROMPT, max_tokens=24))
        assert len(text) > 6
        stop = text[4:6]
        stopped = "".join(model.generate(PROMPT, max_tokens=24, stop=[stop, "\0never"]))
        assert stopped == text[: text.index(stop)]

    def test_a_limit_of_no_tokens_gives_no_text(self, model: LanguageModel) -> None:
        assert list(model.generate(PROMPT, max_tokens=0)) == []

    def test_a_guard_decides_what_may_come(self, model: LanguageModel) -> None:
        tree = model.build_title_tree({"x": "the the the"})
        assert tree.size == 1
        assert list(model.generate(PROMPT, max_tokens=5, guard=OnlyThese([]))) == []
        guarded = "".join(model.generate(PROMPT, max_tokens=5, guard=OnlyThese([ord("A")])))
        assert len(set(guarded)) <= 1

    def test_an_abandoned_reply_leaves_the_cache_sound(self, model: LanguageModel) -> None:
        expected = "".join(model.generate(PROMPT, max_tokens=12))
        pieces = iter(model.generate(PROMPT, max_tokens=12, cache="left"))
        next(pieces)
        pieces.close()  # type: ignore[attr-defined]  # a generator
        assert "".join(model.generate(PROMPT, max_tokens=12, cache="left")) == expected

    def test_two_replies_on_one_cache_do_not_mix(self, model: LanguageModel) -> None:
        other = "Another conversation altogether about the"
        expected = [
            "".join(islice(model.generate(text, max_tokens=10), 10)) for text in (PROMPT, other)
        ]
        running = [model.generate(text, max_tokens=10, cache="same") for text in (PROMPT, other)]
        found = ["", ""]
        open_ = {0, 1}
        while open_:
            for index in sorted(open_):
                piece = next(running[index], None)
                if piece is None:
                    open_.discard(index)
                else:
                    found[index] += piece
        assert found == expected

    def test_only_titles_of_the_tree_come_out(self, model: LanguageModel) -> None:
        tree = model.build_title_tree(LABELS)
        assert tree.size == len(LABELS)
        found = model.generate_titles(PROMPT, tree, beams=50)
        assert {item_id for item_id, _ in found} == set(LABELS)
        scores = [score for _, score in found]
        assert scores == sorted(scores, reverse=True)
        expected = model.log_likelihoods(PROMPT, [" " + LABELS[item_id] for item_id, _ in found])
        np.testing.assert_allclose(scores, expected, atol=self.beside_others)

    def test_items_of_one_label_come_together(self, model: LanguageModel) -> None:
        found = dict(model.generate_titles(PROMPT, model.build_title_tree(LABELS), beams=50))
        assert found["d"] == found["f"]

    def test_excluded_titles_do_not_come_out(self, model: LanguageModel) -> None:
        tree = model.build_title_tree(LABELS)
        found = model.generate_titles(PROMPT, tree, beams=50, exclude=frozenset("abd"), cache="t")
        assert {item_id for item_id, _ in found} == set("cefg")
        assert model.generate_titles(PROMPT, tree, beams=3, exclude=frozenset(LABELS)) == []
        assert len({LABELS[i] for i, _ in model.generate_titles(PROMPT, tree, beams=2)}) <= 2

    def test_an_empty_tree_has_no_titles(self, model: LanguageModel) -> None:
        assert model.generate_titles(PROMPT, model.build_title_tree({}), beams=3) == []

    def test_forgetting_changes_no_result(self, model: LanguageModel) -> None:
        vector = model.encode(PROMPT, cache="short")
        model.forget("short")
        model.forget("never heard of")
        np.testing.assert_allclose(model.encode(PROMPT, cache="short"), vector, atol=1e-5)

    def test_threads_get_what_they_would_alone(self, model: LanguageModel) -> None:
        prompts = [f"{PROMPT} {number}" for number in range(6)]

        def whole(prompt: str) -> tuple[str, float]:
            text = "".join(model.generate(prompt, max_tokens=6, cache=prompt))
            return text, float(model.log_likelihoods(prompt, [" Heat"], cache=prompt)[0])

        alone = [whole(prompt) for prompt in prompts]
        for prompt in prompts:
            model.forget(prompt)
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(whole, prompts))
        assert [text for text, _ in together] == [text for text, _ in alone]
        np.testing.assert_allclose(
            [score for _, score in together], [score for _, score in alone], atol=1e-3
        )
