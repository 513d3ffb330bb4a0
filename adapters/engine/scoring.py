"""Many alternatives after one prefix in few forward passes: likelihoods and beam search.

Owns running the nodes of a token tree side by side over a shared cache, each seeing the prefix,
its ancestors and itself only. The cached prefix is left as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adapters.engine.kv_cache import Context
from adapters.engine.title_tree import ROOT, LabelTree, TokenTree, ancestor_mask
from adapters.runtime.decoder import Decoder, States

NODES_PER_PASS = 256
"""Inner nodes to one forward pass: enough to keep the cores busy, masks and states stay small."""
LOGIT_ROWS = 64
"""Hidden states to one product with the output layer; bounds logits at 64 x vocabulary."""


def score_sequences(
    decoder: Decoder, context: Context, sequences: Sequence[Sequence[int]]
) -> tuple[int, NDArray[np.float64]]:
    """Log-likelihoods in nats of as many first `sequences` as fit one pass: (how many, scores).

    Sequences that share first tokens should stand side by side. At least one is taken.
    """
    tree = TokenTree()
    ends: list[int] = []
    inner = 0
    for sequence in sequences:
        before = len(tree)
        ends.append(tree.add(sequence))
        inner += max(len(tree) - before - 1, 0)  # the last one made is a leaf
        if inner >= NODES_PER_PASS:
            break
    totals = _tree_log_likelihoods(decoder, context, tree)
    return len(ends), totals[ends]


def _tree_log_likelihoods(
    decoder: Decoder, context: Context, tree: TokenTree
) -> NDArray[np.float64]:
    """Summed log P from the root to each node, shape (nodes,)."""
    assert context.hidden is not None
    inner = tree.inner
    states = context.hidden[None]
    if inner:
        place = {node: row for row, node in enumerate(inner)}
        with context.branch() as cache:
            length = cache.length
            visible = np.concatenate(
                [
                    np.ones((len(inner), length), dtype=np.bool_),
                    ancestor_mask([place.get(tree.parents[node], -1) for node in inner]),
                ],
                axis=1,
            )
            depths = np.array([tree.depths[node] for node in inner])
            below = decoder.extend(
                cache,
                [tree.tokens[node] for node in inner],
                positions=depths + (length - 1),
                visible=visible,
            )
        states = np.concatenate([states, below])
    steps = np.zeros(len(tree), dtype=np.float64)
    rows = [ROOT, *inner]
    for start in range(0, len(rows), LOGIT_ROWS):
        chunk = rows[start : start + LOGIT_ROWS]
        log_probabilities = _log_softmax(decoder.logits(states[start : start + len(chunk)]))
        owners = [row for row, node in enumerate(chunk) for _ in tree.children[node]]
        tokens = [token for node in chunk for token in tree.children[node]]
        children = [child for node in chunk for child in tree.children[node].values()]
        steps[children] = log_probabilities(owners, tokens)
    for node in range(1, len(tree)):
        steps[node] += steps[tree.parents[node]]
    return steps


class _log_softmax:
    """log P of chosen tokens without the whole normalised matrix: (rows, tokens) → values."""

    def __init__(self, logits: States):
        self._logits = logits
        largest = logits.max(axis=-1, keepdims=True)
        self._norms = largest[:, 0] + np.log(np.exp(logits - largest).sum(axis=-1))

    def __call__(self, rows: Sequence[int], tokens: Sequence[int]) -> NDArray[np.float64]:
        chosen = self._logits[rows, tokens].astype(np.float64)
        return np.asarray(chosen - self._norms[rows].astype(np.float64))


def beam_search(
    decoder: Decoder,
    context: Context,
    labels: LabelTree,
    *,
    beams: int,
    exclude: frozenset[str] = frozenset(),
) -> list[tuple[str, float]]:
    """The likeliest labels' items with their log-likelihood in nats, best first.

    Every step runs the at most `beams` open nodes in one pass over the shared cache. As a score
    only falls with length, the search ends once `beams` finished labels beat all open ones.
    At most `beams` labels come out, so more items than that where labels are shared.
    """
    if beams < 1:
        raise ValueError(f"expected at least one beam, found {beams}")
    tree = labels.tree
    barren = labels.barren(exclude)
    if ROOT in barren or labels.size == 0:
        return []
    assert context.hidden is not None
    finished: list[tuple[float, int]] = []
    open_nodes, scores, states = [ROOT], [0.0], context.hidden[None]
    seen: list[int] = []  # nodes whose keys and values lie in the cache, in order
    with context.branch() as cache:
        length = cache.length
        while open_nodes:
            grown = _grow(decoder, tree, barren, open_nodes, scores, states)
            ends = [
                (score, node)
                for score, node in grown
                if any(item_id not in exclude for item_id in labels.leaves.get(node, ()))
            ]
            finished = sorted(finished + ends, key=lambda end: -end[0])[:beams]
            worst = finished[-1][0] if len(finished) == beams else -np.inf
            alive = [pair for pair in grown if tree.children[pair[1]] and pair[0] > worst]
            alive = sorted(alive, key=lambda pair: -pair[0])[:beams]
            open_nodes, scores = [node for _, node in alive], [score for score, _ in alive]
            if not open_nodes:
                break
            assert cache.length == length + len(seen)
            seen.extend(open_nodes)
            depths = np.array([tree.depths[node] for node in open_nodes])
            states = decoder.extend(
                cache,
                [tree.tokens[node] for node in open_nodes],
                positions=depths + (length - 1),
                visible=_paths_seen(tree, open_nodes, seen, length),
            )
    return [
        (item_id, score)
        for score, node in finished
        for item_id in labels.leaves[node]
        if item_id not in exclude
    ]


def _paths_seen(
    tree: TokenTree, nodes: Sequence[int], seen: Sequence[int], length: int
) -> NDArray[np.bool_]:
    """What each node looks at: the prefix of `length` and its own path among those `seen`.

    Shape (nodes, length + seen).
    """
    place = {node: row for row, node in enumerate(seen)}
    looks = np.zeros((len(nodes), length + len(seen)), dtype=np.bool_)
    looks[:, :length] = True
    for row, node in enumerate(nodes):
        looks[row, [length + place[step] for step in tree.path(node)]] = True
    return looks


def _grow(
    decoder: Decoder,
    tree: TokenTree,
    barren: set[int],
    nodes: Sequence[int],
    scores: Sequence[float],
    states: States,
) -> list[tuple[float, int]]:
    """All children of `nodes` that lead to an item that may come out, with their scores."""
    grown: list[tuple[float, int]] = []
    for start in range(0, len(nodes), LOGIT_ROWS):
        chunk = nodes[start : start + LOGIT_ROWS]
        steps = _log_softmax(decoder.logits(states[start : start + len(chunk)]))
        owners, tokens, children = [], [], []
        for row, node in enumerate(chunk):
            for token, child in tree.children[node].items():
                if child not in barren:
                    owners.append(row)
                    tokens.append(token)
                    children.append(child)
        if not children:
            continue
        gains = steps(owners, tokens)
        base = np.asarray(scores[start : start + len(chunk)])[owners]
        grown.extend(zip((gains + base).tolist(), children, strict=True))
    return grown
