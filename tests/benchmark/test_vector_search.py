"""Top-k by files: the same as a whole product where it is whole, nearly so where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bot.benchmark import vector_search
from bot.benchmark.vector_search import TopItems

CHANCE = np.random.default_rng(0)
# A few directions hold most of the spread, as they do in vectors that were learned.
SPREAD = (0.95 ** np.arange(96)).astype(np.float32)
VECTORS = (CHANCE.normal(size=(40_000, 96)) * SPREAD + 1).astype(np.float32)
QUERIES = (CHANCE.normal(size=(16, 96)) * SPREAD).astype(np.float32)


def blocks(vectors: np.ndarray, size: int = 7_000) -> Iterator[np.ndarray]:
    for start in range(0, len(vectors), size):
        yield vectors[start : start + size]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> TopItems:
    folder = tmp_path_factory.mktemp("vectors")
    return TopItems.write(folder, blocks(VECTORS), *VECTORS.shape)


def test_a_small_catalogue_is_searched_in_full(tmp_path: Path) -> None:
    few = TopItems.write(tmp_path, blocks(VECTORS[:500]), 500, 96)
    assert few.reduced is None
    rows, scores = few.top(QUERIES[0], 10)
    whole = VECTORS[:500] @ QUERIES[0]
    assert rows.tolist() == np.argsort(-whole, kind="stable")[:10].tolist()
    assert scores == pytest.approx(whole[rows], rel=1e-5)


def test_a_large_one_gives_nearly_the_same_hundred(many: TopItems) -> None:
    assert many.reduced is not None
    assert many.reduced.shape == (40_000, vector_search.DIRECTIONS)
    exact = np.argsort(-(VECTORS @ QUERIES.T), axis=0)[:100].T
    found = [many.top(query, 100)[0] for query in QUERIES]
    recall = [len(np.intersect1d(a, b)) / 100 for a, b in zip(found, exact, strict=True)]
    assert np.mean(recall) >= 0.98


def test_what_is_found_is_scored_in_full_and_best_first(many: TopItems) -> None:
    rows, scores = many.top(QUERIES[1], 50)
    assert scores == pytest.approx(VECTORS[rows] @ QUERIES[1], rel=1e-4, abs=1e-4)
    assert (np.diff(scores) <= 0).all()


def test_files_are_mapped_and_opened_again(many: TopItems, tmp_path: Path) -> None:
    written = TopItems.write(tmp_path, blocks(VECTORS), *VECTORS.shape)
    again = TopItems.open(tmp_path)
    assert isinstance(again.vectors, np.memmap)
    assert again.top(QUERIES[2], 20)[0].tolist() == written.top(QUERIES[2], 20)[0].tolist()


def test_a_smaller_catalogue_leaves_nothing_of_the_one_before(tmp_path: Path) -> None:
    TopItems.write(tmp_path, blocks(VECTORS), *VECTORS.shape)
    TopItems.write(tmp_path, blocks(VECTORS[:100]), 100, 96)
    assert TopItems.open(tmp_path).reduced is None


@pytest.mark.parametrize("given", [499, 501])
def test_blocks_of_other_than_all_items_are_refused(tmp_path: Path, given: int) -> None:
    with pytest.raises(ValueError, match=f"500 items, found those of {given}"):
        TopItems.write(tmp_path, blocks(VECTORS[:given]), 500, 96)
