"""Loading a found model into memory and onto a device, ready to run.

Owns device placement (by Accelerate) and putting model, adapter, tokeniser and decoder together
into an engine; leaves finding models to `base_model` and adapters to `lora`.
"""

from __future__ import annotations

import json
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from adapters.base_model import CARD, BaseModel
from adapters.decoder import Decoder
from adapters.engine import CACHE_BYTES, TransformersEngine
from adapters.file_tokenizer import CLASSES as PLAIN_TOKENISERS
from adapters.file_tokenizer import FILE, FileTokenizer, reads_plainly
from adapters.kept_graphs import kept_decoder
from adapters.llama_shape import graph_fits
from adapters.lora import attach_adapter, check_adapter
from adapters.quiet import quiet_transformers
from bot.errors import ModelError

Precision = Literal["fast", "exact"]
DEFAULT_WINDOW = 2048
OTHER = "Set TASTEBOT_BASE_MODEL to another model, or unset it for the default"


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
    from adapters.lean_llama import LeanLlama
    from adapters.llama_weights import fits, lay_out
    from adapters.threads import ThreadBudget
    from adapters.transformers_decoder import TransformersDecoder

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
                base.path,
                dtype=torch.float32,
                device_map=placement,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
            )
    except MemoryError:
        raise
    except Exception as error:
        # transformers raises nearly every kind of error here, each meaning the same to a person.
        raise _cannot_load("", base, error) from error
    return model.eval().requires_grad_(False)


def load_tokenizer(base: BaseModel) -> Any:
    """The model's tokeniser; ModelError when it cannot be loaded."""
    # What needs no class of its own is loaded without asking for the model's configuration:
    # that imports half of transformers and torch, several seconds and 200 MB.
    kind = _read_json(base.path / "tokenizer_config.json").get("tokenizer_class")
    plain = kind in PLAIN_TOKENISERS and (base.path / FILE).is_file()
    try:
        if plain:
            from transformers import PreTrainedTokenizerFast as Loader
        else:
            from transformers import AutoTokenizer as Loader
        return Loader.from_pretrained(base.path, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise _cannot_load("tokeniser of the ", base, error) from error


def _cannot_load(part: str, base: BaseModel, error: Exception) -> ModelError:
    own = code_of_its_own(base.path)
    if own is not None:
        return ModelError(
            f"The {part}base model {base.path} was expected to be one that transformers knows",
            found=f"code of its own in the folder ({own}), which is never run",
            remedy=OTHER,
        )
    lines = str(error).strip().splitlines()
    return ModelError(
        f"The {part}base model {base.path} cannot be loaded",
        found=lines[0][:200] if lines else type(error).__name__,
        remedy=OTHER,
    )


def code_of_its_own(folder: Path) -> str | None:
    """A class that a model folder wants to bring along as code, as its files name it, or None."""
    for file in ("config.json", "tokenizer_config.json"):
        named = _read_json(folder / file).get("auto_map")
        for name in named.values() if isinstance(named, dict) else ():
            return str(name[0] if isinstance(name, list) and name else name)[:80]
    return None


def _quick_tokenizer(base: BaseModel) -> Any:
    """The tokeniser from its file alone where that is all there is to it."""
    config = _read_json(base.path / "tokenizer_config.json")
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
    configured = _read_json(base.path / "generation_config.json").get("eos_token_id")
    ends = configured if isinstance(configured, list) else [configured]
    return frozenset(int(end) for end in [*ends, tokenizer.eos_token_id] if end is not None)


def _can_be_fast(base: BaseModel, device: str) -> bool:
    """Whether the eight-bit path knows the model."""
    on_cpu = device == "cpu" or (device == "auto" and _placement(device) is None)
    return on_cpu and graph_fits(_read_json(base.path / "config.json"))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _placement(device: str) -> Any:
    if device == "auto":
        # A build without accelerators has nothing to ask, and takes seconds to import.
        with suppress(PackageNotFoundError):
            if version("torch").endswith("+cpu"):
                return None
    import torch

    if device == "auto":
        if not torch.accelerator.is_available():
            return None  # nothing to decide, and Accelerate takes a second to import
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
