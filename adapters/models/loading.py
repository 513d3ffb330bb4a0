"""Loading a found model and its tokeniser into memory and onto a device.

Owns device placement (by Accelerate); leaves finding models to `base_model`, adapters to `lora`,
and what runs them to `adapters.engine.loading`.
"""

from __future__ import annotations

import json
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from adapters.models.base_model import BaseModel
from adapters.models.file_tokenizer import CLASSES as PLAIN_TOKENISERS
from adapters.models.file_tokenizer import FILE
from adapters.models.quiet_transformers import quiet_transformers
from bot.core.errors import ModelError

OTHER = "Set TASTEBOT_BASE_MODEL to another model, or unset it for the default"


def load_model(base: BaseModel, *, device: str = "auto") -> Any:
    """The causal model in single precision, without gradients.

    `device` is ``auto`` (Accelerate decides, spreading a large model when it must) or a torch
    device. Raises ModelError for weights that cannot be loaded or a device that is not there.
    """
    import torch
    from transformers import AutoModelForCausalLM

    placement = placement_on(device)
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
    kind = read_json(base.path / "tokenizer_config.json").get("tokenizer_class")
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
        named = read_json(folder / file).get("auto_map")
        for name in named.values() if isinstance(named, dict) else ():
            return str(name[0] if isinstance(name, list) and name else name)[:80]
    return None


def read_json(path: Path) -> dict[str, Any]:
    """What a JSON file holds; nothing where it cannot be read or holds no object."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def placement_on(device: str) -> Any:
    """Where transformers is to put a model, by Accelerate for ``auto``; None for the CPU alone.

    ModelError for a device that is not there.
    """
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
