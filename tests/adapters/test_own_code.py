"""A model folder's own code is never run, whatever anybody answers, and pickles are never read."""

from __future__ import annotations

import io
import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from adapters.engine.loading import load_engine
from adapters.models.base_model import BaseModel, describe_folder, find_base_model
from adapters.models.loading import load_model, load_tokenizer
from adapters.models.lora import attach_adapter
from bot.core.errors import ModelError
from tests.tiny_model import save_tiny_model

MODULE = """
from pathlib import Path
Path({mark!r}).touch()
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
class OwnConfig(LlamaConfig):
    model_type = "own"
class OwnModel(LlamaForCausalLM):
    config_class = OwnConfig
class OwnTokenizer(PreTrainedTokenizerFast):
    pass
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> BaseModel:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """The file that the folder's code makes when it runs."""
    return tmp_path / "it-ran"


@pytest.fixture
def folder(tiny: BaseModel, mark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model with a module of its own beside it; whoever is asked anything says yes."""
    copied = Path(shutil.copytree(tiny.path, tmp_path / "model"))
    (copied / "own.py").write_text(MODULE.format(mark=str(mark)))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n" * 20))
    monkeypatch.chdir(copied)  # where Python would look for a module too
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    return copied


def change(file: Path, **values: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def test_an_unknown_kind_of_model_with_code_of_its_own_is_refused(folder: Path, mark: Path) -> None:
    kinds = {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"}
    change(folder / "config.json", model_type="own", auto_map=kinds)
    for load in (load_model, load_engine):
        with pytest.raises(
            ModelError, match="that transformers knows; found code of its own"
        ) as told:
            load(describe_folder(folder))
        assert "own.OwnConfig" in str(told.value)
        assert "TASTEBOT_BASE_MODEL" in str(told.value)
    assert not mark.exists()


def test_a_known_kind_of_model_is_loaded_without_the_code_beside_it(
    folder: Path, mark: Path
) -> None:
    kinds = {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"}
    change(folder / "config.json", auto_map=kinds)
    assert type(load_model(describe_folder(folder))).__name__ == "LlamaForCausalLM"
    assert not mark.exists()


def test_a_tokeniser_with_code_of_its_own_is_refused(folder: Path, mark: Path) -> None:
    change(
        folder / "tokenizer_config.json",
        tokenizer_class="OwnTokenizer",
        auto_map={"AutoTokenizer": ["own.OwnTokenizer", None]},
    )
    with pytest.raises(ModelError, match=r"code of its own in the folder \(own.OwnTokenizer\)"):
        load_tokenizer(describe_folder(folder))
    assert not mark.exists()


def test_a_tokeniser_of_a_known_class_is_loaded_without_the_code_beside_it(
    folder: Path, mark: Path
) -> None:
    change(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["own.OwnTokenizer", None]})
    assert load_tokenizer(describe_folder(folder)).encode("the")
    assert not mark.exists()


@pytest.mark.parametrize(
    "brought",
    [
        {"auto_mapping": {"base_model_class": "OwnModel", "parent_library": "own"}},
        {"megatron_config": {"x": 1}, "megatron_core": "own"},
        {"base_model_name_or_path": "own"},
    ],
)
def test_an_adapter_folder_runs_no_code(
    tiny: BaseModel, folder: Path, mark: Path, brought: dict[str, Any]
) -> None:
    from peft import LoraConfig, get_peft_model

    settings = LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False)
    get_peft_model(load_model(tiny), settings).save_pretrained(str(folder))
    change(folder / "adapter_config.json", **brought)
    with suppress(ModelError):
        attach_adapter(load_model(tiny), folder)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "m.pth"])
def test_weights_that_can_run_code_are_refused(
    folder: Path, mark: Path, tmp_path: Path, name: str
) -> None:
    (folder / "model.safetensors").rename(folder / name)
    with pytest.raises(ModelError, match="can run code") as told:
        find_base_model(str(folder), home=tmp_path)
    assert "safetensors" in str(told.value)
    assert not mark.exists()
