"""Turning a laid-out Llama into eight bits, and writing what runs them.

Owns the arithmetic; leaves the layout to `llama_weights` and the files' life to `cached_graphs`,
for which it runs as a process of its own (``python -m adapters.runtime.quantisation``). Weights get
one scale for each output channel; activations are quantised while running. What makes that hard are
the few channels in which activations are large: as in SmoothQuant (Xiao et al. 2023), each
channel's activations are divided, and the matrix's column multiplied, by

    s = max|activation|^strength / max|weight|^(1 - strength)

The division costs nothing, being folded into the norm or the matrix before. How large activations
get is seen on the few sentences of ``calibration.json``.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from adapters.runtime.cached_graphs import graph_files
from adapters.runtime.llama_graph import is_fine, save_layers, save_output
from adapters.runtime.llama_weights import LlamaWeights, Weight
from adapters.runtime.row_tables import RowTable, RowTables
from bot.core.errors import ModelError

STRENGTH, DOWN_STRENGTH, FINE_STRENGTH = 0.6, 0.5, 0.3
"""Best by the next token's divergence from single precision.

Where activations have sixteen bits, less of their difficulty has to go to the weights.
"""
CALIBRATION = Path(__file__).with_name("calibration.json")


@torch.no_grad()
def quantise(weights: LlamaWeights, texts: Sequence[Sequence[int]]) -> LlamaWeights:
    """The same model in int8, its activations smoothed by what they are on `texts` (token ids)."""
    largest = _largest_activations(weights, texts)
    matrices = {name: weight.values for name, weight in weights.matrices.items()}
    norms = dict(weights.norms)
    inner = weights.shape.inner
    for number in range(weights.shape.layers):
        for name in (f"{number}.qkv", f"{number}.gate_up"):
            factors = _smoothing(largest[name], matrices[name])
            matrices[name] = matrices[name] * factors
            norms[name] = norms[name] / factors
        down, up = f"{number}.down", f"{number}.gate_up"
        strength = FINE_STRENGTH if is_fine(number, weights.shape.layers) else DOWN_STRENGTH
        factors = _smoothing(largest[down], matrices[down], strength)
        matrices[down] = matrices[down] * factors
        matrices[up] = torch.cat([matrices[up][:inner], matrices[up][inner:] / factors[:, None]])
    # The output layer has nothing before it to fold into: hidden states are handed out as they are.
    # So it is kept apart from the embedding it may be tied to, and its factors beside it.
    output = matrices.get("output", matrices["embedding"])
    factors = _smoothing(largest["output"], output)
    matrices["output"], norms["output"] = output * factors, 1.0 / factors
    return replace(
        weights,
        matrices={name: eight_bits(values) for name, values in matrices.items()},
        norms=norms,
    )


def eight_bits(values: Tensor) -> Weight:
    """A matrix in int8, symmetric: in each row the largest becomes 127."""
    scales = values.abs().amax(dim=1).clamp(min=1e-12) / 127.0
    return Weight((values / scales[:, None]).round().to(torch.int8), scales)


def calibration_tokens(tokenizer: Any) -> list[list[int]]:
    """The calibration sentences as this tokeniser splits them."""
    texts = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    return [list(tokenizer.encode(text)) for text in texts]


def save_graphs(
    weights: LlamaWeights, texts: Sequence[Sequence[int]], path: Path, note: dict[str, str]
) -> None:
    """Quantise and write: the graphs, and in `path` what is looked up row by row."""
    layers, output = graph_files(path)
    coarse = quantise(weights, texts)
    save_layers(coarse, layers)
    save_output(weights, output)
    RowTables(
        shape=weights.shape,
        embedding=_row_table(coarse.matrices["embedding"]),
        output=_row_table(coarse.matrices["output"]),
        before_output=coarse.norms["output"].numpy(),
    ).save(path, note)


def _row_table(weight: Weight) -> RowTable:
    assert weight.scales is not None
    return RowTable(weight.values.numpy(), weight.scales.float().numpy())


def _smoothing(activations: Tensor, matrix: Tensor, strength: float = STRENGTH) -> Tensor:
    """Factors (in,) that move the difficulty from activations to weights; 1 on average."""
    columns = matrix.abs().amax(dim=0).clamp(min=1e-5)
    factors = activations.clamp(min=1e-5) ** strength / columns ** (1 - strength)
    return factors / factors.log().mean().exp()


def _largest_activations(
    weights: LlamaWeights, texts: Sequence[Sequence[int]]
) -> dict[str, Tensor]:
    """The largest absolute value (in,) that went into each matrix."""
    from adapters.runtime.lean_llama import LeanLlama, Product, multiplication

    largest: dict[str, Tensor] = {}

    def watched(name: str, weight: Weight) -> Product:
        multiply = multiplication(weight)

        def watch(x: Tensor) -> Tensor:
            top = x.abs().amax(dim=0)
            largest[name] = torch.maximum(largest[name], top) if name in largest else top
            return multiply(x)

        return watch

    decoder = LeanLlama(weights, product=watched)
    for tokens in texts:
        states = decoder.extend(decoder.new_cache(), tokens[: weights.shape.window])
        decoder.logits(states)
    return largest


def _main(order: dict[str, Any]) -> None:
    from adapters.models.base_model import BaseModel
    from adapters.models.loading import load_model, load_tokenizer
    from adapters.models.lora import attach_adapter
    from adapters.runtime.llama_weights import fits, lay_out

    base = BaseModel(Path(order["base"]), "base", order["note"]["base"])
    model = load_model(base, device="cpu")
    if order["adapter"] is not None:
        model = attach_adapter(model, Path(order["adapter"]), base=base)
    if not fits(model):
        raise ModelError(f"{base.path} was expected to be a plain Llama", found="another model")
    save_graphs(
        lay_out(model),
        calibration_tokens(load_tokenizer(base)),
        Path(order["out"]),
        order["note"],
    )


def _end_with(parent: int) -> None:
    """End this process once the one that wants the result is gone."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _main(json.loads(sys.argv[1]))
