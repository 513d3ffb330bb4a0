"""Loading a found model into memory and onto a device, ready to run.

Owns device placement (by Accelerate) and putting model, adapter, tokeniser and decoder together
into an engine; leaves finding models to `base_model` and adapters to `lora`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.base_model import BaseModel
from adapters.decoder import TransformersDecoder
from adapters.engine import CACHE_BYTES, TransformersEngine
from adapters.lora import attach_adapter
from adapters.quiet import quiet_transformers
from bot.errors import ModelError

DEFAULT_WINDOW = 2048
OTHER = "Set TASTEBOT_BASE_MODEL to another model, or unset it for the default"


def load_engine(
    base: BaseModel,
    *,
    adapter: Path | None = None,
    device: str = "auto",
    cache_bytes: int = CACHE_BYTES,
) -> TransformersEngine:
    """An engine over `base` with `adapter` folded in. Raises ModelError as its parts do."""
    model = load_model(base, device=device)
    tokenizer = load_tokenizer(base)
    if adapter is not None:
        model = attach_adapter(model, adapter, base=base)
    return build_engine(model, tokenizer, name=base.name, cache_bytes=cache_bytes)


def build_engine(
    model: Any, tokenizer: Any, *, name: str, cache_bytes: int = CACHE_BYTES
) -> TransformersEngine:
    """An engine over a model that is in memory already."""
    config = model.config.get_text_config(decoder=True)
    return TransformersEngine(
        TransformersDecoder(model),
        tokenizer,
        name=name,
        window=int(getattr(config, "max_position_embeddings", None) or DEFAULT_WINDOW),
        end_tokens=end_tokens(model, tokenizer),
        cache_bytes=cache_bytes,
    )


def load_model(base: BaseModel, *, device: str = "auto") -> Any:
    """The causal model in single precision, without gradients.

    `device` is ``auto`` (Accelerate decides, spreading a large model when it must) or a torch
    device. Raises ModelError for weights that cannot be loaded or a device that is not there.
    """
    import torch
    from transformers import AutoModelForCausalLM

    placement = _placement(device)
    try:
        with quiet_transformers():
            model = AutoModelForCausalLM.from_pretrained(
                base.path, dtype=torch.float32, device_map=placement, local_files_only=True
            )
    except MemoryError:
        raise
    except Exception as error:
        # transformers raises nearly every kind of error here, each meaning the same to a person.
        lines = str(error).strip().splitlines()
        raise ModelError(
            f"The base model {base.path} cannot be loaded",
            found=lines[0][:200] if lines else type(error).__name__,
            remedy=OTHER,
        ) from error
    return model.eval().requires_grad_(False)


def load_tokenizer(base: BaseModel) -> Any:
    """The model's tokeniser; ModelError when it cannot be loaded."""
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(base.path, local_files_only=True)
    except Exception as error:
        lines = str(error).strip().splitlines()
        raise ModelError(
            f"The tokeniser of the base model {base.path} cannot be loaded",
            found=lines[0][:200] if lines else type(error).__name__,
            remedy=OTHER,
        ) from error


def end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """The tokens that end a text: what the model's generation config and tokeniser say."""
    configured = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    ends = configured if isinstance(configured, list) else [configured]
    ends.append(tokenizer.eos_token_id)
    return frozenset(int(token) for token in ends if token is not None)


def _placement(device: str) -> Any:
    import torch

    if device == "auto":
        from accelerate import PartialState

        chosen = PartialState().device
        # One CPU leaves nothing to spread, and loading without a map is quicker.
        return None if chosen.type == "cpu" else "auto"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        lines = str(error).strip().splitlines()
        raise ModelError(
            f"The device {device!r} cannot be used",
            found=lines[0][:160] if lines else type(error).__name__,
            remedy="Set TASTEBOT_DEVICE to auto or cpu",
        ) from error
    return {"": device}
