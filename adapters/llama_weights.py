"""A Llama's weights laid out for running fast: fused, norms folded in, in eight bits if wished.

Owns the layout and the file it is kept in; leaves running it to `lean_llama`. From each layer's
seven matrices come four: queries, keys and values in one, gate and up in one. The weights of the
norms before them are multiplied in. Rows of queries and keys are reordered so that the two numbers
which rotate together stand side by side.

In eight bits each output channel has its own scale (symmetric, the largest weight becomes 127).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

LAYOUT = "1"
"""Raised when the layout changes, so that files of an older one are made again."""
FUSED = ("qkv", "out", "gate_up", "down")


@dataclass(frozen=True, slots=True)
class LlamaShape:
    """The sizes that say how the matrices are used."""

    layers: int
    hidden: int
    inner: int
    heads: int
    key_heads: int
    head: int
    vocabulary: int
    window: int
    rope_base: float
    epsilon: float


@dataclass(frozen=True, slots=True)
class Weight:
    """A matrix (out, in): in float32, or in int8 with `scales` (out,) in float32."""

    values: Tensor
    scales: Tensor | None = None

    @property
    def dense(self) -> Tensor:
        """The matrix in float32."""
        if self.scales is None:
            return self.values
        return self.values.float() * self.scales[:, None]


@dataclass(frozen=True)
class LlamaWeights:
    """All of a model: `matrices` holds ``<layer>.<name>``, ``embedding`` and ``output``.

    The final norm's weight is folded into ``output``; `norm` (hidden,) keeps it, as hidden states
    are given with it. A tied output layer without it would be the embedding again.
    """

    shape: LlamaShape
    matrices: dict[str, Weight]
    norm: Tensor

    def save(self, path: Path, note: dict[str, str]) -> None:
        """Write a safetensors file; `note` is kept with it, see `read_note`."""
        from safetensors.torch import save_file

        tensors = {"norm": self.norm}
        for name, weight in self.matrices.items():
            tensors[f"{name}.values"] = weight.values.contiguous()
            if weight.scales is not None:
                tensors[f"{name}.scales"] = weight.scales.contiguous()
        described = {"layout": LAYOUT, "shape": json.dumps(asdict(self.shape)), **note}
        save_file(tensors, path, metadata=described)

    @classmethod
    def load(cls, path: Path) -> LlamaWeights:
        """Read what `save` wrote."""
        from safetensors import safe_open

        with safe_open(path, framework="pt") as file:
            shape = LlamaShape(**json.loads(file.metadata()["shape"]))
            names = set(file.keys())
            matrices = {}
            for name in sorted(name.removesuffix(".values") for name in names if "values" in name):
                scales = f"{name}.scales"
                matrices[name] = Weight(
                    file.get_tensor(f"{name}.values"),
                    file.get_tensor(scales) if scales in names else None,
                )
            return cls(shape, matrices, file.get_tensor("norm"))


def read_note(path: Path) -> dict[str, str] | None:
    """What a file was made from, or None when it is none of this layout."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            note: dict[str, str] = dict(file.metadata() or {})
    except (OSError, SafetensorError):
        return None
    return note if note.pop("layout", None) == LAYOUT and "shape" in note else None


def fits(model: Any) -> bool:
    """Whether `model` is a plain Llama on the CPU, which is all this layout knows."""
    config = model.config
    rope = getattr(config, "rope_parameters", None) or {}
    return (
        config.model_type == "llama"
        and config.hidden_act == "silu"
        and not config.attention_bias
        and not config.mlp_bias
        and rope.get("rope_type", "default") == "default"
        and float(rope.get("partial_rotary_factor") or 1.0) == 1.0
        and all(weight.device.type == "cpu" for weight in model.parameters())
        and all(weight.dtype == torch.float32 for weight in model.parameters())
        and all("lora" not in name for name, _ in model.named_parameters())
    )


@torch.no_grad()
def lay_out(model: Any, *, eight_bits: bool) -> LlamaWeights:
    """The weights of a plain Llama (see `fits`) in this layout."""
    config = model.config
    shape = LlamaShape(
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        inner=config.intermediate_size,
        heads=config.num_attention_heads,
        key_heads=config.num_key_value_heads,
        head=config.head_dim,
        vocabulary=config.vocab_size,
        window=config.max_position_embeddings,
        rope_base=float(config.rope_parameters["rope_theta"]),
        epsilon=float(config.rms_norm_eps),
    )
    matrices = {
        name: _eight_bits(values) if eight_bits else Weight(values)
        for name, values in _matrices(model, shape)
    }
    return LlamaWeights(shape, matrices, model.model.norm.weight.detach().clone())


def _matrices(model: Any, shape: LlamaShape) -> Iterator[tuple[str, Tensor]]:
    embedding = model.model.embed_tokens.weight.detach()
    yield "embedding", embedding
    if model.lm_head.weight.data_ptr() != embedding.data_ptr():
        yield "output", model.lm_head.weight.detach()
    for number, layer in enumerate(model.model.layers):
        before = layer.input_layernorm.weight
        attention, block = layer.self_attn, layer.mlp
        qkv = [
            _side_by_side(attention.q_proj.weight, shape.heads),
            _side_by_side(attention.k_proj.weight, shape.key_heads),
            attention.v_proj.weight,
        ]
        yield f"{number}.qkv", torch.cat(qkv) * before
        yield f"{number}.out", attention.o_proj.weight.detach()
        between = layer.post_attention_layernorm.weight
        gate_up = torch.cat([block.gate_proj.weight, block.up_proj.weight])
        yield f"{number}.gate_up", gate_up * between
        yield f"{number}.down", block.down_proj.weight.detach()


def _side_by_side(weight: Tensor, heads: int) -> Tensor:
    """Rows reordered so that rows i and i + head / 2 of each head become neighbours."""
    rows, width = weight.shape
    return weight.view(heads, 2, -1, width).transpose(1, 2).reshape(rows, width)


def _eight_bits(values: Tensor) -> Weight:
    scales = values.abs().amax(dim=1).clamp(min=1e-12) / 127.0
    return Weight((values / scales[:, None]).round().to(torch.int8), scales)
