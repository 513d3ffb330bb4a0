"""From a GGUF file to a folder in transformers' layout.

Owns undoing the file's quantisation and rebuilding its tokeniser. The values are kept exactly, in
single precision: half of it would halve the disk, but a file that is used as it lies is mapped
into memory in a fifth of a second, and turning halves into singles took two seconds at each start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.errors import ModelError

NORMAL_TOKEN = 1  # ggml's token types: 1 normal, 2 unknown, 3 control, 4 user-defined
SPECIAL_TYPES = (2, 3)
USER_DEFINED = 4
SPLITTING_DIGITS = ("smollm", "refact", "starcoder", "codeshell")
"""Names of ggml pre-tokenisers that split numbers into digits before the byte-level rule."""
BYTE_LEVEL = (*SPLITTING_DIGITS, "gpt-2")


def convert_gguf(source: Path, out: Path) -> str | None:
    """Write the model in `source` to the folder `out`; returns its licence where it says one.

    Raises ModelError when the file is broken or transformers knows no such architecture.
    """
    from gguf import GGUFReader

    try:
        reader = GGUFReader(source)
        fields = {
            name: reader.fields[name].contents()
            for name in reader.fields
            if name.startswith(("general.", "tokenizer."))
        }
    except (ValueError, IndexError, KeyError, OSError) as error:
        raise _unreadable(source, str(error)) from error
    tokenizer = _byte_level_tokenizer(fields)
    try:
        if tokenizer is None:
            from transformers import AutoTokenizer

            tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
        model = _dequantised(source)
    except (ValueError, KeyError, NotImplementedError, RuntimeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _unreadable(source, str(error)) from error
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    licence = fields.get("general.license")
    return str(licence) if licence else None


def _dequantised(source: Path) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(
        source.parent, gguf_file=source.name, dtype=torch.float32
    )
    # transformers marks the model as quantised and then refuses to save it, though its weights
    # are plain tensors by now; a model with a clean configuration takes them over.
    settings = {
        name: value
        for name, value in loaded.config.to_dict().items()
        if name not in ("quantization_config", "_pre_quantization_dtype", "_name_or_path")
    }
    config = type(loaded.config)(**settings)
    with torch.device("meta"):
        clean = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    clean.load_state_dict(loaded.state_dict(), assign=True)
    clean.tie_weights()
    return clean


def _byte_level_tokenizer(fields: dict[str, Any]) -> Any:
    """The tokeniser of a byte-level BPE file, or None when it has another kind.

    Built here because transformers works through the merges in Python, and leaves out that some
    models split numbers into digits.
    """
    pre = fields.get("tokenizer.ggml.pre")
    if fields.get("tokenizer.ggml.model") != "gpt2" or pre not in BYTE_LEVEL:
        return None
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words: list[str] = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    core = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, merges))
    prefix_space = bool(fields.get("tokenizer.ggml.add_space_prefix", False))
    steps: list[Any] = [pre_tokenizers.ByteLevel(add_prefix_space=prefix_space)]
    if pre in SPLITTING_DIGITS:
        steps.insert(0, pre_tokenizers.Digits(individual_digits=True))
    core.pre_tokenizer = pre_tokenizers.Sequence(steps)
    core.decoder = decoders.ByteLevel()
    for word, kind in zip(words, fields["tokenizer.ggml.token_type"], strict=True):
        if kind in (*SPECIAL_TYPES, USER_DEFINED):
            token = AddedToken(word, normalized=False, special=kind in SPECIAL_TYPES)
            if token.special:
                core.add_special_tokens([token])
            else:
                core.add_tokens([token])
    named = {
        role: words[fields[key]]
        for role, key in {
            "bos_token": "tokenizer.ggml.bos_token_id",
            "eos_token": "tokenizer.ggml.eos_token_id",
            "unk_token": "tokenizer.ggml.unknown_token_id",
            "pad_token": "tokenizer.ggml.padding_token_id",
        }.items()
        if key in fields
    }
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, clean_up_tokenization_spaces=False, **named
    )
    tokenizer.chat_template = fields.get("tokenizer.chat_template")
    return tokenizer


def _unreadable(source: Path, found: str) -> ModelError:
    lines = found.strip().splitlines()
    return ModelError(
        f"The GGUF file {source} was expected to hold a causal model that transformers knows",
        found=lines[0][:200] if lines else "a broken file",
        remedy="Set TASTEBOT_BASE_MODEL to another model, or unset it for the default",
    )
