"""A tiny causal model with random weights and a byte-level tokeniser, in transformers' layout.

No weights are fetched and nothing is learned; its likelihoods are arbitrary but fixed, which is
enough to hold the engine against plain transformers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.models.base_model import BaseModel, describe_folder

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
MERGES = ("Ġ t", "h e", "Ġt he", "Ġ (", "1 9", "2 0", "o u", "i n", "e r", "Ġ a", "Ġ H", "a t")


def tiny_tokenizer() -> Any:
    """Every byte is a token; a few merges make words of more than one way to be split."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = [*SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    merges = [(left, right) for left, right in (merge.split(" ") for merge in MERGES)]
    words += [left + right for left, right in merges]
    core = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, merges))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([AddedToken(word, normalized=False, special=True) for word in SPECIAL])
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        clean_up_tokenization_spaces=False,
        bos_token=SPECIAL[1],
        eos_token=SPECIAL[2],
        pad_token=SPECIAL[2],
        unk_token=SPECIAL[0],
    )


def tiny_model(kind: str = "llama", seed: int = 0) -> Any:
    """A model of two layers with large random weights, so that its choices are decided.

    ``wide-heads`` is a Llama with heads of 16 instead of 8.
    """
    import torch
    from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, set_seed

    shared = {"vocab_size": len(tiny_tokenizer()), "bos_token_id": 1, "eos_token_id": 2}
    if kind in ("llama", "wide-heads"):
        config: Any = LlamaConfig(
            hidden_size=48,
            intermediate_size=96,
            num_hidden_layers=3,
            num_attention_heads=6 if kind == "llama" else 3,
            num_key_value_heads=2 if kind == "llama" else 1,
            max_position_embeddings=512,
            initializer_range=0.3,
            tie_word_embeddings=True,
            pad_token_id=2,
            **shared,
        )
    elif kind == "gpt2":
        config = GPT2Config(
            n_embd=32, n_layer=2, n_head=2, n_positions=512, initializer_range=0.3, **shared
        )
    else:
        raise ValueError(f"expected llama, wide-heads or gpt2, found {kind!r}")
    set_seed(seed)
    return AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()


def save_tiny_model(folder: Path, kind: str = "llama", seed: int = 0) -> BaseModel:
    """Write model and tokeniser to `folder`, as a user's own base model would lie there."""
    from adapters.models.quiet_transformers import quiet_transformers

    with quiet_transformers():
        tiny_model(kind, seed).save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return describe_folder(folder)
