"""Words of liking and disliking with two neighbouring letters swapped: ``lvoed`` is *loved*.

The commonest slip of a quick typist, in the words on which a stance rests. Other misspellings,
and those of titles, names and values, are for the modules that link them.
"""

from __future__ import annotations

import prompts

_STANCE = (
    "adore adored amazing avoid awful boring brilliant despise detest disliked dislike enjoy "
    "enjoyed fantastic favorite favorites favourite favourites great hate hated horrible like "
    "liked looking love loved prefer recommend seen terrible watched wonderful"
)


def _forms() -> dict[str, str]:
    lexicon = prompts.data("lexicon/english.json")
    plain = {word for part in ("function", "everyday", "words") for word in lexicon[part].split()}
    found = {}
    for word in _STANCE.split():
        for at in range(len(word) - 1):
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            if swapped != word and swapped not in plain and len(word) > 3:
                found[swapped] = word
    return found


_MEANT = _forms()


def unswapped(word: str) -> str:
    """The word that was meant; any other as it is."""
    return _MEANT.get(word, word)
