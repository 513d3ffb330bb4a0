"""Minimising a smooth loss over a few weights: L-BFGS, as torch has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 80


def minimise(
    loss: Callable[[Any], Any], start: NDArray[np.float32], *, steps: int = STEPS
) -> NDArray[np.float32]:
    """The weights (n,) at which `loss` (a tensor of n weights to a scalar tensor) is least."""
    import torch

    weights = torch.tensor(start, dtype=torch.float32, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimiser.zero_grad()
        value = loss(weights)
        value.backward()
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    found: NDArray[np.float32] = weights.detach().numpy().copy()
    return found
