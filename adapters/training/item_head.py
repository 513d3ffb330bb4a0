"""The head that turns a last hidden state into a score for every item.

score(item) = gain x context . vector(item) + (query A) . (features(item) B), the second product
of low rank. The query is the whitened hidden state beside the context: the mean vector of the
items that the dialogue speaks of. Trained on top of an offset, the score of everything that is
known without a language model, so that it learns what that does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from adapters.engine.whitening import Whitening
from adapters.training.batches import Batch

Matrix = NDArray[np.float32]
RANK = 32
QUERY_WIDTH = 64
DROPOUT = 0.3
START = 0.1
EXCLUDED = -1e4


class ItemHead(nn.Module):
    """Learned weights of the head over fixed item vectors (items, v) and features (items, f)."""

    def __init__(self, vectors: Matrix, features: Matrix, whitening: Whitening, rank: int = RANK):
        super().__init__()
        width = vectors.shape[1] + whitening.directions.shape[1]
        self.query = nn.Parameter(torch.randn(width, rank) * START)
        self.items = nn.Parameter(torch.randn(features.shape[1], rank) * START)
        self.gain = nn.Parameter(torch.ones(()))
        self.trust = nn.Parameter(torch.ones(()))  # of the offset
        for name, value in {
            "vectors": vectors,
            "features": features,
            "mean": whitening.mean,
            "directions": whitening.directions,
        }.items():
            self.register_buffer(name, torch.from_numpy(value), persistent=False)

    def forward(self, context: Tensor, hidden: Tensor, offset: Tensor) -> Tensor:
        """Logits (n, items) for contexts (n, v), hidden states (n, width), offsets (n, items)."""
        white = functional.normalize((hidden - self._of("mean")) @ self._of("directions"), dim=-1)
        query = functional.dropout(torch.cat([context, white], 1), DROPOUT, self.training)
        items = functional.dropout(self._of("features"), DROPOUT, self.training) @ self.items
        alike = self.gain * (context @ self._of("vectors").T)
        scores: Tensor = self.trust * offset + alike + (query @ self.query) @ items.T
        return scores

    def weights(self) -> dict[str, Matrix]:
        """What serving needs, by name."""
        return {
            "query": self.query.detach().cpu().numpy().astype(np.float32),
            "items": self.items.detach().cpu().numpy().astype(np.float32),
            "gain": self.gain.detach().cpu().numpy().reshape(1).astype(np.float32),
            "trust": self.trust.detach().cpu().numpy().reshape(1).astype(np.float32),
        }

    def _of(self, name: str) -> Tensor:
        value = getattr(self, name)
        assert isinstance(value, Tensor)
        return value


@dataclass(frozen=True)
class HeadExamples:
    """For each example number: its context (n, v), and its offset (n, items) in half precision,
    -1e4 where an item may not be recommended."""

    context: Matrix
    offset: NDArray[np.float16]


class JointObjective(nn.Module):
    """The item head's loss and the titles' likelihood, both over the same pass.

    Per target: cross-entropy over all items, plus `title_weight` x that of the title's tokens. A
    target that names no item (a number below 0) is words alone, such as a reply: `reply_weight` x
    the cross-entropy of its tokens.
    """

    def __init__(
        self,
        head: ItemHead,
        examples: HeadExamples,
        output: Any,
        title_weight: float,
        reply_weight: float = 0.05,
    ) -> None:
        super().__init__()
        self.head = head
        self._examples = examples
        self._output = [output]  # in a list: its weights are the model's own, and frozen
        self._weights = (title_weight, reply_weight)

    def forward(self, hidden: Tensor, batch: Batch) -> tuple[Tensor, int, dict[str, float]]:
        """(sum of losses, targets, parts) for final hidden states (packs, length, hidden)."""
        ends, numbers, items = [], [], []
        steps: tuple[list[Tensor], list[Tensor]] = ([], [])
        tokens: tuple[list[int], list[int]] = ([], [])
        targets = 0
        for row, pack in enumerate(batch.packs):
            for branch in pack.branches:
                for item, path in zip(branch.items, branch.steps, strict=True):
                    targets += 1
                    words = int(item < 0)
                    if not words:
                        ends.append(hidden[row, branch.end])
                        numbers.append(branch.example)
                        items.append(item)
                    for node, token in path:
                        steps[words].append(hidden[row, node])
                        tokens[words].append(token)
        titles, replies = (
            self._likelihood(*each, hidden) for each in zip(steps, tokens, strict=True)
        )
        ranking = self._ranking(ends, numbers, items, hidden)
        total = ranking + self._weights[0] * titles + self._weights[1] * replies
        parts = {"ranking": ranking, "titles": titles, "replies": replies}
        return total, targets, {name: float(value.detach()) for name, value in parts.items()}

    def _ranking(
        self, ends: list[Tensor], numbers: list[int], items: list[int], hidden: Tensor
    ) -> Tensor:
        if not ends:
            return hidden.sum() * 0
        device = hidden.device
        logits = self.head(
            torch.from_numpy(self._examples.context[numbers]).to(device),
            torch.stack(ends),
            torch.from_numpy(self._examples.offset[numbers]).float().to(device),
        )
        wanted = torch.tensor(items, device=device)
        return functional.cross_entropy(logits, wanted, reduction="sum")

    def _likelihood(self, steps: list[Tensor], tokens: list[int], hidden: Tensor) -> Tensor:
        if not steps:
            return hidden.sum() * 0
        wanted = torch.tensor(tokens, device=hidden.device)
        logits = self._output[0](torch.stack(steps))
        return functional.cross_entropy(logits, wanted, reduction="sum")


def fit_head(
    head: ItemHead,
    hidden: Matrix,
    examples: HeadExamples,
    train: Sequence[tuple[int, int]],
    held: Sequence[tuple[int, int]],
    *,
    seed: int,
    epochs: int = 24,
    patience: int = 3,
) -> float:
    """Fit a head to fixed hidden states (examples, width); returns the best held-out loss.

    `train` and `held` are pairs of example and item. The weights of the best epoch stay.
    """
    torch.manual_seed(seed)
    order = np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(head.parameters(), lr=1.5e-3, weight_decay=0.1)
    best, since, kept = float("inf"), 0, {n: p.detach().clone() for n, p in head.named_parameters()}
    for _ in range(epochs):
        head.train()
        places = order.permutation(len(train))
        for start in range(0, len(places), 256):
            batch = [train[place] for place in places[start : start + 256]]
            loss = _head_loss(head, hidden, examples, batch) / len(batch)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        held_loss = head_loss(head, hidden, examples, held)
        if held_loss < best:
            best, since = held_loss, 0
            kept = {name: p.detach().clone() for name, p in head.named_parameters()}
        else:
            since += 1
            if since >= patience:
                break
    head.load_state_dict(kept, strict=False)
    return best


@torch.no_grad()
def head_loss(
    head: ItemHead, hidden: Matrix, examples: HeadExamples, pairs: Sequence[tuple[int, int]]
) -> float:
    """Mean cross-entropy in nats of pairs of example and item."""
    head.eval()
    total = 0.0
    for start in range(0, len(pairs), 256):
        total += float(_head_loss(head, hidden, examples, pairs[start : start + 256]))
    return total / max(len(pairs), 1)


@torch.no_grad()
def head_logits(
    head: ItemHead, hidden: Matrix, examples: HeadExamples, numbers: Sequence[int]
) -> Matrix:
    """Logits of all items for some examples, (numbers, items)."""
    head.eval()
    chosen = list(numbers)
    logits = head(
        torch.from_numpy(examples.context[chosen]),
        torch.from_numpy(hidden[chosen]),
        torch.from_numpy(examples.offset[chosen]).float(),
    )
    return np.asarray(logits.numpy(), dtype=np.float32)


def _head_loss(
    head: ItemHead, hidden: Matrix, examples: HeadExamples, pairs: Sequence[tuple[int, int]]
) -> Tensor:
    numbers = [number for number, _ in pairs]
    logits = head(
        torch.from_numpy(examples.context[numbers]),
        torch.from_numpy(hidden[numbers]),
        torch.from_numpy(examples.offset[numbers]).float(),
    )
    wanted = torch.tensor([item for _, item in pairs])
    return functional.cross_entropy(logits, wanted, reduction="sum")
