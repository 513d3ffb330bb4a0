"""The tokeniser read from its file gives what transformers gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.models.base_model import BaseModel
from adapters.models.file_tokenizer import FileTokenizer, reads_plainly
from adapters.models.loading import load_tokenizer
from tests.tiny_model import save_tiny_model

TEXTS = (
    "I loved Heat (1995), anything like that?",
    "Amélie 電影 😀 two  spaces, don't . clean",
    "",
    " begins with a space\nand breaks",
)
CONFIG: dict[str, Any] = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "clean_up_tokenization_spaces": False,
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> BaseModel:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


def same(own: FileTokenizer, theirs: Any) -> None:
    assert own.bos_token == theirs.bos_token
    assert own.eos_token_id == theirs.eos_token_id
    assert own.all_special_ids == sorted(set(theirs.all_special_ids))
    for text in TEXTS:
        for special in (True, False):
            tokens = theirs.encode(text, add_special_tokens=special)
            assert own.encode(text, add_special_tokens=special) == tokens
        for skipped in (True, False):
            plain = theirs.decode(
                tokens, skip_special_tokens=skipped, clean_up_tokenization_spaces=False
            )
            assert own.decode(tokens, skip_special_tokens=skipped) == plain


def test_texts_become_the_same_tokens_and_back(tiny: BaseModel) -> None:
    theirs = load_tokenizer(tiny)
    names = ("bos_token", "eos_token", "pad_token", "unk_token")
    config = CONFIG | {name: getattr(theirs, name) for name in names if getattr(theirs, name)}
    assert reads_plainly(config)
    same(FileTokenizer(tiny.path, config), theirs)


def test_what_asks_for_more_is_left_to_transformers() -> None:
    assert not reads_plainly({})
    assert not reads_plainly(CONFIG | {"tokenizer_class": "LlamaTokenizer"})
    assert not reads_plainly(CONFIG | {"clean_up_tokenization_spaces": True})
    assert not reads_plainly(CONFIG | {"add_prefix_space": True})
    assert not reads_plainly(CONFIG | {"eos_token": {"content": "</s>"}})


def test_a_special_token_that_is_not_there_is_refused(tiny: BaseModel) -> None:
    with pytest.raises(ValueError, match="not in the vocabulary"):
        FileTokenizer(tiny.path, CONFIG | {"eos_token": "<|nowhere|>"})


@pytest.mark.real
def test_the_default_base_is_read_as_transformers_reads_it(real_base_model: BaseModel) -> None:
    folder: Path = real_base_model.path
    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert reads_plainly(config)
    same(FileTokenizer(folder, config), load_tokenizer(real_base_model))
