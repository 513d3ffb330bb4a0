"""A Llama's weights laid out for running fast, in single precision or in eight bits.

Owns the layout and the file it is kept in; leaves running it to `lean_llama` and `graph_decoder`,
and making the eight bits to `quantisation`. From each layer's seven matrices come four: queries,
keys and values in one, gate and up in one. Rows of queries and keys are reordered so that the two
numbers which rotate together stand side by side.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

LOOKED_UP = ("embedding", "output")
"""Matrices of which rows are taken, besides or instead of multiplying by them."""
LAYOUT = "5"
"""Raised when the layout or its making changes, so that older files are made again."""


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

    def rows(self, chosen: Tensor) -> Tensor:
        """Some rows in float32, (chosen, in)."""
        values = self.values[chosen]
        return values if self.scales is None else values.float() * self.scales[chosen][:, None]


@dataclass(frozen=True)
class LlamaWeights:
    """All of a model, or of it what is looked up.

    `matrices` holds ``<layer>.qkv``, ``<layer>.out``, ``<layer>.gate_up``, ``<layer>.down``,
    ``embedding`` and, where it is not the embedding again, ``output``. `norms` holds the weights
    (hidden,) of the norms before ``<layer>.qkv`` and ``<layer>.gate_up``, and of the ``final``;
    ``output``, where it stands, multiplies what goes into the output layer.
    """

    shape: LlamaShape
    matrices: Mapping[str, Weight]
    norms: dict[str, Tensor]

    def save(self, path: Path, note: dict[str, str]) -> None:
        """Write a safetensors file; `note` is kept with it, see `read_note`."""
        from safetensors.torch import save_file

        tensors = {f"{name}.norm": values for name, values in self.norms.items()}
        for name, weight in self.matrices.items():
            tensors[f"{name}.values"] = weight.values.contiguous()
            if weight.scales is not None:
                tensors[f"{name}.scales"] = weight.scales.contiguous()
        described = {"layout": LAYOUT, "shape": json.dumps(asdict(self.shape)), **note}
        save_file(tensors, path, metadata=described)

    @classmethod
    def load(cls, path: Path) -> LlamaWeights:
        """Read what `save` wrote. Matrices stay in the file: only rows that are used are read."""
        from safetensors import safe_open

        values = ".values"
        with safe_open(path, framework="pt") as file:
            shape = LlamaShape(**json.loads(file.metadata()["shape"]))
            names = set(file.keys())
            norms = {
                name.removesuffix(".norm"): file.get_tensor(name).clone()
                for name in sorted(names)
                if name.endswith(".norm")
            }
            matrices = {}
            for name in sorted(n.removesuffix(values) for n in names if n.endswith(values)):
                scales = f"{name}.scales"
                matrices[name] = Weight(
                    file.get_tensor(f"{name}.values"),
                    file.get_tensor(scales).clone() if scales in names else None,
                )
        return cls(shape, matrices, norms)


def read_note(path: Path) -> dict[str, str] | None:
    """What a file was made from, or None when it is none of this layout."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            note: dict[str, str] = dict(file.metadata() or {})
    except (OSError, SafetensorError):
        return None
    shape, layout = note.pop("shape", None), note.pop("layout", None)
    return note if shape is not None and layout == LAYOUT else None


def config_fits(config: Mapping[str, Any]) -> bool:
    """Whether a model's ``config.json`` is a plain Llama's, which is all this layout knows."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return (
        config.get("model_type") == "llama"
        and config.get("hidden_act", "silu") == "silu"
        and not config.get("attention_bias")
        and not config.get("mlp_bias")
        and rope.get("rope_type", rope.get("type", "default")) == "default"
        and float(rope.get("partial_rotary_factor") or 1.0) == 1.0
        and not config.get("quantization_config")
    )


def fits(model: Any) -> bool:
    """Whether `model` is a plain Llama in single precision on the CPU, adapters folded in."""
    return config_fits(model.config.to_dict()) and all(
        weight.device.type == "cpu" and weight.dtype == torch.float32 and "lora" not in name
        for name, weight in model.named_parameters()
    )


@torch.no_grad()
def lay_out(model: Any) -> LlamaWeights:
    """The weights of a plain Llama (see `fits`) in this layout, in single precision."""
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
    matrices = {name: Weight(values.detach()) for name, values in _matrices(model, shape)}
    norms = {"final": model.model.norm.weight.detach()}
    for number, layer in enumerate(model.model.layers):
        norms[f"{number}.qkv"] = layer.input_layernorm.weight.detach()
        norms[f"{number}.gate_up"] = layer.post_attention_layernorm.weight.detach()
    return LlamaWeights(shape, matrices, norms)


def _matrices(model: Any, shape: LlamaShape) -> Iterator[tuple[str, Tensor]]:
    embedding = model.model.embed_tokens.weight
    yield "embedding", embedding
    if model.lm_head.weight.data_ptr() != embedding.data_ptr():
        yield "output", model.lm_head.weight
    for number, layer in enumerate(model.model.layers):
        attention, block = layer.self_attn, layer.mlp
        queries = _side_by_side(attention.q_proj.weight, shape.heads)
        keys = _side_by_side(attention.k_proj.weight, shape.key_heads)
        yield f"{number}.qkv", torch.cat([queries, keys, attention.v_proj.weight])
        yield f"{number}.out", attention.o_proj.weight
        yield f"{number}.gate_up", torch.cat([block.gate_proj.weight, block.up_proj.weight])
        yield f"{number}.down", block.down_proj.weight


def _side_by_side(weight: Tensor, heads: int) -> Tensor:
    """Rows reordered so that rows i and i + head / 2 of each head become neighbours."""
    rows, width = weight.shape
    return weight.view(heads, 2, -1, width).transpose(1, 2).reshape(rows, width)
