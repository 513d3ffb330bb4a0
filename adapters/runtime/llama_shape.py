"""What a plain Llama is, and the sizes that say how its matrices are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HEAD_STEP = 8
"""The runtime's attention takes heads whose size is a multiple of this."""


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


def graph_fits(config: Mapping[str, Any]) -> bool:
    """Whether, besides, the runtime's attention takes heads of its size."""
    if not config_fits(config):
        return False
    hidden, heads = config.get("hidden_size"), config.get("num_attention_heads")
    head = config.get("head_dim") or (hidden // heads if hidden and heads else 1)
    return int(head) % HEAD_STEP == 0
