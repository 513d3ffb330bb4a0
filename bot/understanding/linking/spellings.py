"""Words spelt nearly alike, by the slips between them (Damerau-Levenshtein, by rapidfuzz).

Owns how slips are counted fast, and known spellings by their length, where those near a word are
found. What is compared, and which of the near ones is meant, is left to the indexes (`titles`,
`known_values`, `known_people`); how often one is looked for to `nearest_spellings`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein, Levenshtein


class Spellings:
    """Known spellings, each word or phrase run together, to be found by a misspelt one."""

    def __init__(self, known: Iterable[str]) -> None:
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for spelling in known:
            self._by_length[len(spelling)].append(spelling)

    def near(self, word: str, slips: int, most: int) -> Iterator[tuple[str, int]]:
        """Those with up to `slips` slips, and how many; the `most` nearest of each length."""
        for length in range(len(word) - slips, len(word) + slips + 1):
            yield from spelt_alike(word, self._by_length.get(length, ()), slips, most)


def spelt_alike(
    word: str, candidates: Sequence[str], slips: int, most: int
) -> list[tuple[str, int]]:
    """Those of `candidates` with up to `slips` slips, and how many; the `most` nearest of them."""
    # Two letters changed about are one slip and two edits. Edits are counted many letters at once,
    # which leaves few words of thousands to be looked at closely.
    edited = process.extract(
        word, candidates, scorer=Levenshtein.distance, score_cutoff=2 * slips, limit=None
    )
    found = process.extract(
        word,
        [candidates[place] for place in sorted(place for _, _, place in edited)],
        scorer=DamerauLevenshtein.distance,
        score_cutoff=slips,
        limit=most,
    )
    return [(candidate, int(distance)) for candidate, distance, _ in found]
