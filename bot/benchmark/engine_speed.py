"""The engine's tokens a second beside plain `transformers`, taking turns in one run.

Plain means the model as the library loads it, in single precision with the same adapter folded
in, through its own ``generate``. Both read the same prompts and write as many tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

import torch

from adapters.engine.language_engine import TransformersEngine
from bot.benchmark.figures import EngineSpeed, middle

Report = Callable[[str, int, int | None], None]
CACHE = "\0benchmark"


class PlainModel:
    """A model with its tokeniser, run by transformers alone."""

    def __init__(self, model: Any, split: Callable[[str], Sequence[int]]):
        self._model = model
        self._split = split

    @torch.inference_mode()
    def prefill_seconds(self, text: str) -> float:
        """How long reading `text` once takes, to the logits of the next token."""
        tokens = torch.tensor([list(self._split(text))])
        began = perf_counter()
        self._model(input_ids=tokens, use_cache=True, logits_to_keep=1)
        return perf_counter() - began

    @torch.inference_mode()
    def decode_seconds(self, text: str, count: int) -> float:
        """Seconds for each of `count` tokens that ``generate`` writes after the first."""
        tokens = torch.tensor([list(self._split(text))])
        first = self._generate(tokens, 1)
        return (self._generate(tokens, count + 1) - first) / count

    def _generate(self, tokens: torch.Tensor, count: int) -> float:
        began = perf_counter()
        self._model.generate(
            tokens,
            attention_mask=torch.ones_like(tokens),
            do_sample=False,
            min_new_tokens=count,
            max_new_tokens=count,
            pad_token_id=0,
        )
        return perf_counter() - began


def measure_engine(
    engine: TransformersEngine,
    plain: PlainModel,
    texts: Sequence[str],
    story: str,
    *,
    tokens: int,
    report: Report,
) -> EngineSpeed:
    """Read each of `texts` and write `tokens` after `story`, the two in turn, once for each text.

    A round before the first is not counted.
    """
    rounds: list[tuple[float, float, float, float]] = []
    for number, text in enumerate([texts[0], *texts]):
        report("Engine beside transformers", number, len(texts) + 1)
        size = engine.count_tokens(text)
        order = list(_both(engine, plain, text, story, tokens, first=number % 2))
        (ours, theirs), (our_step, their_step) = order
        if number:
            rounds.append((size / ours, size / theirs, 1 / our_step, 1 / their_step))
    engine.forget(CACHE)
    prefill, plain_prefill, decode, plain_decode = (
        [each[place] for each in rounds] for place in range(4)
    )
    return EngineSpeed(
        decode=middle(decode),
        prefill=middle(prefill),
        plain_decode=middle(plain_decode),
        plain_prefill=middle(plain_prefill),
        decode_ratio=middle([a / b for a, b in zip(decode, plain_decode, strict=True)]),
        prefill_ratio=middle([a / b for a, b in zip(prefill, plain_prefill, strict=True)]),
    )


def _both(
    engine: TransformersEngine,
    plain: PlainModel,
    text: str,
    story: str,
    tokens: int,
    *,
    first: int,
) -> Iterator[tuple[float, float]]:
    """(ours, theirs) in seconds: of reading `text`, then of a token after `story`."""
    pairs: list[tuple[Callable[[], float], Callable[[], float]]] = [
        (lambda: prefill_seconds(engine, text), lambda: plain.prefill_seconds(text)),
        (
            lambda: decode_seconds(engine, story, tokens),
            lambda: plain.decode_seconds(story, tokens),
        ),
    ]
    for ours, theirs in pairs:
        # Who goes first changes from round to round, so that a drift of the machine is shared.
        if first:
            mine, other = ours(), theirs()
        else:
            other, mine = theirs(), ours()
        yield mine, other


def prefill_seconds(engine: TransformersEngine, text: str) -> float:
    """How long the engine takes to read `text` when nothing of it is cached."""
    engine.forget(CACHE)
    began = perf_counter()
    engine.encode(text, cache=CACHE)
    return perf_counter() - began


def decode_seconds(engine: TransformersEngine, text: str, count: int) -> float:
    """Seconds for each token that goes through the model while it writes freely."""
    engine.encode(text, cache=CACHE)
    computed = engine.computed_tokens
    began = perf_counter()
    for _ in engine.generate(text, max_tokens=count + 1, cache=CACHE):
        pass
    # A text may end early; what went through the model is what was paid for.
    return (perf_counter() - began) / max(engine.computed_tokens - computed, 1)
