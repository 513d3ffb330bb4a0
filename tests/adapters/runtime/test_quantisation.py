"""Eight bits stay close to single precision, and are made once for each base and adapter."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from adapters.engine import loading
from adapters.engine.language_engine import TransformersEngine
from adapters.engine.loading import load_engine
from adapters.models.base_model import BaseModel
from adapters.models.converted_models import CARD, ConversionCard
from adapters.models.loading import load_model
from adapters.runtime import cached_graphs as cached_graphs
from adapters.runtime import quantisation
from adapters.runtime.cached_graphs import cached_decoder
from adapters.runtime.decoder import Decoder
from adapters.runtime.graph_decoder import GraphDecoder
from adapters.runtime.lean_llama import LeanLlama
from adapters.runtime.llama_graph import BLOCK, blocks
from adapters.runtime.llama_shape import config_fits, graph_fits
from adapters.runtime.llama_weights import LlamaWeights, fits, lay_out
from adapters.runtime.quantisation import calibration_tokens, quantise
from adapters.runtime.row_tables import RowTables
from bot.core import checksums
from bot.core.errors import ModelError
from tests.adapters.tiny_graphs import graph_decoder
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

    monkeypatch.setattr(subprocess, "run", run)
    return files


class TestEightBits(LanguageModelContract):
    # Processors with AVX-512 sum in another order when there are other rows beside; a value between
    # two steps of the eight bits then falls to the other one, which is worth 0.006 nats of 80 here.
    beside_others = 0.05

    @pytest.fixture
    def model(self, decoder: GraphDecoder) -> TransformersEngine:
        return TransformersEngine(
            decoder, tiny_tokenizer(), name="tiny", window=512, end_tokens=frozenset({2})
        )


def seal(folder: Path) -> None:
    """Say that the model's files are right as they are."""
    (weights,) = folder.glob("int8-*.safetensors")
    graphs = [*folder.glob("*.onnx"), *folder.glob("*.data")]
    checksums.seal(cached_graphs.manifest_of(weights), [weights, *graphs])


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


def test_without_usable_graphs_single_precision_runs(
    tmp_path: Path, made: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "adapters")
    base = save_tiny_model(tmp_path / "wide", kind="wide-heads")
    assert isinstance(load_engine(base, cache_folder=tmp_path)._decoder, GraphDecoder)
    file = next(tmp_path.glob("layers-*.onnx"))
    file.write_bytes(b"?" * file.stat().st_size)
    seal(tmp_path)  # as if it had been made like that
    with pytest.warns(RuntimeWarning, match="cannot be run here"):
        engine = load_engine(base, cache_folder=tmp_path)
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
    get_peft_model(load_model(base), settings).save_pretrained(str(tmp_path / "adapter"))
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


@pytest.mark.parametrize("damage", ["missing", "empty", "altered", "a folder"])
def test_damaged_graphs_are_made_again(base: BaseModel, made: list[Path], damage: str) -> None:
    load_engine(base)
    file = next(base.path.parent.glob("layers-*.data"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.unlink()
    if damage == "a folder":
        (file / "below").mkdir(parents=True)
    elif damage != "missing":
        file.write_bytes(b"" if damage == "empty" else content)
    assert isinstance(load_engine(base)._decoder, GraphDecoder)
    assert len(made) == 2


def test_weights_of_zeros_are_not_used(base: BaseModel, made: list[Path]) -> None:
    load_engine(base)
    for file in base.path.parent.glob("*.data"):
        file.write_bytes(bytes(file.stat().st_size))
    seal(base.path.parent)
    with pytest.warns(RuntimeWarning, match="no numbers"):
        assert isinstance(load_engine(base)._decoder, LeanLlama)


def test_graphs_that_belong_to_no_model_go(base: BaseModel, made: list[Path]) -> None:
    older = base.path.parent / "step-of-an-older-layout.data"
    older.write_bytes(b"weights")
    load_engine(base)
    assert not older.exists()
    assert len(list(base.path.parent.glob("*.onnx"))) == 2


def test_only_the_newest_files_are_kept(base: BaseModel, made: list[Path], tmp_path: Path) -> None:
    for number in range(cached_graphs.CACHED_MODELS + 2):
        cached_decoder(tmp_path / "kept", base.path, f"{number}" * 64, None)
    names = sorted(file.name[5] for file in (tmp_path / "kept").glob("int8-*.safetensors"))
    assert names == ["2", "3", "4"]


def test_a_model_that_another_process_takes_away_meanwhile_is_made_again(
    base: BaseModel, made: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_engine(base)
    load = RowTables.load
    taken: list[Path] = []

    def take_away(path: Path) -> Any:
        if not taken:
            taken.append(path)
            checksums.drop(cached_graphs.manifest_of(path))
        return load(path)

    monkeypatch.setattr(RowTables, "load", take_away)
    assert isinstance(load_engine(base)._decoder, GraphDecoder)
    assert (len(taken), len(made)) == (1, 2)


def test_where_nothing_can_be_kept_single_precision_runs(
    base: BaseModel, made: list[Path], tmp_path: Path
) -> None:
    file = tmp_path / "a file"
    file.write_text("")
    engine = load_engine(base, cache_folder=file / "below")
    assert made == []
    assert engine.encode(PROMPT).shape == (engine.hidden_size,)


def test_a_failure_to_make_it_is_said(base: BaseModel, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = type("Done", (), {"returncode": 1, "stderr": "Traceback\nMemoryError: too large"})
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(ModelError, match="MemoryError: too large"):
        load_engine(base)
    assert list(base.path.parent.glob("*int8*")) == [base.path.parent / ".int8.lock"]


def test_other_models_run_in_single_precision(tmp_path: Path, made: list[Path]) -> None:
    base = save_tiny_model(tmp_path / "gpt2", kind="gpt2")
    engine = load_engine(base, cache_folder=tmp_path)
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
