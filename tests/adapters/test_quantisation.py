"""Eight bits stay close to single precision, and are made once for each base and adapter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from adapters import graph_decoder as graph_decoder_module
from adapters import kept_graphs, loading, quantisation
from adapters.base_model import CARD, BaseModel, ConversionCard
from adapters.decoder import Decoder
from adapters.engine import TransformersEngine
from adapters.graph_decoder import COMPANY, GraphDecoder, open_graphs
from adapters.kept_graphs import graph_files, kept_decoder
from adapters.kv_buffer import GROWTH
from adapters.lean_llama import LeanLlama
from adapters.llama_graph import BLOCK, blocks
from adapters.llama_shape import config_fits, graph_fits
from adapters.llama_weights import LlamaWeights, fits, lay_out
from adapters.loading import load_engine
from adapters.quantisation import calibration_tokens, quantise, save_graphs
from adapters.row_tables import RowTables
from adapters.workspaces import PLACES
from bot.errors import ModelError
from tests.contracts import LABELS, PROMPT, LanguageModelContract
from tests.tiny_model import save_tiny_model, tiny_model, tiny_tokenizer


@pytest.fixture(scope="module")
def exact() -> LlamaWeights:
    return lay_out(tiny_model())


@pytest.fixture(scope="module")
def coarse(exact: LlamaWeights) -> LlamaWeights:
    return quantise(exact, calibration_tokens(tiny_tokenizer()))


@pytest.fixture(scope="module", params=["llama", "wide-heads"])
def decoder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> GraphDecoder:
    return graph_decoder(request.param, tmp_path_factory.mktemp("graphs"))


def graph_decoder(kind: str, folder: Path) -> GraphDecoder:
    path = folder / "int8-tiny.safetensors"
    save_graphs(lay_out(tiny_model(kind)), calibration_tokens(tiny_tokenizer()), path, {})
    opened = open_graphs(*graph_files(path), RowTables.load(path))
    assert opened is not None
    return opened


@pytest.fixture
def base(tmp_path: Path) -> BaseModel:
    """A base that was converted here: its card lies beside it."""
    folder = tmp_path / "models" / "tiny"
    found = save_tiny_model(folder)
    card = ConversionCard("tiny", found.sha256, None, "somewhere", 1, 1)
    (folder / CARD).write_text(
        json.dumps({field: getattr(card, field) for field in card.__slots__})
    )
    return found


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What is made in eight bits, within this process for speed."""
    files: list[Path] = []

    def run(command: list[str], **_: Any) -> Any:
        quantisation._main(json.loads(command[-1]))
        files.append(Path(json.loads(command[-1])["out"]))
        return type("Done", (), {"returncode": 0, "stderr": ""})

    monkeypatch.setattr(kept_graphs.subprocess, "run", run)
    return files


class TestEightBits(LanguageModelContract):
    @pytest.fixture
    def model(self, decoder: GraphDecoder) -> TransformersEngine:
        return TransformersEngine(
            decoder, tiny_tokenizer(), name="tiny", window=512, end_tokens=frozenset({2})
        )


def next_tokens(decoder: Decoder, tokens: list[int]) -> torch.Tensor:
    """Log P of the next token after each."""
    logits = decoder.logits(decoder.extend(decoder.new_cache(), tokens))
    return torch.from_numpy(logits).double().log_softmax(-1)


def test_eight_bits_stay_close_to_single_precision(tmp_path: Path) -> None:
    decoder, tokens = graph_decoder("llama", tmp_path), tiny_tokenizer().encode(PROMPT)
    wanted = next_tokens(LeanLlama(lay_out(tiny_model())), tokens)
    found = next_tokens(decoder, tokens)
    divergence = (wanted.exp() * (wanted - found)).sum(-1)
    # Random weights are harder on it than trained ones.
    assert float(divergence.mean()) < 0.1


def test_all_matrices_are_in_eight_bits(exact: LlamaWeights, coarse: LlamaWeights) -> None:
    assert all(weight.values.dtype == torch.int8 for weight in coarse.matrices.values())
    assert coarse.matrices.keys() == exact.matrices.keys() | {"output"}


@pytest.mark.parametrize("pieces", [(5,), (2, 4, 7), (3, 20)])
def test_a_token_comes_out_the_same_in_any_company(
    decoder: GraphDecoder, pieces: tuple[int, ...]
) -> None:
    tokens = tiny_tokenizer().encode(PROMPT)
    together = decoder.extend(decoder.new_cache(), tokens)
    cache, states = decoder.new_cache(), []
    for start, end in pairwise((0, *pieces, len(tokens))):
        states.append(decoder.extend(cache, tokens[start:end]))
        cache.rest()
    np.testing.assert_allclose(np.concatenate(states), together, atol=1e-5, rtol=1e-5)


def test_a_cache_that_rested_in_half_the_memory_gives_the_same(decoder: GraphDecoder) -> None:
    tokens = tiny_tokenizer().encode(PROMPT)
    cache, rested = decoder.new_cache(), decoder.new_cache()
    for each in (cache, rested):
        decoder.extend(each, tokens[:-3])
    rested.rest()
    assert rested.place is None
    copied = rested.copy(len(tokens) - 3)
    expected = decoder.extend(cache, tokens[-3:])
    for each in (rested, copied):
        np.testing.assert_allclose(decoder.extend(each, tokens[-3:]), expected, atol=0, rtol=0)


def test_alone_and_in_company_a_text_gets_the_same_numbers(
    decoder: GraphDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_decoder_module, "_cores", lambda: 2)
    tokens = tiny_tokenizer().encode(PROMPT)
    decoder.apply(alone=True)
    alone = decoder.extend(decoder.new_cache(), tokens)
    for _ in range(COMPANY):
        decoder.apply(alone=False)
    decoder._layers.wait()
    decoder.apply(alone=False)
    assert decoder._layers.in_company() is not decoder._layers.alone
    cache = decoder.new_cache()
    found = [decoder.extend(cache, tokens[:4]), decoder.extend(cache, tokens[4:])]
    np.testing.assert_allclose(np.concatenate(found), alone, atol=1e-5, rtol=1e-5)
    decoder.apply(alone=True)
    assert decoder._caller.session is decoder._layers.alone


def test_a_little_company_makes_no_second_session(tmp_path: Path) -> None:
    decoder = graph_decoder("llama", tmp_path)
    for _ in range(COMPANY - 1):
        decoder.apply(alone=False)
    assert decoder._caller.session is decoder._layers.alone


def test_with_one_core_there_is_one_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_decoder_module, "_cores", lambda: 1)
    decoder = graph_decoder("llama", tmp_path)
    for _ in range(2 * COMPANY):
        decoder.apply(alone=False)
    assert decoder._caller.session is decoder._layers.alone


def test_a_workspace_is_not_taken_before_its_context_knows_how_long_it_is(
    decoder: GraphDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = tiny_tokenizer().encode(PROMPT * 4)[:150]
    whole = decoder.extend(decoder.new_cache(), tokens)[-1]
    lend, others, cache = decoder._workspaces.lend, [], decoder.new_cache()
    decoder.extend(cache, tokens[:60])

    @contextmanager
    def lend_and_be_evicted(*args: Any) -> Iterator[Any]:
        with lend(*args) as place:
            yield place
        for _ in range(PLACES):
            others.append(decoder.new_cache())
            with lend(others[-1], 1):
                pass

    monkeypatch.setattr(decoder._workspaces, "lend", lend_and_be_evicted)
    decoder.extend(cache, tokens[60:140])
    monkeypatch.undo()
    assert (cache.length, cache.place) == (140, None)
    np.testing.assert_allclose(decoder.extend(cache, tokens[140:])[-1], whole, atol=1e-5, rtol=1e-5)


def test_files_that_go_while_it_runs_end_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_decoder_module, "_cores", lambda: 2)
    decoder = graph_decoder("llama", tmp_path)
    hidden = decoder.extend(decoder.new_cache(), [5, 6])
    before = decoder.logits(hidden)
    decoder.let_go()
    for file in tmp_path.glob("*.onnx"):
        file.unlink()
    with pytest.warns(RuntimeWarning, match="cannot be opened again"):
        after = decoder.logits(hidden)
    np.testing.assert_allclose(after, before, atol=0.2)
    for _ in range(COMPANY - 1):
        decoder.apply(alone=False)
    with pytest.warns(RuntimeWarning, match="cannot be opened again"):
        _ = decoder._layers.in_company(), decoder._layers.wait()
    decoder.apply(alone=False)
    np.testing.assert_array_equal(decoder.extend(decoder.new_cache(), [5, 6]), hidden)


def test_the_output_layer_is_opened_when_all_of_it_is_asked_for(tmp_path: Path) -> None:
    decoder = graph_decoder("llama", tmp_path)
    hidden = np.ones((1, decoder.hidden_size), np.float32)
    decoder.logits(hidden, np.array([3, 4]))
    assert decoder._output._session is None
    logits = decoder.logits(hidden)
    assert decoder._output.opened() is decoder._output.opened()
    decoder.let_go()
    np.testing.assert_array_equal(decoder.logits(hidden), logits)


def test_a_tree_is_read_as_its_branches_one_by_one(decoder: GraphDecoder) -> None:
    tokens = tiny_tokenizer().encode(PROMPT)
    cache = decoder.new_cache()
    decoder.extend(cache, tokens)
    length, branches = len(tokens), [[40, 50], [60, 70]]
    visible = np.ones((4, length + 4), dtype=np.bool_)
    visible[:2, length + 2 :] = visible[2:, length : length + 2] = False
    positions = np.array([length, length + 1, length, length + 1])
    found = decoder.extend(cache, [40, 50, 60, 70], positions=positions, visible=visible)
    for number, branch in enumerate(branches):
        cache.crop(length)
        alone = decoder.extend(cache, branch)
        np.testing.assert_allclose(found[2 * number : 2 * number + 2], alone, atol=1e-4, rtol=1e-4)


def test_it_goes_on_where_the_cache_grows_is_cut_and_is_copied(decoder: GraphDecoder) -> None:
    tokens = [40 + number % 50 for number in range(GROWTH + 3)]  # past the first buffer
    cache = decoder.new_cache()
    for token in tokens:
        found = decoder.extend(cache, [token])
    again = cache.copy(GROWTH + 2)
    cache.crop(GROWTH + 2)
    np.testing.assert_allclose(decoder.extend(again, tokens[-1:]), found, atol=0, rtol=0)
    np.testing.assert_allclose(decoder.extend(cache, tokens[-1:]), found, atol=0, rtol=0)


def test_heads_that_no_graph_takes_run_in_single_precision(
    base: BaseModel, made: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {"model_type": "llama", "hidden_size": 96, "num_attention_heads": 6}
    assert graph_fits(plain)
    assert not graph_fits({**plain, "num_attention_heads": 8})
    assert not graph_fits({"model_type": "llama"})
    monkeypatch.setattr(loading, "graph_fits", lambda config: False)
    assert isinstance(load_engine(base)._decoder, LeanLlama)
    assert made == []


def test_without_usable_graphs_single_precision_runs(tmp_path: Path, made: list[Path]) -> None:
    base = save_tiny_model(tmp_path / "wide", kind="wide-heads")
    assert isinstance(load_engine(base, kept_in=tmp_path)._decoder, GraphDecoder)
    file = next(tmp_path.glob("layers-*.onnx"))
    file.write_bytes(b"?" * file.stat().st_size)
    with pytest.warns(RuntimeWarning, match="cannot be run here"):
        engine = load_engine(base, kept_in=tmp_path)
    assert isinstance(engine._decoder, LeanLlama)
    assert engine.encode(PROMPT).shape == (engine.hidden_size,)


def test_blocks_give_the_matrix_back() -> None:
    values = np.random.default_rng(0).normal(size=(5, 48)).astype(np.float32)
    quantised, scales = blocks(values)
    assert quantised.shape == (5, 2, BLOCK)
    back = ((quantised.astype(np.float32) - 128) * scales[:, :, None]).reshape(5, -1)
    np.testing.assert_allclose(back[:, :48], values, atol=float(scales.max()) / 2 + 1e-6)
    assert not back[:, 48:].any()


def test_chosen_rows_of_the_output_layer_are_those_of_all(exact: LlamaWeights) -> None:
    decoder = LeanLlama(exact)
    hidden = np.random.default_rng(0).normal(size=(3, 48)).astype(np.float32)
    rows = np.array([4, 200, 7])
    np.testing.assert_allclose(
        decoder.logits(hidden, rows), decoder.logits(hidden)[:, rows], atol=1e-5, rtol=1e-5
    )


def test_rows_that_are_saved_are_loaded(exact: LlamaWeights, tmp_path: Path) -> None:
    decoder = graph_decoder("llama", tmp_path)
    rows = np.array([4, 200, 7])
    found = decoder.embeddings()[rows]
    wanted = exact.matrices["embedding"].values.numpy()[rows]
    np.testing.assert_allclose(found, wanted, atol=np.abs(wanted).max() / 127)
    hidden = np.random.default_rng(0).normal(size=(2, 48)).astype(np.float32)
    np.testing.assert_allclose(
        decoder.logits(hidden, rows), decoder.logits(hidden)[:, rows], atol=0.2
    )


def test_a_converted_base_runs_in_eight_bits_made_once(base: BaseModel, made: list[Path]) -> None:
    first, again = load_engine(base), load_engine(base)
    assert len(made) == 1
    assert isinstance(first._decoder, GraphDecoder)
    np.testing.assert_array_equal(first.encode(PROMPT), again.encode(PROMPT))
    exact = load_engine(base, precision="exact")
    assert len(made) == 1
    assert np.abs(first.encode(PROMPT) - exact.encode(PROMPT)).max() > 0
    assert exact.end_tokens == first.end_tokens
    assert exact.window == first.window


def test_another_adapter_is_another_file(base: BaseModel, made: list[Path], tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    settings = LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False)
    get_peft_model(loading.load_model(base), settings).save_pretrained(tmp_path / "adapter")
    plain = load_engine(base).encode(PROMPT)
    adapted = load_engine(base, adapter=tmp_path / "adapter").encode(PROMPT)
    assert len(made) == 2
    assert np.abs(plain - adapted).max() > 1e-3


def test_a_broken_file_is_made_again(base: BaseModel, made: list[Path]) -> None:
    load_engine(base)
    file = next(base.path.parent.glob("int8-*.safetensors"))
    file.write_bytes(file.read_bytes()[:-50])
    load_engine(base)
    assert len(made) == 2


@pytest.mark.parametrize("damage", ["missing", "empty"])
def test_damaged_graphs_are_made_again(base: BaseModel, made: list[Path], damage: str) -> None:
    load_engine(base)
    file = next(base.path.parent.glob("layers-*.data"))
    file.unlink()
    if damage == "empty":
        file.write_bytes(b"")
    assert isinstance(load_engine(base)._decoder, GraphDecoder)
    assert len(made) == 2


def test_weights_of_zeros_are_not_used(base: BaseModel, made: list[Path]) -> None:
    load_engine(base)
    for file in base.path.parent.glob("*.data"):
        file.write_bytes(bytes(file.stat().st_size))
    with pytest.warns(RuntimeWarning, match="no numbers"):
        assert isinstance(load_engine(base)._decoder, LeanLlama)


def test_graphs_that_belong_to_no_model_go(base: BaseModel, made: list[Path]) -> None:
    older = base.path.parent / "step-of-an-older-layout.data"
    older.write_bytes(b"weights")
    load_engine(base)
    assert not older.exists()
    assert len(list(base.path.parent.glob("*.onnx"))) == 2


def test_only_the_newest_files_are_kept(base: BaseModel, made: list[Path], tmp_path: Path) -> None:
    for number in range(kept_graphs.KEPT_FILES + 2):
        kept_decoder(tmp_path / "kept", base.path, f"{number}" * 64, None)
    names = sorted(file.name[5] for file in (tmp_path / "kept").glob("int8-*"))
    assert names == ["2", "3", "4"]


def test_where_nothing_can_be_kept_single_precision_runs(
    base: BaseModel, made: list[Path], tmp_path: Path
) -> None:
    file = tmp_path / "a file"
    file.write_text("")
    engine = load_engine(base, kept_in=file / "below")
    assert made == []
    assert engine.encode(PROMPT).shape == (engine.hidden_size,)


def test_a_failure_to_make_it_is_said(base: BaseModel, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = type("Done", (), {"returncode": 1, "stderr": "Traceback\nMemoryError: too large"})
    monkeypatch.setattr(kept_graphs.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(ModelError, match="MemoryError: too large"):
        load_engine(base)
    assert list(base.path.parent.glob("*int8*")) == [base.path.parent / ".int8.lock"]


def test_other_models_run_in_single_precision(tmp_path: Path, made: list[Path]) -> None:
    base = save_tiny_model(tmp_path / "gpt2", kind="gpt2")
    engine = load_engine(base, kept_in=tmp_path)
    assert made == []
    assert engine.generate_titles(PROMPT, engine.build_title_tree(LABELS), beams=2)


@pytest.mark.parametrize(
    "changed",
    [
        {"model_type": "mistral"},
        {"hidden_act": "gelu"},
        {"attention_bias": True},
        {"rope_scaling": {"rope_type": "llama3"}},
        {"rope_parameters": {"rope_type": "yarn"}},
    ],
)
def test_only_a_plain_llama_is_laid_out(changed: dict[str, Any]) -> None:
    plain = {"model_type": "llama", "hidden_act": "silu"}
    assert config_fits(plain)
    assert not config_fits({**plain, **changed})
    assert fits(tiny_model())
    assert not fits(tiny_model("gpt2"))
    assert not fits(tiny_model().half())
