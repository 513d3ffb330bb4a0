"""The engine gives what plain transformers gives, whatever is cached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from adapters.engine.language_engine import TransformersEngine
from adapters.engine.loading import build_engine
from adapters.runtime.lean_llama import LeanLlama
from tests.contracts import LABELS, PROMPT, LanguageModelContract, OnlyThese
from tests.tiny_model import tiny_model, tiny_tokenizer

CONTINUATIONS = [" Heat (1995)", " Heat", " The Heat (2013)", " Ronin", "", "x", " café 電"]


PAIRINGS = [("llama", "lean"), ("llama", "transformers"), ("gpt2", "transformers")]
"""Each model by its fastest decoder, the Llama by transformers' modules too."""


@pytest.fixture(scope="module", params=PAIRINGS, ids="-".join)
def pairing(request: pytest.FixtureRequest) -> tuple[str, str]:
    pairing: tuple[str, str] = request.param
    return pairing


@pytest.fixture(scope="module")
def plain(pairing: tuple[str, str]) -> Any:
    return tiny_model(pairing[0])


@pytest.fixture
def engine(
    plain: Any, pairing: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> TransformersEngine:
    if pairing[1] == "transformers":
        monkeypatch.setattr("adapters.runtime.llama_weights.fits", lambda _: False)
    return build_engine(plain, tiny_tokenizer(), name="tiny")


class TestTransformersEngine(LanguageModelContract):
    @pytest.fixture
    def model(self, engine: TransformersEngine) -> TransformersEngine:
        return engine


def plain_likelihood(model: Any, tokenizer: Any, prefix: str, text: str) -> float:
    """The same by one full forward pass for one continuation."""
    before = tokenizer.encode(prefix)
    after = tokenizer.encode(text, add_special_tokens=False)
    with torch.no_grad():
        logits = model(torch.tensor([before + after])).logits[0].double()
    steps = torch.log_softmax(logits, dim=-1)
    return sum(float(steps[len(before) + at - 1, token]) for at, token in enumerate(after))


def plain_text(model: Any, tokenizer: Any, prompt: str, tokens: int) -> str:
    """Greedy text by transformers' own generate."""
    inputs = tokenizer(prompt, return_tensors="pt")
    output = model.generate(
        **inputs, max_new_tokens=tokens, do_sample=False, pad_token_id=tokenizer.pad_token_id
    )
    new = output[0, inputs["input_ids"].shape[1] :]
    return str(tokenizer.decode(new, skip_special_tokens=True))


def test_likelihoods_equal_those_of_plain_transformers(
    engine: TransformersEngine, plain: Any
) -> None:
    expected = [plain_likelihood(plain, engine.tokenizer, PROMPT, text) for text in CONTINUATIONS]
    for cache in (None, "a", "a"):
        found = engine.log_likelihoods(PROMPT, CONTINUATIONS, cache=cache)
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_likelihoods_of_more_than_fits_one_pass_are_the_same(
    engine: TransformersEngine, plain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.engine.scoring.NODES_PER_PASS", 5)
    monkeypatch.setattr("adapters.engine.scoring.LOGIT_ROWS", 3)
    found = engine.log_likelihoods(PROMPT, CONTINUATIONS)
    expected = [plain_likelihood(plain, engine.tokenizer, PROMPT, text) for text in CONTINUATIONS]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_greedy_text_equals_that_of_plain_generate(engine: TransformersEngine, plain: Any) -> None:
    expected = plain_text(plain, engine.tokenizer, PROMPT, 24)
    found = "".join(engine.generate(PROMPT, max_tokens=24))
    assert found == expected.rstrip("\N{REPLACEMENT CHARACTER}")


def test_hidden_state_is_that_of_the_last_token(engine: TransformersEngine, plain: Any) -> None:
    ids = torch.tensor([engine.tokenizer.encode(PROMPT)])
    with torch.no_grad():
        expected = plain(ids, output_hidden_states=True).hidden_states[-1][0, -1]
    np.testing.assert_allclose(engine.encode(PROMPT), expected.numpy(), atol=1e-4)


def test_vector_and_likelihoods_cost_one_prefill(engine: TransformersEngine) -> None:
    engine.encode(PROMPT, cache="turn")
    computed = engine.computed_tokens
    engine.log_likelihoods(PROMPT, CONTINUATIONS, cache="turn")
    engine.generate_titles(PROMPT, engine.build_title_tree(LABELS), beams=3, cache="turn")
    engine.encode(PROMPT, cache="turn")
    assert computed == engine.count_tokens(PROMPT)
    assert engine.computed_tokens == computed


def test_a_longer_text_pays_for_what_is_new(engine: TransformersEngine) -> None:
    engine.encode(PROMPT, cache="turn")
    before = engine.computed_tokens
    engine.encode(PROMPT + " rest", cache="turn")
    new = engine.count_tokens(PROMPT + " rest") - engine.count_tokens(PROMPT)
    assert engine.computed_tokens - before == new


def test_two_that_write_from_one_beginning_compute_nothing_twice(
    engine: TransformersEngine,
) -> None:
    engine.encode(PROMPT, cache="beginning")
    texts = [PROMPT + " one", PROMPT + " two"]
    before = engine.computed_tokens
    letters = OnlyThese(engine.split("bcdfgklmp"))
    running = [
        engine.generate(text, max_tokens=5, guard=letters, cache="beginning") for text in texts
    ]
    for _ in range(5):
        for each in running:
            next(each)
    read = sum(engine.count_tokens(text) - engine.count_tokens(PROMPT) for text in texts)
    written = 2 * (5 - 1)
    assert engine.computed_tokens - before <= read + written + 2


def test_a_reply_is_kept_for_the_next_turn(engine: TransformersEngine) -> None:
    letters = OnlyThese(engine.split("bcdfgklmp"))
    reply = "".join(engine.generate(PROMPT, max_tokens=8, guard=letters, cache="turn"))
    before = engine.computed_tokens
    engine.encode(PROMPT + reply + " and then", cache="turn")
    # The reply's last token was shown but never run.
    assert len(reply) == 8
    assert engine.computed_tokens - before == engine.count_tokens(" and then") + 1


def test_a_new_conversation_shares_the_opening_of_another(engine: TransformersEngine) -> None:
    engine.encode(PROMPT + " rest", cache="one")
    before = engine.computed_tokens
    vector = engine.encode(PROMPT + " other", cache="two")
    assert engine.computed_tokens - before < engine.count_tokens(PROMPT)
    engine.forget("one")
    engine.forget("two")
    np.testing.assert_allclose(vector, engine.encode(PROMPT + " other"), atol=1e-4)


def test_special_tokens_that_a_prompt_begins_with_are_not_doubled(
    engine: TransformersEngine,
) -> None:
    assert engine.count_tokens("<|im_start|>the") == 1 + engine.count_tokens("the")


def test_text_longer_than_the_window_loses_its_beginning(plain: Any) -> None:
    engine = build_engine(plain, tiny_tokenizer(), name="tiny")
    engine.window = 64
    long = "word " * 100 + PROMPT
    kept = engine.tokenizer.decode(engine.tokenizer.encode(long)[-64:])
    np.testing.assert_allclose(engine.encode(long), engine.encode(kept), atol=1e-4)


def test_text_without_tokens_is_refused(engine: TransformersEngine) -> None:
    with pytest.raises(ValueError, match="at least one token"):
        engine.encode("")


class Interrupted(Exception):
    """As when a person presses Ctrl-C in the middle of a forward pass."""


@pytest.fixture
def failing_layer(plain: Any, engine: TransformersEngine) -> Iterator[list[bool]]:
    """Makes the model's second layer fail while it holds anything."""
    armed: list[bool] = []

    def fail(*_: object) -> None:
        if armed:
            raise Interrupted

    decoder = engine._decoder
    if isinstance(decoder, LeanLlama):
        layer = decoder._layers[1]

        def down(x: torch.Tensor) -> torch.Tensor:
            fail()
            return layer.down(x)

        decoder._layers[1] = layer._replace(down=down)
        yield armed
        return
    body = plain.get_decoder()
    layers = body.layers if hasattr(body, "layers") else body.h
    handle = layers[1].register_forward_pre_hook(fail)
    yield armed
    handle.remove()


def test_a_failed_call_leaves_the_cache_as_it_was(
    engine: TransformersEngine, failing_layer: list[bool]
) -> None:
    scores = engine.log_likelihoods(PROMPT, CONTINUATIONS, cache="turn")
    longer = engine.encode(PROMPT + " and more")
    for call in (
        lambda: engine.encode(PROMPT + " and more", cache="turn"),
        lambda: engine.log_likelihoods(PROMPT, CONTINUATIONS, cache="turn"),
        lambda: engine.generate_titles(
            PROMPT, engine.build_title_tree(LABELS), beams=3, cache="turn"
        ),
        lambda: list(engine.generate(PROMPT, max_tokens=3, cache="turn")),
    ):
        failing_layer.append(True)
        with pytest.raises(Interrupted):
            call()
        failing_layer.clear()
        found = engine.log_likelihoods(PROMPT, CONTINUATIONS, cache="turn")
        np.testing.assert_allclose(found, scores, atol=1e-4)
    np.testing.assert_allclose(engine.encode(PROMPT + " and more", cache="turn"), longer, atol=1e-4)


def test_closing_a_reply_stops_computing(engine: TransformersEngine) -> None:
    pieces = engine.generate(PROMPT, max_tokens=50)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # a generator
    computed = engine.computed_tokens
    assert next(pieces, None) is None
    assert engine.computed_tokens == computed
    assert computed < engine.count_tokens(PROMPT) + 10


def test_beams_narrower_than_the_tree_still_give_true_scores(engine: TransformersEngine) -> None:
    labels = {str(number): f"{word} ({1950 + number})" for number, word in enumerate("abcdefgh")}
    found = engine.generate_titles(PROMPT, engine.build_title_tree(labels), beams=3)
    assert 1 <= len(found) <= 3
    expected = engine.log_likelihoods(PROMPT, [" " + labels[item_id] for item_id, _ in found])
    np.testing.assert_allclose([score for _, score in found], expected, atol=1e-4)
