"""The tiny model as graphs in eight bits."""

from __future__ import annotations

from pathlib import Path

from adapters.runtime.cached_graphs import graph_files
from adapters.runtime.graph_decoder import GraphDecoder, open_graphs
from adapters.runtime.llama_weights import lay_out
from adapters.runtime.quantisation import calibration_tokens, save_graphs
from adapters.runtime.row_tables import RowTables
from tests.tiny_model import tiny_model, tiny_tokenizer


def graph_decoder(kind: str, folder: Path) -> GraphDecoder:
    path = folder / "int8-tiny.safetensors"
    save_graphs(lay_out(tiny_model(kind)), calibration_tokens(tiny_tokenizer()), path, {})
    opened = open_graphs(*graph_files(path), RowTables.load(path))
    assert opened is not None
    return opened
