"""What the language model associates with an item: its states after reading that it is loved.

Two states are taken: of the name's last token in an upper layer, and of the end of the request
that follows, after the last layer, where the model is about to name something like it. Many
items are read in one pass, each as if it stood alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from adapters.training.batches import collate
from adapters.training.layers import LayerSpans
from adapters.training.packing import ROOT, Pack

ITEMS_AT_ONCE = 40
NAME_LAYER = 0.8
"""Where among the layers the name's state is taken."""

States = NDArray[np.float32]


@torch.inference_mode()
def title_states(
    spans: LayerSpans,
    opening: Sequence[int],
    names: Sequence[Sequence[int]],
    ending: Sequence[int],
    progress: Callable[[int, int], None] | None = None,
) -> tuple[States, States]:
    """States of each of `names` between `opening` and `ending`: (of the name's last token, of
    the ending's last token), both (names, hidden)."""
    layer = round(NAME_LAYER * spans.count)
    of_names, of_ends = [], []
    for start in range(0, len(names), ITEMS_AT_ONCE):
        pack = Pack(0)
        stem = pack.append(opening, ROOT)[-1]
        places = []
        for name in names[start : start + ITEMS_AT_ONCE]:
            last = pack.append(name, stem)[-1]
            places.append((last, pack.append(ending, last)[-1]))
        batch = collate([pack])
        hidden = spans.run(spans.embed(batch.tokens), batch.positions, batch.visible, 0, layer)
        of_names.append(hidden[0, [name for name, _ in places]].float().numpy())
        hidden = spans.run(hidden, batch.positions, batch.visible, layer, spans.count)
        of_ends.append(spans.finish(hidden)[0, [end for _, end in places]].float().numpy())
        if progress is not None:
            progress(min(start + ITEMS_AT_ONCE, len(names)), len(names))
    return np.concatenate(of_names), np.concatenate(of_ends)
