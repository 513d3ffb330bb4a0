"""Running the graphs: the same numbers in any company, wherever keys and values lay in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.runtime import graph_decoder as graph_decoder_module
from adapters.runtime.graph_decoder import COMPANY, GraphDecoder
from adapters.runtime.kv_buffer import GROWTH
from adapters.runtime.workspaces import PLACES
from tests.adapters.tiny_graphs import graph_decoder
from tests.contracts import PROMPT
from tests.tiny_model import tiny_tokenizer


@pytest.fixture(scope="module", params=["llama", "wide-heads"])
def decoder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> GraphDecoder:
    return graph_decoder(request.param, tmp_path_factory.mktemp("graphs"))


@pytest.mark.parametrize("pieces", [(5,), (2, 4, 7), (3, 20)])
def test_a_token_comes_out_the_same_in_any_company(
    decoder: GraphDecoder, pieces: tuple[int, ...]
) -> None:
    tokens = tiny_tokenizer().encode(PROMPT)
    together = decoder.extend(decoder.new_cache(), tokens)
    cache, states = decoder.new_cache(), []
    for start, end in pairwise((0, *pieces, len(tokens))):
        states.append(decoder.extend(cache, tokens[start:end]))
        cache.put_away()
    np.testing.assert_allclose(np.concatenate(states), together, atol=1e-5, rtol=1e-5)


def test_a_cache_that_rested_in_half_the_memory_gives_the_same(decoder: GraphDecoder) -> None:
    tokens = tiny_tokenizer().encode(PROMPT)
    cache, rested = decoder.new_cache(), decoder.new_cache()
    for each in (cache, rested):
        decoder.extend(each, tokens[:-3])
    rested.put_away()
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
    with pytest.warns(RuntimeWarning, match="cannot be opened again"):  # noqa: PT031 - a thread warns
        decoder._layers.in_company()
        decoder._layers.wait()
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
