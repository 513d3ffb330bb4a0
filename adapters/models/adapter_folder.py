"""The folder that training ends in: PEFT's own files, ranking weights and tables, and a card.

Owns what is in it, that it is whole, and for which base model; leaves what the tables mean to
`bot.ranking`. The card names every file with its hash, so that a folder that was cut short or
mixed up is refused before anything is loaded. Plain `peft` loads the same folder.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.models.lora import remedy_for
from bot.core.errors import ModelError

CARD = "card.json"
README = "README.md"
RANKING = "ranking.json"
TABLES = "ranking.safetensors"
PEFT_FILES = ("adapter_config.json", "adapter_model.safetensors")
FORMAT = 1
REMEDY = "Set TASTEBOT_ADAPTER to a folder that `tastebot train` made, or to none"

Tables = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class RankingFiles:
    """What ranking keeps beside the adapter: a JSON document and named arrays."""

    document: Mapping[str, Any] = field(default_factory=dict)
    tables: Tables = field(default_factory=dict)


def write_adapter_folder(
    out: Path,
    *,
    peft_model: Any | None,
    ranking: RankingFiles,
    card: Mapping[str, Any],
    readme: str,
    peft_files: Path | None = None,
) -> Path:
    """Write the folder whole, or not at all; what stood at `out` is replaced.

    LoRA weights are kept in half precision. `peft_model` None copies PEFT's files from
    `peft_files`, by default the folder that is replaced. `card` gets the format and each file's
    hash.
    """
    from safetensors.numpy import save_file

    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        if peft_model is None:
            for name in PEFT_FILES:
                shutil.copyfile((peft_files or out) / name, folder / name)
        else:
            _save_peft(peft_model, folder)
        save_file(
            {name: np.ascontiguousarray(a) for name, a in ranking.tables.items()}, folder / TABLES
        )
        _write_json(folder / RANKING, ranking.document)
        (folder / README).write_text(readme, encoding="utf-8")
        for file in folder.iterdir():
            file.chmod(0o644)  # safetensors writes for the owner alone
        files = {
            file.name: {"sha256": _sha256(file), "bytes": file.stat().st_size}
            for file in sorted(folder.iterdir())
        }
        _write_json(folder / CARD, {"format": FORMAT, **card, "files": files})
        folder.chmod(0o755)
        if out.exists():
            old = out.with_name(f".{out.name}.old")
            shutil.rmtree(old, ignore_errors=True)
            out.rename(old)
            folder.rename(out)
            shutil.rmtree(old, ignore_errors=True)
        else:
            folder.rename(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return out


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a folder whose files are all there and whole.

    Raises ModelError for no folder, a folder without a card, another format, and a file that is
    missing or is not the one the card names.
    """
    remedy = remedy_for(folder, REMEDY)
    if not folder.is_dir():
        raise ModelError(f"Expected an adapter folder at {folder}", found="none", remedy=remedy)
    card = _read_json(folder / CARD)
    if card.get("format") != FORMAT:
        raise ModelError(
            f"Expected an adapter of format {FORMAT} in {folder}",
            found=f"format {card.get('format')!r}",
            remedy=remedy_for(folder, "Train it again with `tastebot train`"),
        )
    files = card.get("files")
    for name, facts in (files if isinstance(files, dict) else {}).items():
        _check_file(folder / name, facts)
    return card


def _check_file(file: Path, facts: Any) -> None:
    """ModelError unless `file` is what the card's `facts` say."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ModelError(
            f"Expected the file {file.name} in {file.parent}",
            found="none" if not file.exists() else error.strerror,
            remedy=remedy_for(file.parent, REMEDY),
        ) from error
    written = facts if isinstance(facts, dict) else {}
    digest = hashlib.sha256(content).hexdigest()
    if (len(content), digest) != (written.get("bytes"), written.get("sha256")):
        raise ModelError(
            f"The file {file.name} in {file.parent} is not the one its card names",
            found=f"one of {len(content):,} bytes and SHA-256 {digest[:12]}…",
            remedy=remedy_for(
                file.parent, "Copy the folder again, or train it again with `tastebot train`"
            ),
        )


def read_adapter_folder(folder: Path) -> RankingFiles:
    """The ranking files of a whole folder; ModelError as `read_card` raises it.

    Whether the folder was made for the base at hand, `adapters.models.lora` says.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    read_card(folder)
    try:
        tables = load_file(folder / TABLES)
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"The tables {folder / TABLES} cannot be read",
            found=str(error),
            remedy=remedy_for(folder, REMEDY),
        ) from error
    return RankingFiles(_read_json(folder / RANKING), tables)


def _save_peft(peft_model: Any, folder: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    peft_model.save_pretrained(str(folder))
    (folder / README).unlink(missing_ok=True)
    weights = folder / PEFT_FILES[1]
    halves = {name: value.to(torch.float16) for name, value in load_file(weights).items()}
    save_file(halves, weights, metadata={"format": "pt"})
    config = _read_json(folder / PEFT_FILES[0])
    # A path on the machine that trained it means nothing elsewhere.
    config["base_model_name_or_path"] = Path(str(config.get("base_model_name_or_path") or "")).name
    _write_json(folder / PEFT_FILES[0], config)


def _read_json(file: Path) -> dict[str, Any]:
    remedy = remedy_for(file.parent, REMEDY)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"Expected a readable {file.name} in {file.parent}",
            found="none" if not file.exists() else str(error),
            remedy=remedy,
        ) from error
    if not isinstance(content, dict):
        raise ModelError(
            f"Expected an object in {file}", found=type(content).__name__, remedy=remedy
        )
    return content


def _write_json(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
