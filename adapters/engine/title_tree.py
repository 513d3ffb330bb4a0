"""Prefix trees over token sequences: titles to decode, continuations to score.

Owns the tree and the bookkeeping for running many of its nodes through a model in one pass; knows
nothing of text or models. Nodes are numbered so that a parent comes before its children; node 0
is the root, which stands for the prefix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

ROOT = 0


class TokenTree:
    """A prefix tree of token sequences.

    `tokens[n]` is the token that leads to node n (-1 for the root), `parents[n]` its parent,
    `depths[n]` its distance from the root, `children[n]` maps a next token to a node.
    """

    def __init__(self) -> None:
        self.tokens: list[int] = [-1]
        self.parents: list[int] = [-1]
        self.depths: list[int] = [0]
        self.children: list[dict[int, int]] = [{}]

    def __len__(self) -> int:
        return len(self.tokens)

    def add(self, sequence: Sequence[int]) -> int:
        """Insert `sequence`; returns the node it ends at."""
        node = ROOT
        for token in sequence:
            child = self.children[node].get(token)
            if child is None:
                child = len(self.tokens)
                self.children[node][token] = child
                self.tokens.append(token)
                self.parents.append(node)
                self.depths.append(self.depths[node] + 1)
                self.children.append({})
            node = child
        return node

    def path(self, node: int) -> list[int]:
        """Nodes from the root's child down to `node`."""
        nodes = []
        while node != ROOT:
            nodes.append(node)
            node = self.parents[node]
        return nodes[::-1]

    @property
    def inner(self) -> list[int]:
        """Nodes other than the root that have children: those whose hidden state is needed."""
        return [node for node in range(1, len(self)) if self.children[node]]


def ancestor_mask(parents: Sequence[int]) -> NDArray[np.bool_]:
    """Which nodes each node may look at: its ancestors and itself, (n, n) boolean.

    `parents` are positions within the same sequence, before their children; negative for none.
    """
    mask = np.zeros((len(parents), len(parents)), dtype=np.bool_)
    for node, parent in enumerate(parents):
        if parent >= 0:
            mask[node] = mask[parent]
        mask[node, node] = True
    return mask


@dataclass(frozen=True)
class LabelTree:
    """A tree over tokenised labels: satisfies `bot.core.protocols.TitleTree`.

    `leaves` maps the node at which a label ends to the item ids that share it; `ends` the other
    way round; `counts[n]` is how many items lie at or below node n.
    """

    tree: TokenTree
    leaves: Mapping[int, tuple[str, ...]]
    ends: Mapping[str, int]
    counts: Sequence[int] = field(repr=False)

    @property
    def size(self) -> int:
        """How many items are in it."""
        return len(self.ends)

    def barren(self, exclude: frozenset[str]) -> set[int]:
        """Nodes at or below which every item is excluded."""
        gone: dict[int, int] = {}
        for item_id in exclude:
            node = self.ends.get(item_id, -1)
            while node >= 0:
                gone[node] = gone.get(node, 0) + 1
                node = self.tree.parents[node]
        return {node for node, count in gone.items() if count == self.counts[node]}


def build_label_tree(sequences: Mapping[str, Sequence[int]]) -> LabelTree:
    """A tree over `sequences` (item id → the tokens of its label); empty labels are left out."""
    tree = TokenTree()
    ends = {item_id: tree.add(sequence) for item_id, sequence in sequences.items() if sequence}
    leaves: dict[int, tuple[str, ...]] = {}
    for item_id, node in ends.items():
        leaves[node] = (*leaves.get(node, ()), item_id)
    counts = [len(leaves.get(node, ())) for node in range(len(tree))]
    for node in range(len(tree) - 1, 0, -1):
        counts[tree.parents[node]] += counts[node]
    return LabelTree(tree=tree, leaves=leaves, ends=ends, counts=counts)
