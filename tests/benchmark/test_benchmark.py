"""The parts of a benchmark on a tiny model: figures that mean what they say."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from adapters.engine.language_engine import TransformersEngine
from adapters.engine.loading import build_engine
from adapters.engine.whitening import Whitening
from adapters.training.batches import collate
from adapters.training.layers import LayerSpans
from adapters.training.trainer import add_lora
from adapters.training.training_run import TrainingOptions
from bot.benchmark.conversations import measure_crowds, measure_people, measure_turns
from bot.benchmark.cores import gain_of_two
from bot.benchmark.engine_speed import PlainModel, measure_engine
from bot.benchmark.figures import (
    Benchmark,
    EngineSpeed,
    Throughput,
    TopItemsSpeed,
    TrainingSpeed,
    p95,
)
from bot.benchmark.llama_cpp import gguf_file, measure_llama_cpp
from bot.benchmark.plot import check_plot_file, save_plot
from bot.benchmark.talk import best_known, talks
from bot.benchmark.top_items import generated, measure_top_items, queries_of
from bot.benchmark.training_speed import (
    TitleObjective,
    measure_training,
    plain_batch,
    sample_of,
)
from bot.core.errors import StorageError, UsageError
from bot.core.results import RankingQuery
from bot.core.values import Message
from bot.ranking.resolved_query import Ask
from bot.ranking.terms.language_model import LanguageTerm
from storage.sql.database import open_database
from tests.fake_language_model import FakeLanguageModel
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS
from tests.tiny_model import tiny_model, tiny_tokenizer

OPTIONS = TrainingOptions(
    rank=2, trained_layers=1, epochs=4, patience=4, dropout=0.0, most_tokens=900
)
TITLES = best_known(FILMS[:12])


def silent(what: str, done: int, whole: int | None) -> None:
    pass


@pytest.fixture(scope="module")
def engine() -> TransformersEngine:
    return build_engine(tiny_model(), tiny_tokenizer(), name="tiny")


def chat(person: str, message: str, conversation: str) -> dict[str, Any]:
    """A server that takes 10 ms to rank, and more the longer the message is."""
    if "fail" in person:
        raise RuntimeError("not answered")
    timings = {"ranked_ms": 10.0, "first_token_ms": None, "total_ms": 20.0 + len(message)}
    return {"conversation": conversation or person, "reply": "Heat (1995).", "timings": timings}


def figures() -> Benchmark:
    turn1, turn5 = measure_turns(chat, talks(TITLES, 3), lambda text: 0.02, silent)
    return Benchmark(
        engine=EngineSpeed(30.0, 600.0, 12.0, 400.0, 2.5, 1.5),
        turn1=turn1,
        turn5=turn5,
        people={1: Throughput(2.0, 100.0, 0, 8), 16: Throughput(3.0, 900.0, 1, 64)},
        peak_rss_mb=800.0,
        healthy_after_s=5.0,
        training=TrainingSpeed(800.0, 200.0, 4000),
        top_items=TopItemsSpeed(1_000_000, 20.0, 60.0, 0.995),
    )


def test_engine_and_plain_model_are_both_measured(engine: TransformersEngine) -> None:
    plain = PlainModel(tiny_model(), engine.split)
    found = measure_engine(
        engine, plain, ["I loved Heat.", "I loved Ronin."], "Once", tokens=4, report=silent
    )
    assert found.decode > 0
    assert found.plain_prefill > 0
    assert found.decode_ratio == pytest.approx(found.decode / found.plain_decode, rel=0.5)
    assert engine._store.nbytes == 0


def test_turns_are_the_first_and_the_fifth_and_beside_one_plain_prefill() -> None:
    turn1, turn5 = measure_turns(chat, talks(TITLES, 3), lambda text: 0.02, silent)
    assert turn1.median_ms["ranked_ms"] == 10.0
    assert turn1.median_ms["first_token_ms"] == turn1.median_ms["total_ms"]  # came with the whole
    assert turn1.median_ms["total_ms"] != turn5.median_ms["total_ms"]
    assert turn5.plain_prefill_ms == pytest.approx(20.0)
    assert turn5.ranked_ratio == pytest.approx(0.5)


def test_the_prompt_that_is_compared_holds_the_whole_dialogue() -> None:
    read: list[str] = []

    def prefill(text: str) -> float:
        read.append(text)
        return 0.1

    (talk,) = talks(TITLES, 1)
    measure_turns(chat, [talk], prefill, silent)
    assert all(message in read[0] for message in talk.messages)
    assert read[0].count("Heat (1995).") == 4


def test_people_speak_at_once_and_failures_are_counted() -> None:
    met = threading.Barrier(3)

    def together(person: str, message: str, conversation: str) -> dict[str, Any]:
        met.wait(timeout=10)  # broken unless all three are there
        return chat(person, message, conversation)

    found = measure_people(together, talks(TITLES, 3), "three", 2)
    assert (found.turns, found.errors) == (6, 0)
    assert found.p95_ranked_ms == 10.0
    assert measure_people(chat, talks(TITLES, 2), "fail", 2).errors == 4


def test_crowds_take_turns_and_get_the_median_of_their_rounds() -> None:
    spoken: list[str] = []

    def noted(person: str, message: str, conversation: str) -> dict[str, Any]:
        if not conversation:
            spoken.append(person)
        return chat("fail" if person == "bench-1-2-0" else person, message, conversation)

    found = measure_crowds(noted, talks(TITLES, 3), (1, 2), 2, rounds=3)
    assert [person.rpartition("-")[0] for person in spoken if person != "bench-1-2-0"] == [
        *("bench-0-1", "bench-0-2", "bench-0-2"),
        *("bench-1-1", "bench-1-2"),
        *("bench-2-1", "bench-2-2", "bench-2-2"),
    ]
    assert (found[1].turns, found[1].errors) == (6, 0)
    assert (found[2].turns, found[2].errors) == (12, 2)
    assert found[2].p95_ranked_ms == 10.0


def test_two_processes_do_no_more_than_twice_the_work_of_one() -> None:
    assert 0.3 < gain_of_two(0.1) < 3  # it is short, and others may run


def test_throughput_counts_what_was_answered_in_the_time_it_took() -> None:
    def slow(person: str, message: str, conversation: str) -> dict[str, Any]:
        time.sleep(0.05)
        return chat(person, message, conversation)

    assert 5 < measure_people(slow, talks(TITLES, 1), "slow", 3).turns_per_s <= 20


def test_packed_and_plain_training_minimise_the_same_loss(engine: TransformersEngine) -> None:
    sample = sample_of(talks(TITLES, 2), TITLES, engine.split)
    model = tiny_model()
    batch = collate(sample.packs)
    spans = LayerSpans(model)
    states = spans.run(spans.embed(batch.tokens), batch.positions, batch.visible, 0, spans.count)
    objective = TitleObjective(model.get_output_embeddings())
    loss, count, _ = objective(spans.finish(states), batch)
    adapted = add_lora(tiny_model(), OPTIONS)  # fresh LoRA changes nothing yet
    with torch.no_grad():
        sums = [
            float(adapted(**plain_batch([example])).loss) * example[1]
            for example in sample.examples
        ]
    assert count == sum(predicted for _, predicted in sample.examples)
    assert float(loss.detach()) == pytest.approx(sum(sums), rel=1e-3)


def test_training_is_measured_over_four_epochs(engine: TransformersEngine) -> None:
    sample = sample_of(talks(TITLES, 2), TITLES, engine.split)
    found = measure_training(tiny_model, sample, options=OPTIONS, report=silent)
    assert found.tokens == 4 * sample.tokens
    assert found.ratio == pytest.approx(found.tokens_per_s / found.plain_tokens_per_s)


def test_the_document_has_the_agreed_keys() -> None:
    document = figures().document()
    assert {
        "decode_tokens_per_s", "decode_ratio", "prefill_tokens_per_s", "prefill_ratio",
        "turn1", "turn5", "people", "peak_rss_mb", "training_ratio",
    } <= set(document)  # fmt: skip
    assert {"ranked_ms", "first_token_ms", "total_ms"} <= set(document["turn5"])
    assert {"turns_per_s", "p95_ranked_ms", "errors"} <= set(document["people"]["16"])
    assert document["training_ratio"] == 4.0


def test_the_best_of_many_items_stand_beside_how_many_there_were() -> None:
    document = figures().document()
    assert (document["top_k_ms"], document["top_k_recall"]) == (20.0, 0.995)
    assert (document["top_k_items"], document["plain_top_k_ms"]) == (1_000_000, 60.0)
    assert ("the 100 best of 1,000,000, ms (recall 0.995)", "20", "60", "3.00") in figures().rows()
    without = replace(figures(), top_items=None)
    assert "top_k_ms" not in without.document()


def test_generated_items_lie_as_the_real_ones_do_and_are_none_of_them() -> None:
    chance = np.random.default_rng(0)
    real = (chance.normal(size=(500, 4)) * [3.0, 1.0, 0.5, 0.1] + 2).astype(np.float32)
    blocks = list(generated(real, 60_000))
    assert [len(block) for block in blocks] == [50_000, 10_000]
    made = np.concatenate(blocks)
    assert made.mean(axis=0) == pytest.approx(real.mean(axis=0), abs=0.05)
    assert np.cov(made.T) == pytest.approx(np.cov(real.T), abs=0.3)
    nearest = np.abs(made[:200, None] - real[None]).sum(axis=2).min(axis=1)
    assert (nearest > 0).all()


def test_the_best_of_generated_items_are_found_and_timed(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    spread = 0.95 ** np.arange(80)
    real = (chance.normal(size=(2000, 80)) * spread).astype(np.float32)
    queries = (chance.normal(size=(3, 80)) * spread).astype(np.float32)
    found = measure_top_items(real, queries, 40_000, tmp_path, silent)
    assert found.items == 40_000
    assert found.recall >= 0.98
    assert 0 < found.median_ms < 10_000


def test_queries_are_what_the_language_models_term_scores_by() -> None:
    catalogue = MemoryCatalogue(FILMS)
    model = FakeLanguageModel()
    width = model.hidden_size
    chance = np.random.default_rng(0)
    vectors, features = (
        chance.normal(size=(len(FILMS), size)).astype(np.float32) for size in (5, 7)
    )
    weights = {
        "query": chance.normal(size=(5 + width, 3)),
        "gain": np.array([2.0]),
        "items": chance.normal(size=(7, 3)),
    }
    whitening = Whitening(np.zeros(width, np.float32), np.eye(width, dtype=np.float32))
    term = LanguageTerm(model, vectors, features, whitening, weights)
    talk = talks(TITLES, 1)
    (query,) = queries_of(term, catalogue, talk)
    turns = (*talk[0].dialogue(1), Message("user", ""))
    scores = term.score(Ask.of(RankingQuery(turns=turns), catalogue))[0]
    whole = term.item_vectors() @ query
    assert whole - whole.mean() == pytest.approx(scores, abs=1e-4)


def test_the_table_tells_of_failures() -> None:
    assert any("1 failed" in name for name, *_ in figures().rows())


def test_a_plot_is_drawn(tmp_path: Path) -> None:
    file = tmp_path / "speed.png"
    check_plot_file(file)
    save_plot(figures(), file)
    assert file.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UsageError, match="--plot"):
        check_plot_file(tmp_path / "speed.txt")


def test_the_95th_percentile_is_passed_by_a_twentieth() -> None:
    assert p95(list(range(100))) == 95
    assert p95([]) == 0


def test_talks_differ_and_are_the_same_for_a_seed() -> None:
    first, second = talks(TITLES, 2)
    assert first != second
    assert talks(TITLES, 2) == [first, second]
    assert [each.speaker for each in first.dialogue(2)] == ["user", "assistant", "user"]


def test_llama_cpp_is_left_out_where_it_is_not(tmp_path: Path) -> None:
    assert gguf_file(None) is None
    assert measure_llama_cpp(None, ["text"], "story", tokens=2, threads=1) is None


def test_a_copy_of_the_database_is_another_file(tmp_path: Path) -> None:
    database = open_database(None, tmp_path)
    database.copy_to(tmp_path / "copy.sqlite3")
    database.close()
    copy = open_database(f"sqlite:///{tmp_path / 'copy.sqlite3'}", tmp_path)
    copy.close()
    assert (tmp_path / "copy.sqlite3").stat().st_size > 0


def test_other_databases_are_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_database(None, tmp_path)
    monkeypatch.setattr(type(database), "is_sqlite", False)
    with pytest.raises(StorageError, match="only a SQLite database"):
        database.copy_to(tmp_path / "copy.sqlite3")
    database.close()


def test_ratios_keep_their_meaning_when_the_machine_slows_down() -> None:
    found = figures()
    slower = replace(found.training, tokens_per_s=400.0, plain_tokens_per_s=100.0)
    assert slower.ratio == found.training.ratio


def test_a_plain_model_reads_and_writes(engine: TransformersEngine) -> None:
    plain = PlainModel(tiny_model(), engine.split)
    assert plain.prefill_seconds("I loved Heat.") > 0
    assert torch.is_inference_mode_enabled() is False
