"""One run from beginning to end: engine, conversations, people at once, memory, training."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import torch

from adapters.engine.language_engine import TransformersEngine
from adapters.engine.loading import load_engine
from adapters.engine.token_bags import bags_of
from adapters.models.adapter_folder import read_adapter_folder
from adapters.models.base_model import BaseModel, find_base_model
from adapters.models.loading import load_model
from adapters.models.lora import attach_adapter
from adapters.training.layers import LayerSpans
from adapters.training.training_run import TrainingOptions
from bot.benchmark.conversations import chat_client, measure_crowds, measure_turns
from bot.benchmark.cores import gain_of_two
from bot.benchmark.engine_speed import PlainModel, measure_engine
from bot.benchmark.figures import (
    Benchmark,
    Throughput,
    TopItemsSpeed,
    TrainingSpeed,
    TurnSpeed,
)
from bot.benchmark.llama_cpp import gguf_file, measure_llama_cpp
from bot.benchmark.server import copied_database, ended_peak_rss_mb, running_server
from bot.benchmark.talk import Talk, best_known, story, talks
from bot.benchmark.top_items import measure_top_items, queries_of
from bot.benchmark.training_speed import EPOCHS, Sample, measure_training, sample_of
from bot.core.protocols import Catalogue
from bot.core.settings import Settings
from bot.ranking.ranker_files import RankingParts
from bot.ranking.rendering import prompt_text

Report = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: rounds, tokens written, conversations, people at once, turns of each
    and how often, dialogues, generated items and the queries over them."""

    rounds: int = 7
    tokens: int = 40
    conversations: int = 6
    people: tuple[int, ...] = (1, 4, 16)
    turns: int = 4
    crowds: int = 3
    dialogues: int = 8
    trained_layers: int = 6
    items: int = 1_000_000
    queries: int = 32


QUICK = Extent(
    rounds=3,
    tokens=16,
    conversations=3,
    turns=2,
    crowds=1,
    dialogues=4,
    items=100_000,
    queries=16,
)


def run_benchmark(
    settings: Settings,
    catalogue: Catalogue,
    copy: Callable[[Path], None],
    *,
    adapter: Path | None,
    extent: Extent,
    report: Report,
) -> Benchmark:
    """Measure everything, talking of items of `catalogue`; `adapter` is folded in.

    `copy` writes a copy of the database to a file. Nothing is stored but what setting up would
    store anyway. Raises TastebotError as its parts do.
    """
    base = find_base_model(settings.base_model, home=settings.home, progress=report)
    report("Loading the models", 0, None)
    engine = load_engine(base, adapter=adapter, device=settings.device)

    def plain_model() -> Any:
        model = load_model(base, device="cpu")
        return model if adapter is None else attach_adapter(model, adapter, base=base)

    plain = PlainModel(plain_model(), engine.split)
    titles = best_known(catalogue.items)
    said = talks(titles, max(extent.rounds, extent.conversations + 1, *extent.people))
    texts = [prompt_text(talk.dialogue(5)) for talk in said[: extent.rounds]]
    speed = measure_engine(engine, plain, texts, story(), tokens=extent.tokens, report=report)
    beside = measure_llama_cpp(
        gguf_file(settings.base_model),
        texts,
        story(),
        tokens=extent.tokens,
        threads=torch.get_num_threads(),
    )
    with copied_database(settings, copy) as copied:
        served = _served(copied, said, plain, extent, report)
    top_items = None if adapter is None else _top_items(engine, catalogue, adapter, extent, report)
    sample = sample_of(said[: extent.dialogues], titles, engine.split)
    del engine, plain
    training = _training(base, sample, extent, report)
    return Benchmark(
        engine=speed,
        turn1=served.turn1,
        turn5=served.turn5,
        people=served.people,
        peak_rss_mb=served.peak_rss_mb or ended_peak_rss_mb(),
        healthy_after_s=served.healthy_after_s,
        training=training,
        llama_cpp=beside,
        top_items=top_items,
        machine={**machine(), "gain_of_two_processes": round(served.gain_of_two, 2)},
        quick=extent == QUICK,
    )


class _Served(NamedTuple):
    """What was measured of a server: times of turns, people at once, memory and starting."""

    turn1: TurnSpeed
    turn5: TurnSpeed
    people: dict[int, Throughput]
    gain_of_two: float
    peak_rss_mb: float
    healthy_after_s: float


def _served(
    settings: Settings, said: Sequence[Talk], plain: PlainModel, extent: Extent, report: Report
) -> _Served:
    """Measure a server of its own over a copy of the database."""
    with tempfile.TemporaryDirectory(prefix="tastebot-bench-") as folder:
        report("Starting the server", 0, None)
        with running_server(settings, Path(folder) / "server.log") as server:
            chat = chat_client(server.url)
            turn1, turn5 = measure_turns(
                chat, said[: extent.conversations + 1], plain.prefill_seconds, report
            )
            before = gain_of_two()
            report("Many at once", 0, None)
            people = measure_crowds(chat, said, extent.people, extent.turns, extent.crowds)
            gain = (before + gain_of_two()) / 2
            return _Served(turn1, turn5, people, gain, server.peak_rss_mb(), server.healthy_after_s)


def _training(base: BaseModel, sample: Sample, extent: Extent, report: Report) -> TrainingSpeed:
    """Measure training on `sample`, in the last layers of a fresh model each time."""
    fresh = load_model(base, device="cpu")
    options = TrainingOptions(
        epochs=EPOCHS,
        patience=EPOCHS,
        trained_layers=min(extent.trained_layers, LayerSpans(fresh).count),
        dropout=0.0,
    )
    del fresh
    return measure_training(
        lambda: load_model(base, device="cpu"), sample, options=options, report=report
    )


def _top_items(
    engine: TransformersEngine, catalogue: Catalogue, adapter: Path, extent: Extent, report: Report
) -> TopItemsSpeed:
    """The language model's term over so many items as no catalogue here has."""
    parts = RankingParts.read(read_adapter_folder(adapter))
    term = parts.language_term(catalogue, engine, bags_of(engine))
    queries = queries_of(term, catalogue, talks(best_known(catalogue.items), extent.queries))
    with tempfile.TemporaryDirectory(prefix="tastebot-bench-") as folder:
        return measure_top_items(term.item_vectors(), queries, extent.items, Path(folder), report)


def machine() -> dict[str, Any]:
    """What the figures were measured on, as far as it tells."""
    return {
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "processor": platform.machine(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "torch": version("torch"),
        "transformers": version("transformers"),
    }


__all__ = ["QUICK", "Extent", "machine", "run_benchmark"]
