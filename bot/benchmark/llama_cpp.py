"""llama.cpp on the same weights in the same run, where llama-cpp-python and a GGUF file are."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

from bot.benchmark.figures import middle


def gguf_file(base_model: str | None) -> Path | None:
    """The GGUF file that the setting names, if it names one."""
    path = Path(base_model).expanduser() if base_model else None
    return path if path is not None and path.suffix == ".gguf" and path.is_file() else None


def measure_llama_cpp(
    file: Path | None, texts: Sequence[str], story: str, *, tokens: int, threads: int
) -> dict[str, float] | None:
    """Decode and prefill tokens a second, medians; None without the library or the file."""
    if file is None or find_spec("llama_cpp") is None:
        return None
    library: Any = importlib.import_module("llama_cpp")
    model = library.Llama(str(file), n_ctx=2048, n_threads=threads, verbose=False)
    prefill, decode = [], []
    for text in texts:
        read = model.tokenize(text.encode())
        model.reset()
        began = perf_counter()
        model.eval(read)
        prefill.append(len(read) / (perf_counter() - began))
        model.reset()
        model.eval(model.tokenize(story.encode()))
        began = perf_counter()
        for _ in range(tokens):
            model.eval([model.sample(temp=0.0)])
        decode.append(tokens / (perf_counter() - began))
    return {"decode_tokens_per_s": middle(decode), "prefill_tokens_per_s": middle(prefill)}
