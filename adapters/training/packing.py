"""Dialogues as trees of tokens: a trunk that grows by turns, branches where something is asked.

One forward pass over a pack serves every moment of a dialogue: each token sees its ancestors and
itself only, so that a branch is read exactly as if the dialogue had ended there. Knows tokens,
not text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

ROOT = -1


@dataclass(frozen=True)
class Target:
    """What should follow a branch: its `tokens`, and the `item` it names (a number)."""

    tokens: tuple[int, ...]
    item: int


@dataclass(frozen=True)
class Branch:
    """A request after the first `after` tokens of the trunk, with what should follow it.

    `example` is the caller's number for it.
    """

    after: int
    tokens: tuple[int, ...]
    targets: tuple[Target, ...]
    example: int


@dataclass(frozen=True)
class PackedBranch:
    """Where a branch lies in a pack: the node of its last token, and for each target the nodes
    whose next token is given, with that token."""

    end: int
    example: int
    items: tuple[int, ...]
    steps: tuple[tuple[tuple[int, int], ...], ...]


@dataclass
class Pack:
    """Tokens with their parents (positions in the pack, -1 for none) and depths."""

    dialogue: int
    tokens: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    branches: list[PackedBranch] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.tokens)

    def append(self, tokens: Sequence[int], parent: int) -> list[int]:
        """Add a chain below `parent`; returns its nodes."""
        nodes = []
        for token in tokens:
            self.depths.append(0 if parent == ROOT else self.depths[parent] + 1)
            self.tokens.append(token)
            self.parents.append(parent)
            parent = len(self.tokens) - 1
            nodes.append(parent)
        return nodes


def pack_dialogue(dialogue: int, trunk: Sequence[int], branches: Sequence[Branch]) -> Pack:
    """The pack of one dialogue; the trunk is cut after the last branch.

    A target's last token is only predicted, never read, so it has no node. Raises ValueError for
    a branch without tokens.
    """
    pack = Pack(dialogue)
    needed = max((branch.after for branch in branches), default=0)
    stem = pack.append(trunk[:needed], ROOT)
    for branch in branches:
        if not branch.tokens:
            raise ValueError("expected a branch with at least one token")
        start = stem[branch.after - 1] if branch.after else ROOT
        end = pack.append(branch.tokens, start)[-1]
        steps = []
        for target in branch.targets:
            nodes = [end, *pack.append(target.tokens[:-1], end)]
            steps.append(tuple(zip(nodes, target.tokens, strict=True)))
        items = tuple(target.item for target in branch.targets)
        pack.branches.append(PackedBranch(end, branch.example, items, tuple(steps)))
    return pack


def bucketed(
    sizes: Sequence[int], most_tokens: int, generator: np.random.Generator | None = None
) -> list[list[int]]:
    """Batches of numbers with near equal sizes, each of at most `most_tokens` after padding.

    With a generator, neighbours in size change places a little and batches come in random order.
    """
    jitter = np.zeros(len(sizes)) if generator is None else generator.uniform(0, 30, len(sizes))
    order = np.argsort(np.asarray(sizes) + jitter, kind="stable")
    batches = list(_filled(order.tolist(), sizes, most_tokens))
    if generator is not None:
        generator.shuffle(batches)
    return batches


def _filled(order: Sequence[int], sizes: Sequence[int], most: int) -> Iterator[list[int]]:
    batch: list[int] = []
    widest = 0
    for number in order:
        widest = max(widest, sizes[number])
        if batch and widest * (len(batch) + 1) > most:
            yield batch
            batch, widest = [], sizes[number]
        batch.append(number)
    if batch:
        yield batch
