"""A guard that lets the model write one of many given texts, choosing its way word by word.

A model too small to write freely can still choose between true sentences. Where texts with the same
beginning differ, the model's likelihoods decide. Where they agree the token is forced, and costs no
forward pass of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

SENTENCE = re.compile(r".+?[.!?](?= )|.+", re.DOTALL)
"""A sentence with the space before it, or what is left."""


class PhraseGuard:
    """A `bot.core.protocols.TokenGuard` over `texts`, each as token ids."""

    def __init__(self, texts: Iterable[Sequence[int]]) -> None:
        self._texts = [tuple(text) for text in texts]

    def allowed(self, generated: Sequence[int]) -> NDArray[np.int64]:
        """Ids that go on with one of the texts; none at a text's end or off all of them."""
        # A tree of some hundred texts would take longer to build than this to look through them.
        so_far, place = tuple(generated), len(generated)
        following = {
            text[place] for text in self._texts if len(text) > place and text[:place] == so_far
        }
        return np.array(sorted(following), dtype=np.int64)


def phrase_guard(split: Callable[[str], Sequence[int]], texts: Iterable[str]) -> PhraseGuard:
    """A guard over `texts`, each beginning with a space, as `split` tokenises their sentences.

    Many texts share sentences, which are so tokenised once; no token reaches over the space between
    two of them.
    """
    known: dict[str, Sequence[int]] = {}

    def tokens(text: str) -> list[int]:
        found: list[int] = []
        for sentence in SENTENCE.findall(text):
            if sentence not in known:
                known[sentence] = split(sentence)
            found.extend(known[sentence])
        return found

    return PhraseGuard(tokens(text) for text in texts)
