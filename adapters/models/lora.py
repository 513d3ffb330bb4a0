"""Attaching a LoRA adapter in PEFT's own layout to the base model it was trained on.

Owns the check that base and adapter belong together; leaves the ranking heads beside the adapter
to `bot.ranking`, and training to `adapters.training`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import adapters
from adapters.models.base_model import BaseModel
from bot.core.errors import ModelError

CARD = "card.json"
OTHER = "Set TASTEBOT_ADAPTER to an adapter of this base model, or to none"
AGAIN = "Install Tastebot again, or set TASTEBOT_ADAPTER to none"
"""For the adapter that comes with it."""


def attach_adapter(model: Any, folder: Path, *, base: BaseModel | None = None) -> Any:
    """The model with the adapter in `folder` folded into its weights, where it costs no time.

    Raises ModelError for a folder that is no adapter, is broken, or was made for
    another base (by the card's ``base_sha256``, else by the shapes).
    """
    check_adapter(folder, base)
    from peft import PeftModel

    try:
        return PeftModel.from_pretrained(model, str(folder)).merge_and_unload()
    except MemoryError:
        raise
    except Exception as error:
        # PEFT, safetensors and torch each have their own kinds of error for a folder that does
        # not fit; to a person they all mean the same.
        lines = str(error).strip().splitlines()
        raise ModelError(
            f"The adapter in {folder} does not fit the base model",
            found=" ".join(lines[:2])[:240] or type(error).__name__,
            remedy=OTHER,
        ) from error


def check_adapter(folder: Path, base: BaseModel | None = None) -> None:
    """ModelError unless `folder` holds an adapter, whole and made for `base` as far as it says."""
    other = remedy_for(folder, OTHER)
    config = _read_json(folder / "adapter_config.json")
    weights = folder / "adapter_model.safetensors"
    if config is None or "peft_type" not in config:
        raise ModelError(
            f"The adapter was expected to be a PEFT folder with an adapter_config.json at {folder}",
            found="no such folder" if not folder.is_dir() else "none that can be read",
            remedy=other,
        )
    if not weights.is_file():
        raise ModelError(
            f"The adapter folder {folder} was expected to hold adapter_model.safetensors",
            found="none",
            remedy=other,
        )
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(weights, framework="np") as tensors:
            tensors.keys()
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"The adapter's weights {weights} cannot be read",
            found=f"a broken file ({error})",
            remedy=other,
        ) from error
    card = _read_json(folder / CARD) or {}
    made_for = card.get("base_sha256")
    if base is not None and made_for and made_for != base.sha256:
        raise ModelError(
            f"The adapter in {folder} was made for the base model "
            f"{card.get('base_name', 'of another hash')} ({str(made_for)[:12]}…)",
            found=f"{base.name} ({base.sha256[:12]}…)",
            remedy=other,
        )


def remedy_for(folder: Path, own: str) -> str:
    """What to do about an adapter folder that is damaged: `own`, unless the program brought it."""
    return AGAIN if folder.resolve().parent == Path(adapters.__file__).resolve().parent else own


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
