"""A Llama's weights laid out for running fast, in single precision or in eight bits.

Owns the layout; leaves running it to `lean_llama` and `llama_graph`, and making the eight bits to
`quantisation`. From each layer's seven matrices come four: queries, keys and values in one, gate
and up in one. Rows of queries and keys are reordered so that the two numbers which rotate together
stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from adapters.runtime.llama_shape import LlamaShape, config_fits


@dataclass(frozen=True, slots=True)
class Weight:
    """A matrix (out, in): in float32, or in int8 with `scales` (out,) in float32."""

    values: Tensor
    scales: Tensor | None = None


@dataclass(frozen=True)
class LlamaWeights:
    """All of a model.

    `matrices` holds ``<layer>.qkv``, ``<layer>.out``, ``<layer>.gate_up``, ``<layer>.down``,
    ``embedding`` and, where it is not the embedding again, ``output``. `norms` holds the weights
    (hidden,) of the norms before ``<layer>.qkv`` and ``<layer>.gate_up``, and of the ``final``;
    ``output``, where it stands, multiplies what goes into the output layer.
    """

    shape: LlamaShape
    matrices: Mapping[str, Weight]
    norms: dict[str, Tensor]


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
