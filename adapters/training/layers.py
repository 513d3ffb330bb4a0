"""Running a span of a causal model's layers by themselves: lower ones once, upper ones often.

Works for models whose decoder has `embed_tokens`, `layers`, `norm` and one `rotary_emb` for all
layers, as those of the Llama family have in transformers.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from bot.core.errors import ModelError


class LayerSpans:
    """The parts of a model between embedding and output layer, run span by span."""

    def __init__(self, model: Any):
        body = model.get_decoder() if hasattr(model, "get_decoder") else model
        parts = ("embed_tokens", "layers", "norm", "rotary_emb")
        missing = [part for part in parts if not hasattr(body, part)]
        if missing:
            raise ModelError(
                f"{type(model).__name__} cannot be trained: expected a decoder with "
                f"{', '.join(parts)}",
                found=f"none of the name {missing[0]}",
                remedy="Train on a base of the Llama family, such as the default",
            )
        self._body = body

    @property
    def count(self) -> int:
        """How many layers there are."""
        return len(self._body.layers)

    def embed(self, tokens: Tensor) -> Tensor:
        """Input of the first layer, (batch, length, hidden)."""
        embedded: Tensor = self._body.embed_tokens(tokens)
        return embedded

    def run(
        self, hidden: Tensor, positions: Tensor, visible: Tensor, first: int, end: int
    ) -> Tensor:
        """Output of layer ``end - 1`` for the input of layer `first`, (batch, length, hidden).

        `positions` (batch, length) are absolute; `visible` (batch, 1, length, length) is true
        where a token may look.
        """
        rotation = self._body.rotary_emb(hidden, positions)
        for layer in self._body.layers[first:end]:
            output = layer(hidden, attention_mask=visible, position_embeddings=rotation)
            hidden = output[0] if isinstance(output, tuple) else output
        return hidden

    def finish(self, hidden: Tensor) -> Tensor:
        """The final norm."""
        normed: Tensor = self._body.norm(hidden)
        return normed
