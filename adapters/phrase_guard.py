"""A guard that lets the model write one of many given texts, choosing its way word by word.

A model too small to be let loose can still choose how to say what is true: the texts lie in a
prefix tree, and at each fork the model's likelihoods decide. Where there is no fork the token is
forced, and costs no forward pass of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from adapters.title_tree import ROOT, TokenTree

SENTENCE = re.compile(r".+?[.!?](?= )|.+", re.DOTALL)
"""A sentence with the space before it, or what is left."""


class PhraseGuard:
    """A `bot.protocols.TokenGuard` over `texts`, each as token ids."""

    def __init__(self, texts: Iterable[Sequence[int]]) -> None:
        self._tree = TokenTree()
        for text in texts:
            self._tree.add(text)

    def allowed(self, generated: Sequence[int]) -> NDArray[np.int64]:
        """Ids that go on with one of the texts; none at a text's end or off the tree."""
        node = ROOT
        for token in generated:
            child = self._tree.children[node].get(token)
            if child is None:
                return np.empty(0, dtype=np.int64)
            node = child
        return np.array(sorted(self._tree.children[node]), dtype=np.int64)


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
