"""The engine on the real base model: plain transformers' numbers, and eight bits close to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from adapters.base_model import BaseModel
from adapters.engine import TransformersEngine
from adapters.loading import build_engine, load_engine, load_model, load_tokenizer
from tests.adapters.test_engine import plain_likelihood, plain_text

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


def test_eight_bits_diverge_little(fast: TransformersEngine, plain: Any) -> None:
    tokens = fast.tokenizer.encode(PROMPT)
    with torch.inference_mode():
        wanted = torch.log_softmax(plain(torch.tensor([tokens])).logits[0].double(), -1)
        decoder = fast._decoder
        states = decoder.extend(decoder.new_cache(), tokens)
        found = torch.log_softmax(decoder.logits(states).double(), -1)
    divergence = (wanted.exp() * (wanted - found)).sum(-1)
    # Measured: 0.052 nats on this prompt (0.036 to 0.039 on longer dialogues; 1.1 unsmoothed).
    assert float(divergence.mean()) < 0.08


def test_a_guarded_reply_names_only_what_it_was_given(fast: TransformersEngine) -> None:
    guard = fast.name_guard(["Collateral", "Michael Mann", "2004"], at_start=False)
    text = "".join(fast.generate(PROMPT, max_tokens=24, guard=guard))
    names = ("Collateral", "Michael Mann", "2004")
    for name in names:
        text = text.replace(name, "")
    assert text.strip()
    assert not any(character.isdigit() or character in '<>*"[]' for character in text)
