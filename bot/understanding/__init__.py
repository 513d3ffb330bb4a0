"""Understanding of a message: what it names, what is thought of it, and what is asked.

`understander` takes a message through the modules in this order:

| step | modules | gives |
| --- | --- | --- |
| words | `text` | tokens, folded for comparing |
| what is named | `linking.attribute_values` over `known_values` and `known_people`; `candidates` over `titles` (made of `title_writings`, judged by `title_ambiguity`); `quoted_titles`; chosen by `linker` with `title_extension` and `misspellings` | mentions of items, values and unknown titles |
| what is pointed at | `references` | mentions of what was shown |
| another language | `foreign_language` | the end, if it is one |
| sentences | `sentences`, with `stances.transposed_letters` and `text.expand` | plain words, mentions as ``§0`` |
| what is thought of each | `stances.segments` cuts a sentence by `cues`; `stance` reads it with `governing_cue`, `framing`, `value_stance` and `predicates` | statements |
| the lists | `stances.slot_filling` | likes, dislikes, wants, …, pronouns resolved |
| limits | `limits.constraints`: `relaxed_constraints`, `numeric_constraints`, `years`, `comparisons`, all but for what `stances.assertion` finds told; `limits.counts` | constraints, how many |
| for how long | `lasting` | for good, or another day |
| what it is for | `intents`, by the words in `intent_cues` | intents |
| what it is about | `themes` | themes and shades of feeling |

`lexicon` gives all of them the words of English and of the catalogue's domain.
"""
# ruff: noqa: E501 - a table reads better in whole lines

from __future__ import annotations

from pathlib import Path

import bot.core.patterns
import bot.understanding
import prompts
from bot.core.artifact_cache import cached
from bot.core.protocols import Catalogue, Understander
from bot.understanding.understander import CatalogueUnderstander

__all__ = ["build_understander"]


def build_understander(catalogue: Catalogue, home: Path | None = None) -> Understander:
    """An understander for `catalogue`; its indexes take some seconds, and are kept in `home`."""
    return cached(
        lambda: CatalogueUnderstander(catalogue),
        name="understander",
        catalogue=catalogue,
        folder=home / "prepared" if home is not None else None,
        packages=(bot.understanding, bot.core.patterns, prompts),
    )
