"""A `Decoder` for any attention-based causal model that transformers loads, at its own speed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from adapters.runtime.decoder import States
from bot.core.errors import ModelError

PROBE_TOLERANCE = 1e-3
"""Largest difference in logits between the model's own and hidden state times output layer."""


class TransformersKeyValues:
    """A `DynamicCache` of full-length layers, so that any prefix of it can be kept."""

    def __init__(self, cache: Any = None):
        from transformers import DynamicCache

        # Without a config every layer keeps all its tokens, also where attention slides: the
        # window is then cut by the mask alone and cropping stays exact.
        self.past = DynamicCache() if cache is None else cache

    @property
    def length(self) -> int:
        return int(self.past.get_seq_length())

    @property
    def nbytes(self) -> int:
        return sum(
            layer.keys.nbytes + layer.values.nbytes
            for layer in self.past.layers
            if layer.is_initialized
        )

    def crop(self, length: int) -> None:
        for layer in self.past.layers:
            if layer.is_initialized:
                layer.keys = layer.keys[..., :length, :]
                layer.values = layer.values[..., :length, :]

    def copy(self, length: int) -> Self:
        from transformers import DynamicCache

        twin = DynamicCache()
        for index, layer in enumerate(self.past.layers):
            if layer.is_initialized and length:
                twin.update(
                    layer.keys[..., :length, :].clone(),
                    layer.values[..., :length, :].clone(),
                    index,
                )
        return type(self)(twin)


class TransformersDecoder:
    """Runs a model through transformers' own modules.

    Raises ModelError when the model's logits are not its hidden state times an output layer
    (scaled or soft-capped as its config says), or when it keeps no key-value cache.
    """

    def __init__(self, model: Any):
        self._model = model.eval()
        self._body = model.get_decoder()
        self._head = model.get_output_embeddings()
        config = model.config.get_text_config(decoder=True)
        self._cap = getattr(config, "final_logit_softcapping", None)
        self._factor = float(getattr(config, "logit_scale", None) or 1.0) / float(
            getattr(config, "logits_scaling", None) or 1.0
        )
        self._device = self._body.get_input_embeddings().weight.device
        self.hidden_size = int(config.hidden_size)
        self._probe()

    @property
    def vocabulary_size(self) -> int:
        return int(self._head.weight.shape[0])

    def new_cache(self) -> TransformersKeyValues:
        return TransformersKeyValues()

    @torch.inference_mode()
    def extend(
        self,
        cache: TransformersKeyValues,
        tokens: Sequence[int],
        *,
        positions: NDArray[np.int64] | None = None,
        visible: NDArray[np.bool_] | None = None,
    ) -> States:
        ids = torch.tensor([list(tokens)], dtype=torch.long, device=self._device)
        length = cache.length
        if positions is None:
            positions = np.arange(length, length + len(tokens))
        mask = None
        if visible is not None:
            dtype = self._body.get_input_embeddings().weight.dtype
            mask = torch.zeros(visible.shape, dtype=dtype)
            mask.masked_fill_(torch.from_numpy(~visible), torch.finfo(dtype).min)
            mask = mask[None, None].to(self._device)
        try:
            output = self._body(
                input_ids=ids,
                attention_mask=mask,
                position_ids=torch.from_numpy(positions)[None].to(self._device),
                past_key_values=cache.past,
                use_cache=True,
            )
        except BaseException:
            cache.crop(length)  # layers before the failing one have grown already
            raise
        return _array(output.last_hidden_state[0])

    @torch.inference_mode()
    def logits(self, hidden: States, rows: NDArray[np.int64] | None = None) -> States:
        weight = self._head.weight
        states = torch.from_numpy(np.ascontiguousarray(hidden)).to(weight.device, weight.dtype)
        scores: Tensor
        if rows is None:
            scores = self._head(states)
        else:
            chosen = torch.from_numpy(rows).to(weight.device)
            bias = getattr(self._head, "bias", None)
            scores = torch.nn.functional.linear(
                states, weight[chosen], None if bias is None else bias[chosen]
            )
        scores = scores.float() * self._factor
        if self._cap:
            scores = torch.tanh(scores / self._cap) * self._cap
        return _array(scores)

    def embeddings(self, rows: NDArray[np.int64] | None = None) -> States:
        weight = self._model.get_input_embeddings().weight.detach()
        return _array(weight if rows is None else weight[torch.from_numpy(rows)])

    @torch.inference_mode()
    def _probe(self) -> None:
        """Two tokens through the model itself and through this decoder must agree."""
        ids = [1 % self.vocabulary_size, 2 % self.vocabulary_size]
        expected = self._model(input_ids=torch.tensor([ids], device=self._device)).logits[0].float()
        cache = self.new_cache()
        try:
            first = self.logits(self.extend(cache, ids[:1]))
            second = self.logits(self.extend(cache, ids[1:]))
        except (RuntimeError, TypeError, ValueError, AttributeError) as error:
            raise _unsupported(self._model, str(error)) from error
        found = torch.from_numpy(np.concatenate([first, second])).to(expected.device)
        scale = float(expected.abs().max().clamp(min=1.0))
        low_precision = 30.0 if expected.dtype != self._head.weight.dtype else 1.0
        if cache.length != 2 or (found - expected).abs().max() > (
            PROBE_TOLERANCE * scale * low_precision
        ):
            raise _unsupported(self._model, "other logits than its hidden states give")


def _unsupported(model: Any, found: str) -> ModelError:
    return ModelError(
        f"{type(model).__name__} cannot be run: expected a causal model with a key-value cache "
        "and a plain output layer",
        found=found,
        remedy="Set TASTEBOT_BASE_MODEL to another model",
    )


def _array(values: Tensor) -> States:
    return values.float().cpu().numpy()
