"""A tiny Llama with random weights as a GGUF file, which is converted as a real one is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.tiny_model import SPECIAL, tiny_model, tiny_tokenizer

NORMAL, CONTROL = 1, 3


def save_tiny_gguf(file: Path, seed: int = 0) -> Path:
    """Write the model in single precision with its byte-level tokeniser; gives the file."""
    from gguf import GGUFWriter

    model, core = tiny_model(seed=seed), json.loads(tiny_tokenizer().backend_tokenizer.to_str())
    config = model.config
    words = sorted(core["model"]["vocab"], key=core["model"]["vocab"].__getitem__)
    writer = GGUFWriter(str(file), "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(words)
    writer.add_token_types([CONTROL if word in SPECIAL else NORMAL for word in words])
    writer.add_token_merges([" ".join(pair) for pair in core["model"]["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    parts = {
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
    }
    ends = {
        "model.embed_tokens.weight": "token_embd.weight",
        "model.norm.weight": "output_norm.weight",
    }
    for name, values in model.state_dict().items():
        pieces = name.split(".")
        if name in ends:
            named = ends[name]
        elif pieces[1] == "layers":
            named = f"blk.{pieces[2]}.{parts['.'.join(pieces[3:-1])]}.weight"
        else:
            continue  # tied to the embedding
        writer.add_tensor(named, np.ascontiguousarray(values.float().numpy()))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file
