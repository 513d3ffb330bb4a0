"""Turning a laid-out Llama into eight bits, and keeping the result beside the base model.

Owns the arithmetic and the file's life; leaves the layout to `llama_weights`. Weights get one scale
for each output channel; activations are quantised while running. What makes that hard are the few
channels in which activations are large: as in SmoothQuant (Xiao et al. 2023), each channel's
activations are divided, and the matrix's column multiplied, by

    s = max|activation|^STRENGTH / max|weight|^(1 - STRENGTH)

The division costs nothing, being folded into the norm or the matrix before. How large activations
get is seen on the few sentences of ``calibration.json``.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from adapters.graph_decoder import GraphDecoder, open_graphs
from adapters.llama_graph import data_file, save_layers, save_output
from adapters.llama_weights import LOOKED_UP, LlamaShape, LlamaWeights, Weight, read_note
from bot.errors import ModelError

STRENGTH = 0.6
"""Best of 0.5 to 0.8 by the next token's divergence from single precision."""
CALIBRATION = Path(__file__).with_name("calibration.json")
KEPT_FILES = 3
"""How many quantised files are kept in a folder, the newest."""


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
        factors = _smoothing(largest[down], matrices[down])
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


def kept_decoder(
    folder: Path, base: Path, base_sha256: str, adapter: Path | None
) -> tuple[GraphDecoder, LlamaShape] | None:
    """A base with an adapter folded in, in eight bits, made once and kept in `folder`.

    None when it cannot be kept there or run here. It is made in a process of its own, so that this
    one never holds the model in single precision. Raises ModelError when making it fails.
    """
    from filelock import FileLock

    note = {"base": base_sha256, "adapter": adapter_sha256(adapter)}
    path = folder / f"int8-{base_sha256[:12]}-{note['adapter'][:12]}.safetensors"
    if read_note(path) != note:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / ".int8.lock"):
                if read_note(path) != note:
                    _make(path, base, adapter, note)
        except OSError:
            return None
    weights = LlamaWeights.load(path)
    decoder = open_graphs(*graph_files(path), weights)
    return None if decoder is None else (decoder, weights.shape)


def graph_files(path: Path) -> tuple[Path, Path]:
    """The two graphs that lie beside a file of weights: all layers, and the output layer."""
    name = path.stem.removeprefix("int8-")
    return path.with_name(f"layers-{name}.onnx"), path.with_name(f"output-{name}.onnx")


def adapter_sha256(adapter: Path | None) -> str:
    """What names an adapter: the hash of its settings and weights; ``none`` for none."""
    if adapter is None:
        return "none"
    from adapters.base_model import sha256_of

    names = ("adapter_config.json", "adapter_model.safetensors")
    hashes = [sha256_of(adapter / name) for name in names]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


def _make(path: Path, base: Path, adapter: Path | None, note: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory(prefix=".int8-", dir=path.parent) as scratch:
        made = Path(scratch) / path.name
        order = {
            "base": str(base),
            "adapter": None if adapter is None else str(adapter),
            "out": str(made),
            "note": note,
        }
        done = subprocess.run(
            [sys.executable, "-m", "adapters.quantisation", json.dumps(order)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or not made.is_file():
            lines = done.stderr.strip().splitlines()
            raise ModelError(
                f"The base model {base} could not be turned into eight bits",
                found=lines[-1][-200:] if lines else f"exit code {done.returncode}",
            )
        # The weights come last: they say that all of it is there.
        for graph, place in zip(graph_files(made), graph_files(path), strict=True):
            data_file(graph).replace(data_file(place))
            graph.replace(place)
        made.replace(path)
    files = sorted(path.parent.glob("int8-*.safetensors"), key=lambda file: file.stat().st_mtime)
    for old in files[:-KEPT_FILES]:
        old.unlink(missing_ok=True)
        for graph in graph_files(old):
            graph.unlink(missing_ok=True)
            data_file(graph).unlink(missing_ok=True)


def save_graphs(
    weights: LlamaWeights, texts: Sequence[Sequence[int]], path: Path, note: dict[str, str]
) -> None:
    """Quantise and write: the graphs, and in `path` what is looked up row by row."""
    layers, output = graph_files(path)
    coarse = quantise(weights, texts)
    save_layers(coarse, layers)
    save_output(weights, output)
    looked_up = {name: coarse.matrices[name] for name in LOOKED_UP}
    replace(coarse, matrices=looked_up, norms={"output": coarse.norms["output"]}).save(path, note)


def _smoothing(activations: Tensor, matrix: Tensor) -> Tensor:
    """Factors (in,) that move the difficulty from activations to weights; 1 on average."""
    columns = matrix.abs().amax(dim=0).clamp(min=1e-5)
    factors = activations.clamp(min=1e-5) ** STRENGTH / columns ** (1 - STRENGTH)
    return factors / factors.log().mean().exp()


def _largest_activations(
    weights: LlamaWeights, texts: Sequence[Sequence[int]]
) -> dict[str, Tensor]:
    """The largest absolute value (in,) that went into each matrix."""
    from adapters.lean_llama import LeanLlama, Product, multiplication

    largest: dict[str, Tensor] = {}

    def watched(name: str, weight: Weight) -> Product:
        multiply = multiplication(name, weight)

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
    from adapters.base_model import BaseModel
    from adapters.llama_weights import fits, lay_out
    from adapters.loading import load_model, load_tokenizer
    from adapters.lora import attach_adapter

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


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
