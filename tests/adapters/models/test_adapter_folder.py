from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from adapters.models.adapter_folder import (
    CARD,
    TABLES,
    RankingFiles,
    read_adapter_folder,
    read_card,
    write_adapter_folder,
)
from adapters.training.trainer import add_lora
from adapters.training.training_run import TrainingOptions
from bot.core.errors import ModelError
from tests.tiny_model import tiny_model

RANKING = RankingFiles({"weights": {"a.b": 1.5}}, {"table": np.arange(6, dtype=np.float16)})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    adapted = add_lora(tiny_model(), TrainingOptions(rank=2, trained_layers=1))
    return write_adapter_folder(
        tmp_path / "adapter",
        peft_model=adapted,
        ranking=RANKING,
        card={"base_name": "tiny", "base_sha256": "abc123"},
        readme="# Tiny\n",
    )


def test_what_is_written_is_read(folder: Path) -> None:
    found = read_adapter_folder(folder)
    assert found.document == RANKING.document
    assert found.tables["table"].tolist() == list(range(6))
    assert read_card(folder)["base_name"] == "tiny"


def test_plain_peft_loads_it(folder: Path) -> None:
    from peft import PeftModel

    loaded = PeftModel.from_pretrained(tiny_model(), str(folder))
    assert any("lora_" in name for name, _ in loaded.named_parameters())


def test_it_names_no_path_of_the_machine_that_made_it(folder: Path) -> None:
    config = json.loads((folder / "adapter_config.json").read_text())
    assert "/" not in config["base_model_name_or_path"]


def test_a_truncated_file_is_refused(folder: Path) -> None:
    table = folder / TABLES
    table.write_bytes(table.read_bytes()[:-3])
    with pytest.raises(ModelError, match=r"ranking\.safetensors.*not the one its card names"):
        read_adapter_folder(folder)


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(ModelError, match="Expected the file adapter_model"):
        read_adapter_folder(folder)


@pytest.mark.parametrize("content", ["not json", "[]", '{"format": 99}'])
def test_a_broken_card_is_refused(folder: Path, content: str) -> None:
    (folder / CARD).write_text(content)
    with pytest.raises(ModelError):
        read_card(folder)


def test_no_folder_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Expected an adapter folder"):
        read_card(tmp_path / "nowhere")


def test_a_failed_write_leaves_what_was_there(folder: Path) -> None:
    broken = RankingFiles({}, {"table": np.array(["words"], dtype=object)})
    with pytest.raises(Exception, match=r".+"):
        write_adapter_folder(folder, peft_model=None, ranking=broken, card={}, readme="")
    assert read_adapter_folder(folder).document == RANKING.document
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_ranking_can_be_written_anew_beside_the_same_weights(folder: Path) -> None:
    before = (folder / "adapter_model.safetensors").read_bytes()
    write_adapter_folder(
        folder, peft_model=None, ranking=RankingFiles({"new": 1}, {}), card={}, readme=""
    )
    assert (folder / "adapter_model.safetensors").read_bytes() == before
    assert read_adapter_folder(folder).document == {"new": 1}
