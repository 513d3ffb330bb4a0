"""An adapter is folded into the base it was made for, and no other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel

from adapters.engine.loading import load_engine
from adapters.models.base_model import BaseModel
from adapters.models.loading import load_model
from adapters.models.lora import AGAIN, attach_adapter, remedy_for
from bot.core.errors import ModelError
from tests.contracts import PROMPT
from tests.tiny_model import save_tiny_model


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> BaseModel:
    return save_tiny_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def trained(base: BaseModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter whose weights are not zero, with the card of its base."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    settings = LoraConfig(
        r=2, lora_alpha=8, target_modules=["q_proj", "down_proj"], init_lora_weights=False
    )
    folder = tmp_path_factory.mktemp("adapter")
    get_peft_model(load_model(base), settings).save_pretrained(str(folder))
    (folder / "card.json").write_text(json.dumps({"base_sha256": base.sha256}))
    return folder


@pytest.fixture
def adapter(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "adapter"))


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(torch.tensor([[5, 6, 7, 8]])).logits
    return found


def test_folded_in_it_gives_what_it_gives_beside(base: BaseModel, adapter: Path) -> None:
    beside = PeftModel.from_pretrained(load_model(base), str(adapter))
    merged = attach_adapter(load_model(base), adapter, base=base)
    torch.testing.assert_close(logits(merged), logits(beside), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(logits(merged), logits(load_model(base)), atol=1e-2)
    assert not any("lora" in name for name, _ in merged.named_parameters())


def test_an_engine_loads_with_it(base: BaseModel, adapter: Path) -> None:
    plain, adapted = load_engine(base), load_engine(base, adapter=adapter)
    assert abs(plain.encode(PROMPT) - adapted.encode(PROMPT)).max() > 1e-3


def test_an_adapter_of_another_base_is_refused(base: BaseModel, adapter: Path) -> None:
    (adapter / "card.json").write_text(json.dumps({"base_sha256": "f" * 64, "base_name": "Other"}))
    with pytest.raises(ModelError, match="made for the base model Other"):
        attach_adapter(load_model(base), adapter, base=base)


def test_an_adapter_of_other_shapes_is_refused(adapter: Path, tmp_path: Path) -> None:
    other = save_tiny_model(tmp_path / "gpt2", kind="gpt2")
    (adapter / "card.json").unlink()
    with pytest.raises(ModelError, match="does not fit"):
        attach_adapter(load_model(other), adapter, base=other)


@pytest.mark.parametrize("missing", ["adapter_config.json", "adapter_model.safetensors"])
def test_a_folder_that_lacks_a_part_is_refused(
    missing: str, base: BaseModel, adapter: Path
) -> None:
    (adapter / missing).unlink()
    with pytest.raises(ModelError, match=missing):
        load_engine(base, adapter=adapter)


def test_truncated_weights_are_refused(base: BaseModel, adapter: Path) -> None:
    weights = adapter / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-20])
    with pytest.raises(ModelError, match="broken file"):
        load_engine(base, adapter=adapter)


def test_a_folder_that_is_not_there_is_refused(base: BaseModel, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        load_engine(base, adapter=tmp_path / "nowhere")


def test_the_adapter_that_comes_with_the_program_is_mended_by_installing_again(
    tmp_path: Path,
) -> None:
    import adapters

    assert remedy_for(Path(adapters.__file__).parent / "tastebot-films", "Train it") == AGAIN
    assert remedy_for(tmp_path / "tastebot-films", "Train it") == "Train it"
