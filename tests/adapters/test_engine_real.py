"""The engine on the real base model: plain transformers' numbers, and eight bits close to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from adapters.engine.language_engine import TransformersEngine
from adapters.engine.loading import build_engine, load_engine
from adapters.engine.phrase_guard import phrase_guard
from adapters.models.base_model import BaseModel
from adapters.models.loading import load_model, load_tokenizer
from adapters.runtime.workspaces import HalvedCache
from tests.adapters.engine.test_language_engine import plain_likelihood, plain_text

pytestmark = pytest.mark.real

PROMPT = (
    "<|im_start|>user\nI loved Heat and Ronin, another tense crime film please<|im_end|>\n"
    "<|im_start|>assistant\nYou should watch"
)
TITLES = [" Collateral (2004)", " Collateral", " The Insider (1999)", " Frozen (2013)"]


@pytest.fixture(scope="module")
def plain(real_base_model: BaseModel) -> Any:
    return load_model(real_base_model)


@pytest.fixture(scope="module")
def exact(plain: Any, real_base_model: BaseModel) -> TransformersEngine:
    return build_engine(plain, load_tokenizer(real_base_model), name=real_base_model.name)


@pytest.fixture(scope="module")
def fast(real_base_model: BaseModel) -> TransformersEngine:
    return load_engine(real_base_model)


def test_single_precision_equals_plain_transformers(exact: TransformersEngine, plain: Any) -> None:
    expected = [plain_likelihood(plain, exact.tokenizer, PROMPT, title) for title in TITLES]
    np.testing.assert_allclose(exact.log_likelihoods(PROMPT, TITLES), expected, atol=1e-3)
    text = "".join(exact.generate(PROMPT, max_tokens=8, cache="turn"))
    assert text == plain_text(plain, exact.tokenizer, PROMPT, 8)


def divergence(fast: TransformersEngine, plain: Any, pieces: int) -> float:
    """Mean KL of the next token in nats, the prompt read in pieces of so many tokens."""
    tokens = fast.tokenizer.encode(PROMPT)
    decoder = fast._decoder
    cache = decoder.new_cache()
    with torch.inference_mode():
        wanted = torch.log_softmax(plain(torch.tensor([tokens])).logits[0].double(), -1)
        states = [
            decoder.extend(cache, tokens[start : start + pieces])
            for start in range(0, len(tokens), pieces)
        ]
        logits = torch.from_numpy(decoder.logits(np.concatenate(states)))
        found = torch.log_softmax(logits.double(), -1)
    return float((wanted.exp() * (wanted - found)).sum(-1).mean())


@pytest.mark.parametrize("pieces", [100, 1])
def test_eight_bits_diverge_little(fast: TransformersEngine, plain: Any, pieces: int) -> None:
    # Measured on longer dialogues: 0.007 nats; 1.1 unsmoothed.
    assert divergence(fast, plain, pieces) < 0.02


@pytest.mark.parametrize("first", [2, 9, 20])
def test_read_at_once_or_in_two_a_text_gets_the_same_numbers(
    fast: TransformersEngine, first: int
) -> None:
    tokens = fast.tokenizer.encode(PROMPT)
    decoder = fast._decoder
    whole = decoder.extend(decoder.new_cache(), tokens)[-1]
    cache = decoder.new_cache()
    assert isinstance(cache, HalvedCache)
    decoder.extend(cache, tokens[:first])
    cache.put_away()
    np.testing.assert_array_equal(decoder.extend(cache, tokens[first:])[-1], whole)


@pytest.mark.parametrize("length", [129, 130, 258])
def test_a_text_longer_than_the_runtime_reads_at_once_gets_the_same_numbers(
    fast: TransformersEngine, length: int
) -> None:
    tokens = (fast.tokenizer.encode(PROMPT) * 12)[:length]
    whole = fast._store.advance(None, tokens)
    fast._store.advance("parts", tokens[: length // 3])
    parted = fast._store.advance("parts", tokens)
    fast.forget("parts")
    assert whole.hidden is not None
    np.testing.assert_array_equal(whole.hidden, parted.hidden)


def test_a_prompt_that_has_the_last_reply_goes_on_from_it_with_the_same_numbers(
    fast: TransformersEngine,
) -> None:
    dialogue = "User: I loved Heat and Ronin\nBot:"
    replies = [
        f" {first} {then}"
        for first in ("You might enjoy Collateral (2004).", "Let me suggest Collateral (2004).")
        for then in ("It has Tom Cruise in it.", "It was directed by Michael Mann.")
    ]
    fast.encode(dialogue + " You should watch", cache="ranking")
    guard = phrase_guard(fast.split, replies)
    reply = "".join(
        fast.generate(dialogue, max_tokens=60, guard=guard, temperature=0.8, cache="ranking")
    )
    following = f"{dialogue}{reply}\nUser: Something older please\nBot: You should watch"
    before = fast.computed_tokens
    state = fast.encode(following, cache="ranking")
    computed = fast.computed_tokens - before

    assert reply in replies
    opening = fast.count_tokens(dialogue + reply[: reply.index(").") + 2])
    assert computed <= fast.count_tokens(following) - opening + 2
    fast.forget("ranking")
    np.testing.assert_array_equal(state, fast.encode(following))


def test_a_guarded_reply_names_only_what_it_was_given(fast: TransformersEngine) -> None:
    guard = fast.name_guard(["Collateral", "Michael Mann", "2004"], at_start=False)
    text = "".join(fast.generate(PROMPT, max_tokens=24, guard=guard))
    names = ("Collateral", "Michael Mann", "2004")
    for name in names:
        text = text.replace(name, "")
    assert text.strip()
    assert not any(character.isdigit() or character in '<>*"[]' for character in text)
