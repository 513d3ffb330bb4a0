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
from adapters.runtime.cached_graphs import cached_decoder
from adapters.runtime.decoder import Decoder
from adapters.runtime.graph_decoder import GraphDecoder
from adapters.runtime.llama_shape import LlamaShape, graph_fits
from bot.core.logs import event_logger

Precision = Literal["fast", "exact"]
DEFAULT_WINDOW = 2048

logger = event_logger(__name__)


def load_engine(
    base: BaseModel,
    *,
    adapter: Path | None = None,
    device: str = "auto",
    precision: Precision = "fast",
    cache_folder: Path | None = None,
    cache_bytes: int = CACHE_BYTES,
) -> TransformersEngine:
    """An engine over `base` with `adapter` folded in. Raises ModelError as its parts do.

    ``fast`` runs a plain Llama on the CPU in eight bits, made once and cached in the folder
    `cache_folder` (by default beside a base that was converted here); all else, and ``exact``,
    runs in single precision.
    """
    if adapter is not None:
        check_adapter(adapter, base)
    if cache_folder is None and (base.path / CARD).is_file():
        cache_folder = base.path.parent
    if precision == "fast":
        cached, why_not = _in_eight_bits(base, adapter, device, cache_folder)
        if cached is None:
            logger.info("eight_bits_unavailable", why=why_not)
        else:
            decoder, shape = cached
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


def _in_eight_bits(
    base: BaseModel, adapter: Path | None, device: str, cache_folder: Path | None
) -> tuple[tuple[GraphDecoder, LlamaShape] | None, str]:
    """The model in eight bits, or why there is none."""
    if cache_folder is None:
        return None, "no folder to keep it in"
    if not _on_cpu(device):
        return None, "not on the CPU"
    if not graph_fits(read_json(base.path / "config.json")):
        return None, "not a plain Llama"
    found = cached_decoder(cache_folder, base.path, base.sha256, adapter)
    return found, "it cannot be kept there, or not be run here"


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


def _on_cpu(device: str) -> bool:
    return device == "cpu" or (device == "auto" and placement_on(device) is None)
