from __future__ import annotations

import pytest

from adapters.engine.language_engine import TransformersEngine
from adapters.engine.loading import build_engine
from adapters.engine.phrase_guard import PhraseGuard, phrase_guard
from tests.tiny_model import tiny_model, tiny_tokenizer

TEXTS = [" Try Heat.", " Try Ronin.", " How about Heat?"]


@pytest.fixture(scope="module")
def engine() -> TransformersEngine:
    return build_engine(tiny_model(), tiny_tokenizer(), name="tiny")


def test_only_what_goes_on_with_a_text_is_allowed() -> None:
    guard = PhraseGuard([[1, 2, 3], [1, 4], [5]])
    assert guard.allowed([]).tolist() == [1, 5]
    assert guard.allowed([1]).tolist() == [2, 4]
    assert guard.allowed([1, 4]).tolist() == []
    assert guard.allowed([9]).tolist() == []


def test_a_model_writes_one_of_the_texts_whatever_it_would_rather_say(
    engine: TransformersEngine,
) -> None:
    written = {
        "".join(
            engine.generate(
                "User: hello\nBot:",
                max_tokens=64,
                guard=phrase_guard(engine.split, TEXTS),
                temperature=1.0,
                seed=seed,
            )
        )
        for seed in range(12)
    }
    assert written <= set(TEXTS)
    assert len(written) > 1


def test_what_is_forced_costs_no_forward_pass(engine: TransformersEngine) -> None:
    prompt = "User: hello\nBot:"
    guard = phrase_guard(engine.split, TEXTS[:1])
    before = engine.computed_tokens
    assert "".join(engine.generate(prompt, max_tokens=64, guard=guard)) == TEXTS[0]
    assert engine.computed_tokens == before
