"""A language model that needs no weights: bytes as tokens, likelihoods from a hash.

It satisfies the contract of `bot.core.protocols.LanguageModel`: its probabilities are proper ones,
so tests of what stands on them mean something. Replies can be scripted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.core.protocols import TitleTree, TokenGuard

BYTES = 256
END = 256
ORDER = 3
"""How many bytes back the next one depends on."""


@dataclass(frozen=True)
class FakeTitleTree(TitleTree):
    labels: Mapping[str, str]

    @property
    def size(self) -> int:
        return len(self.labels)


class FakeLanguageModel:
    """Deterministic; `replies` are given out in turn by `generate`, the last one again and again.

    `calls` counts what was asked for, by method.
    """

    def __init__(
        self, replies: Sequence[str] = (), *, hidden_size: int = 16, seed: int = 0
    ) -> None:
        self.name = "fake"
        self.hidden_size = hidden_size
        self.replies = list(replies)
        self.calls: dict[str, int] = {}
        self.forgotten: list[str] = []
        self._seed = seed

    def count_tokens(self, text: str) -> int:
        return len(text.encode())

    def encode(self, text: str, *, cache: str | None = None) -> NDArray[np.float32]:
        self._count("encode")
        return self._random(b"encode" + text.encode()).normal(size=self.hidden_size).astype("f4")

    def log_likelihoods(
        self, prefix: str, continuations: Sequence[str], *, cache: str | None = None
    ) -> NDArray[np.float64]:
        self._count("log_likelihoods")
        return np.array([self._score(prefix, text) for text in continuations], dtype=np.float64)

    def generate(
        self,
        prompt: str,
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        guard: TokenGuard | None = None,
        temperature: float = 0.0,
        seed: int | None = None,
        cache: str | None = None,
    ) -> Iterator[str]:
        self._count("generate")
        if self.replies:
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            pieces: Iterator[str] = iter(reply.replace(" ", "\0 ").split("\0")[:max_tokens])
        else:
            pieces = self._sampled(prompt, max_tokens, guard, temperature, seed)
        yield from _until(pieces, stop)

    def build_title_tree(self, labels: Mapping[str, str]) -> FakeTitleTree:
        return FakeTitleTree({item_id: label for item_id, label in labels.items() if label})

    def generate_titles(
        self,
        prompt: str,
        tree: TitleTree,
        *,
        beams: int,
        exclude: frozenset[str] = frozenset(),
        cache: str | None = None,
    ) -> list[tuple[str, float]]:
        self._count("generate_titles")
        assert isinstance(tree, FakeTitleTree)
        scores = {
            label: self._score(prompt, " " + label)
            for item_id, label in tree.labels.items()
            if item_id not in exclude
        }
        best = sorted(scores, key=lambda label: -scores[label])[:beams]
        return [
            (item_id, scores[label])
            for label in best
            for item_id, other in tree.labels.items()
            if other == label and item_id not in exclude
        ]

    def forget(self, cache: str) -> None:
        self.forgotten.append(cache)

    def _sampled(
        self,
        prompt: str,
        max_tokens: int,
        guard: TokenGuard | None,
        temperature: float,
        seed: int | None,
    ) -> Iterator[str]:
        draw = np.random.default_rng(seed)
        generated: list[int] = []
        while len(generated) < max_tokens:
            scores = self._log_probabilities(prompt.encode() + bytes(generated))
            # Only printable ASCII and the end come, so that every byte is a character.
            allowed = np.array([*range(32, 127), END])
            if guard is not None and (ids := guard.allowed(generated)) is not None:
                allowed = np.asarray(ids)
            if not len(allowed):
                return
            odds = scores[allowed]
            if temperature > 0:
                odds = np.exp(odds / temperature)
                token = int(draw.choice(allowed, p=odds / odds.sum()))
            else:
                token = int(allowed[odds.argmax()])
            if token == END:
                return
            generated.append(token)
            yield chr(token)

    def _score(self, prefix: str, text: str) -> float:
        before, data = prefix.encode(), text.encode()
        return float(
            sum(self._log_probabilities(before + data[:at])[byte] for at, byte in enumerate(data))
        )

    def _log_probabilities(self, before: bytes) -> NDArray[np.float64]:
        logits = self._random(before[-ORDER:]).normal(size=BYTES + 1)
        logits[END] -= 3.0  # texts should be of some length
        normalised: NDArray[np.float64] = logits - np.logaddexp.reduce(logits)
        return normalised

    def _random(self, data: bytes) -> np.random.Generator:
        digest = hashlib.blake2b(data, digest_size=8, salt=self._seed.to_bytes(8, "little"))
        return np.random.default_rng(int.from_bytes(digest.digest(), "little"))

    def _count(self, method: str) -> None:
        self.calls[method] = self.calls.get(method, 0) + 1


def _until(pieces: Iterator[str], stop: Sequence[str]) -> Iterator[str]:
    """Pieces up to the first stop string, held back while one may be beginning."""
    text, sent = "", 0
    for piece in pieces:
        text += piece
        ends = [at for mark in stop if (at := text.find(mark)) >= 0]
        if ends:
            if min(ends) > sent:
                yield text[sent : min(ends)]
            return
        held = max(
            (n for mark in stop for n in range(1, len(mark)) if text.endswith(mark[:n])), default=0
        )
        if len(text) - held > sent:
            yield text[sent : len(text) - held]
            sent = len(text) - held
    if text[sent:]:
        yield text[sent:]
