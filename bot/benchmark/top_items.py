"""How long the best of very many items take to find, by the language model's term of the ranking.

The items are generated, so that there are as many as wanted: vectors of the catalogue's own items,
drawn at random and mixed half and half with noise of the same covariance, so that they lie as the
real ones do without any being the same. The queries are real ones of the same term.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from bot.benchmark.figures import TopItemsSpeed, middle
from bot.benchmark.talk import Talk
from bot.benchmark.vector_search import TopItems
from bot.core.protocols import Catalogue
from bot.core.results import RankingQuery
from bot.core.values import Message
from bot.ranking.items.best_rows import best_rows
from bot.ranking.resolved_query import Ask
from bot.ranking.terms.language_model import LanguageTerm

Matrix = NDArray[np.float32]
Report = Callable[[str, int, int | None], None]
K = 100
NOISE = 0.5
"""Share of the noise's standard deviation in a generated vector; the rest is a real item's."""
BLOCK = 50_000
MOST_NAMED = 4
WELL_KNOWN = 2000


def generated(vectors: Matrix, items: int, seed: int = 0) -> Iterator[Matrix]:
    """Blocks of `items` vectors (n, v) in all with the mean and covariance of `vectors`."""
    chance = np.random.default_rng(seed)
    centre = vectors.mean(axis=0)
    covariance = np.cov((vectors - centre).T.astype(np.float64))
    values, directions = np.linalg.eigh(covariance)
    root = (directions * np.sqrt(np.maximum(values, 0))).T.astype(np.float32)
    kept = np.float32(np.sqrt(1 - NOISE**2))
    for start in range(0, items, BLOCK):
        size = min(BLOCK, items - start)
        drawn = vectors[chance.integers(0, len(vectors), size)] - centre
        noise = chance.standard_normal((size, vectors.shape[1]), dtype=np.float32) @ root
        yield centre + kept * drawn + np.float32(NOISE) * noise


def queries_of(
    term: LanguageTerm, catalogue: Catalogue, talks: Sequence[Talk], seed: int = 0
) -> Matrix:
    """The term's queries after one to five turns of `talks`, none to three items named, (n, v)."""
    chance = np.random.default_rng(seed)
    known = best_rows(np.nan_to_num(catalogue.numbers("popularity")), WELL_KNOWN)
    found = []
    for number, talk in enumerate(talks):
        rows = chance.choice(known, min(number % MOST_NAMED, len(known)), replace=False)
        named = tuple(catalogue.items[row].item_id for row in rows)
        turns = (*talk.dialogue(1 + number % 5), Message("user", "", named))
        found.append(term.query_vector(Ask.of(RankingQuery(turns=turns), catalogue)))
    return np.stack(found)


def measure_top_items(
    vectors: Matrix, queries: Matrix, items: int, folder: Path, report: Report
) -> TopItemsSpeed:
    """The 100 best of `items` generated ones for each query, beside a whole product of each.

    Writes some 900 bytes an item into `folder`.
    """
    report("Generating items", 0, None)
    many = TopItems.write(folder, generated(vectors, items), items, vectors.shape[1])
    whole = np.array(many.vectors)
    times, plain, recall = [], [], []
    for number, query in enumerate([queries[0], *queries]):
        report("The best of many items", number, len(queries) + 1)
        began = perf_counter()
        rows, _ = many.top(query, K)
        between = perf_counter()
        exact = best_rows(whole @ query, K)
        if number:  # the first warms up
            times.append(1000 * (between - began))
            plain.append(1000 * (perf_counter() - between))
            recall.append(len(np.intersect1d(rows, exact)) / len(exact))
    return TopItemsSpeed(items, middle(times), middle(plain), float(np.mean(recall)))
