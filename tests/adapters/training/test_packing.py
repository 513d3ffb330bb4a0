from __future__ import annotations

import numpy as np
import pytest
import torch

from adapters.training.batches import collate
from adapters.training.layers import LayerSpans
from adapters.training.packing import Branch, Pack, Target, bucketed, pack_dialogue
from adapters.training.title_vectors import title_states
from tests.tiny_model import tiny_model

TRUNK = (5, 6, 7, 8, 9, 10)


def pack() -> Pack:
    return pack_dialogue(
        0,
        TRUNK,
        [
            Branch(2, (20, 21), (Target((30, 31, 32), 4),), example=0),
            Branch(5, (20, 21), (Target((40,), 1), Target((30, 33), 2)), example=1),
        ],
    )


def test_the_trunk_ends_with_the_last_branch() -> None:
    assert pack().tokens[:5] == list(TRUNK[:5])
    assert 10 not in pack().tokens


def test_steps_predict_the_targets_tokens_in_order() -> None:
    made = pack()
    steps = made.branches[0].steps[0]
    assert [token for _, token in steps] == [30, 31, 32]
    assert steps[0][0] == made.branches[0].end
    assert [made.tokens[node] for node, _ in steps[1:]] == [30, 31]
    assert made.branches[1].items == (1, 2)


def test_a_branch_is_read_as_if_the_dialogue_ended_there() -> None:
    made = pack()
    batch = collate([made, pack_dialogue(1, (1, 2), [Branch(2, (3,), (), 2)])])
    spans = LayerSpans(tiny_model())
    with torch.no_grad():
        packed = spans.finish(
            spans.run(spans.embed(batch.tokens), batch.positions, batch.visible, 0, spans.count)
        )
        for branch, after in zip(made.branches, (2, 5), strict=True):
            alone = torch.tensor([[*TRUNK[:after], 20, 21]])
            plain = tiny_model()(input_ids=alone, output_hidden_states=True).hidden_states[-1]
            assert torch.allclose(packed[0, branch.end], plain[0, -1], atol=1e-4)
    assert batch.visible.shape == (2, 1, len(made), len(made))


def test_spans_one_after_the_other_are_the_whole() -> None:
    batch = collate([pack()])
    spans = LayerSpans(tiny_model())
    with torch.no_grad():
        first = spans.embed(batch.tokens)
        whole = spans.run(first, batch.positions, batch.visible, 0, spans.count)
        lower = spans.run(first, batch.positions, batch.visible, 0, 1)
        upper = spans.run(lower, batch.positions, batch.visible, 1, spans.count)
    assert torch.allclose(whole, upper, atol=1e-5)


def test_batches_hold_each_pack_once_and_stay_below_the_limit() -> None:
    sizes = [3, 50, 20, 21, 49, 7, 120]
    for generator in (None, np.random.default_rng(1)):
        batches = bucketed(sizes, 100, generator)
        assert sorted(n for batch in batches for n in batch) == list(range(len(sizes)))
        assert all(
            len(batch) == 1 or len(batch) * max(sizes[n] for n in batch) <= 100 for batch in batches
        )


def test_items_read_together_are_as_if_read_alone() -> None:
    spans = LayerSpans(tiny_model())
    names = [(30, 31), (32,), (33, 34, 35)]
    together = title_states(spans, (5, 6), names, (7, 8))
    for number, name in enumerate(names):
        alone = title_states(spans, (5, 6), [name], (7, 8))
        for one, all_of_them in zip(alone, together, strict=True):
            assert all_of_them[number] == pytest.approx(one[0], abs=1e-4)
