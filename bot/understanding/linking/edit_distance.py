"""Words spelt nearly alike, by the slips between them (Damerau-Levenshtein, by rapidfuzz).

Owns how they are counted fast; what is compared, and how many slips are let pass, is left to the
indexes (`titles`, `attributes`).
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein, Levenshtein


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
