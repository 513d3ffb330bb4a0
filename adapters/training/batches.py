"""Packs of tokens padded to one length and put side by side, as tensors for training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from adapters.engine.title_tree import ancestor_mask
from adapters.training.packing import Pack


@dataclass(frozen=True)
class Batch:
    """Packs side by side: `tokens` and `positions` (packs, length), `visible` (packs, 1, length,
    length), true where a token may look; what is beyond a pack's end sees itself only."""

    packs: tuple[Pack, ...]
    tokens: Tensor
    positions: Tensor
    visible: Tensor


def collate(packs: Sequence[Pack]) -> Batch:
    """Pad packs to one length."""
    length = max(len(pack) for pack in packs)
    tokens = torch.zeros(len(packs), length, dtype=torch.long)
    positions = torch.zeros(len(packs), length, dtype=torch.long)
    visible = torch.eye(length, dtype=torch.bool).repeat(len(packs), 1, 1, 1)
    for number, pack in enumerate(packs):
        size = len(pack)
        tokens[number, :size] = torch.tensor(pack.tokens)
        positions[number, :size] = torch.tensor(pack.depths)
        visible[number, 0, :size, :size] = torch.from_numpy(ancestor_mask(pack.parents))
    return Batch(tuple(packs), tokens, positions, visible)
