"""What a folder needs to be a model in transformers' layout.

Owns saying what is missing or broken; whose folder it is and what becomes of it is for
`base_model`, and reading it for `loading`.
"""

from __future__ import annotations

import json
from pathlib import Path

from bot.core.errors import ModelError

WEIGHTS = "*.safetensors"
PICKLED = ("pytorch_model*.bin", "*.pt", "*.pth", "*.ckpt")
"""Weights that can run code when they are read."""
TOKENISERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")


def check_layout(path: Path) -> list[Path]:
    """The weight files of a folder that has all a model needs; ModelError when it has not."""
    remedy = "Set TASTEBOT_BASE_MODEL to another folder, or unset it for the default"
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        config = None
    if not isinstance(config, dict) or "model_type" not in config:
        raise ModelError(
            f"The base model folder {path} was expected to hold a config.json that names its type",
            found="none" if not (path / "config.json").is_file() else "an unreadable one",
            remedy=remedy,
        )
    weights = sorted(path.glob(WEIGHTS))
    pickled = [file.name for kind in PICKLED for file in path.glob(kind)]
    if not weights and pickled:
        raise ModelError(
            f"The base model folder {path} was expected to hold weights as *.safetensors",
            found=f"{pickled[0]}, a kind that can run code when it is read",
            remedy="Save the model again with transformers' save_pretrained, or set "
            "TASTEBOT_BASE_MODEL to another folder",
        )
    if not weights:
        raise ModelError(
            f"The base model folder {path} was expected to hold weights (*.safetensors)",
            found="none",
            remedy=remedy,
        )
    if not any((path / name).is_file() for name in TOKENISERS):
        raise ModelError(
            f"The base model folder {path} was expected to hold a tokeniser (tokenizer.json)",
            found="none",
            remedy=remedy,
        )
    for file in weights:
        _check_safetensors(file, remedy)
    return weights


def _check_safetensors(file: Path, remedy: str) -> None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as tensors:
            tensors.keys()
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"The weights {file} cannot be read", found=f"a broken file ({error})", remedy=remedy
        ) from error
