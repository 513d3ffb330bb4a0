"""From a GGUF file to a folder in transformers' layout.

Owns undoing the file's quantisation and rebuilding its tokeniser. The values are kept exactly, in
single precision: half of it would halve the disk, but a file that is used as it lies is mapped
into memory in a fifth of a second, and turning halves into singles took two seconds at each start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.models.quiet_transformers import quiet_transformers
from bot.core.errors import ModelError

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
        fields = {name: field.contents() for name, field in reader.fields.items()}
    except (ValueError, IndexError, KeyError, OSError) as error:
        raise _unreadable(source, str(error)) from error
    tokenizer = _byte_level_tokenizer(fields)
    try:
        with quiet_transformers():
            if tokenizer is None:
                from transformers import AutoTokenizer

                tokenizer = AutoTokenizer.from_pretrained(
                    source.parent, gguf_file=source.name, trust_remote_code=False
                )
            model = _llama(reader, fields) or _dequantised(source)
            model.save_pretrained(out)
    except (ValueError, KeyError, NotImplementedError, RuntimeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _unreadable(source, str(error)) from error
    tokenizer.save_pretrained(out)
    licence = fields.get("general.license")
    return str(licence) if licence else None


def _llama(reader: Any, fields: dict[str, Any]) -> Any:
    """The model of a plain Llama file, or None for another architecture.

    Built here because transformers reads the file three times over, which takes a minute.
    """
    if fields.get("general.architecture") != "llama" or any(
        "rope.scaling" in name or "expert" in name or name.endswith("rope_freqs.weight")
        for name in [*fields, *(tensor.name for tensor in reader.tensors)]
    ):
        return None
    import torch
    from gguf import dequantize
    from transformers import LlamaConfig, LlamaForCausalLM

    heads = int(fields["llama.attention.head_count"])
    key_heads = int(fields.get("llama.attention.head_count_kv", heads))
    width = int(fields["llama.embedding_length"])
    names = {tensor.name for tensor in reader.tensors}
    config = LlamaConfig(
        vocab_size=len(fields["tokenizer.ggml.tokens"]),
        hidden_size=width,
        intermediate_size=int(fields["llama.feed_forward_length"]),
        num_hidden_layers=int(fields["llama.block_count"]),
        num_attention_heads=heads,
        num_key_value_heads=key_heads,
        head_dim=int(fields.get("llama.attention.key_length", width // heads)),
        max_position_embeddings=int(fields["llama.context_length"]),
        rms_norm_eps=float(fields["llama.attention.layer_norm_rms_epsilon"]),
        rope_parameters={
            "rope_type": "default",
            "rope_theta": float(fields.get("llama.rope.freq_base", 10000.0)),
        },
        tie_word_embeddings="output.weight" not in names,
        bos_token_id=fields.get("tokenizer.ggml.bos_token_id"),
        eos_token_id=fields.get("tokenizer.ggml.eos_token_id"),
        pad_token_id=fields.get("tokenizer.ggml.padding_token_id"),
    )
    weights = {}
    for tensor in reader.tensors:
        # A tensor kept in single precision comes as a view of the file, which cannot be written.
        values = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
        name = _llama_name(tensor.name)
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            # GGUF has the two halves of each rotated pair side by side; transformers apart.
            of = heads if "q_proj" in name else key_heads
            values = values.view(of, -1, 2, width).transpose(1, 2).reshape(values.shape)
        weights[name] = values.to(torch.float32).contiguous()
    with torch.device("meta"):
        model = LlamaForCausalLM._from_config(config, dtype=torch.float32)
    if config.tie_word_embeddings:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model.load_state_dict(weights, assign=True)
    model.tie_weights()
    return model


LLAMA_PARTS = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
LLAMA_ENDS = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def _llama_name(name: str) -> str:
    """transformers' name of a GGUF tensor; KeyError for one that no plain Llama has."""
    if name in LLAMA_ENDS:
        return LLAMA_ENDS[name]
    _, layer, part, kind = name.split(".")
    return f"model.layers.{layer}.{LLAMA_PARTS[part]}.{kind}"


def _dequantised(source: Path) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(
        source.parent, gguf_file=source.name, dtype=torch.float32, trust_remote_code=False
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
        clean = AutoModelForCausalLM.from_config(
            config, dtype=torch.float32, trust_remote_code=False
        )
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
