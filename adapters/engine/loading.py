"""Putting model, adapter, tokeniser and decoder together into an engine, ready to run.

Owns which decoder runs a model; leaves loading its parts to `adapters.models`.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from adapters.engine.language_engine import CACHE_BYTES, TransformersEngine
from adapters.models.base_model import BaseModel
from adapters.models.converted_models import CARD
from adapters.models.file_tokenizer import FILE, FileTokenizer, reads_plainly
from adapters.models.loading import load_model, load_tokenizer, placement_on, read_json
from adapters.models.lora import attach_adapter, check_adapter
from adapters.runtime.cached_graphs import kept_decoder
from adapters.runtime.decoder import Decoder
from adapters.runtime.llama_shape import graph_fits

Precision = Literal["fast", "exact"]
DEFAULT_WINDOW = 2048


def load_engine(
    base: BaseModel,
    *,
    adapter: Path | None = None,
    device: str = "auto",
    precision: Precision = "fast",
    kept_in: Path | None = None,
    cache_bytes: int = CACHE_BYTES,
) -> TransformersEngine:
    """An engine over `base` with `adapter` folded in. Raises ModelError as its parts do.

    ``fast`` runs a plain Llama on the CPU in eight bits, made once and kept in the folder
    `kept_in` (by default beside a base that was converted here); all else, and ``exact``, runs in
    single precision.
    """
    if adapter is not None:
        check_adapter(adapter, base)
    if kept_in is None and (base.path / CARD).is_file():
        kept_in = base.path.parent
    if precision == "fast" and kept_in is not None and _can_be_fast(base, device):
        kept = kept_decoder(kept_in, base.path, base.sha256, adapter)
        if kept is not None:
            decoder, shape = kept
            tokenizer = _quick_tokenizer(base)
            return TransformersEngine(
                decoder,
                tokenizer,
                name=base.name,
                window=shape.window,
                end_tokens=_ends_on_disk(base, tokenizer),
                cache_bytes=cache_bytes,
                threads=decoder,
            )
    model = load_model(base, device=device)
    if adapter is not None:
        model = attach_adapter(model, adapter, base=base)
    return build_engine(model, load_tokenizer(base), name=base.name, cache_bytes=cache_bytes)


def build_engine(
    model: Any, tokenizer: Any, *, name: str, cache_bytes: int = CACHE_BYTES
) -> TransformersEngine:
    """An engine in single precision over a model that is in memory already.

    Its keys and values are in single precision too, and take twice the `cache_bytes`.
    """
    from adapters.machine.threads import ThreadBudget
    from adapters.runtime.lean_llama import LeanLlama
    from adapters.runtime.llama_weights import fits, lay_out
    from adapters.runtime.transformers_decoder import TransformersDecoder

    config = model.config.get_text_config(decoder=True)
    decoder: Decoder = LeanLlama(lay_out(model)) if fits(model) else TransformersDecoder(model)
    return TransformersEngine(
        decoder,
        tokenizer,
        name=name,
        window=int(getattr(config, "max_position_embeddings", None) or DEFAULT_WINDOW),
        end_tokens=end_tokens(getattr(model, "generation_config", None), tokenizer),
        cache_bytes=2 * cache_bytes,
        threads=ThreadBudget(),
    )


def _quick_tokenizer(base: BaseModel) -> Any:
    """The tokeniser from its file alone where that is all there is to it."""
    config = read_json(base.path / "tokenizer_config.json")
    if (base.path / FILE).is_file() and reads_plainly(config):
        with suppress(Exception):  # whatever is wrong with it, the other way says it better
            return FileTokenizer(base.path, config)
    return load_tokenizer(base)


def end_tokens(generation: Any, tokenizer: Any) -> frozenset[int]:
    """The tokens that end a text: what the generation config and the tokeniser say."""
    configured = getattr(generation, "eos_token_id", None)
    ends = list(configured) if isinstance(configured, list) else [configured]
    ends.append(tokenizer.eos_token_id)
    return frozenset(int(token) for token in ends if token is not None)


def _ends_on_disk(base: BaseModel, tokenizer: Any) -> frozenset[int]:
    """As `end_tokens`, from the files."""
    configured = read_json(base.path / "generation_config.json").get("eos_token_id")
    ends = configured if isinstance(configured, list) else [configured]
    return frozenset(int(end) for end in [*ends, tokenizer.eos_token_id] if end is not None)


def _can_be_fast(base: BaseModel, device: str) -> bool:
    """Whether the eight-bit path knows the model."""
    on_cpu = device == "cpu" or (device == "auto" and placement_on(device) is None)
    return on_cpu and graph_fits(read_json(base.path / "config.json"))
