"""The space of item vectors that a run learns: which items get a vector of the model's own.

Owns the reading of titles with the base model, which is slow and cached on disk; what becomes of
their states, `bot.ranking.items.vectors` says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from adapters.engine.token_bags import TokenBags
from adapters.training.layers import LayerSpans
from adapters.training.title_vectors import title_states
from bot.core.protocols import Catalogue
from bot.core.values import Item, Message
from bot.data.dialogues import Dialogue
from bot.ranking.items.keys import ItemKey
from bot.ranking.items.vectors import ItemSpace
from bot.ranking.rendering import dialogue_text, request_text
from bot.ranking.resolved_query import Vector
from bot.ranking.terms.plain_terms import PlainTerms
from bot.training.fitting import PlainFit

VECTOR_ITEMS = 3000
"""How many of the best-known items get a vector of the model's own, besides those with data."""

Report = Callable[[str, int, int | None], None]
Split = Callable[[str], list[int]]


@dataclass(frozen=True)
class Lessons:
    """What a run learns from: linked dialogues over a catalogue, with its plain terms.

    `background` are items to make vectors for besides those named, `known` is popularity by hashed
    shared id. `withheld` items are neither targets nor counted.
    """

    dialogues: Sequence[Dialogue]
    catalogue: Catalogue
    background: Sequence[Item]
    known: dict[int, float]
    terms: PlainTerms
    withheld: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TitleReader:
    """Reads titles with the base model, each list of them once: the states are cached on disk."""

    model: Any
    split: Split
    model_hash: str
    cache: Path

    def bags(self) -> TokenBags:
        """Bags of the model's own input embeddings."""
        weight = self.model.get_input_embeddings().weight
        embedding = np.asarray(weight.detach().float().cpu().numpy(), dtype=np.float32)
        return TokenBags(embedding, self.split)

    def states(self, names: list[str], report: Report) -> tuple[Vector, Vector]:
        """The states of `names` and of what follows them in a dialogue, each (names, hidden)."""
        said = dialogue_text([Message("user", "I loved \0.")]) + request_text()
        before, after = said.split(" \0")
        digest = hashlib.sha256(repr((self.model_hash, said, names)).encode()).hexdigest()[:16]
        file = self.cache / f"titles-{digest}.npz"
        if not file.is_file():
            states = title_states(
                LayerSpans(self.model),
                self.split(before),
                [self.split(" " + name) for name in names],
                self.split(after),
                lambda done, whole: report("Item vectors, once", done, whole),
            )
            partial = file.with_suffix(".partial.npz")
            np.savez(partial, *[part.astype(np.float16) for part in states])
            partial.replace(file)
        with np.load(file) as cached:
            of_names, of_ends = (cached[name].astype(np.float32) for name in cached.files)
        return of_names, of_ends


def item_space(reader: TitleReader, lessons: Lessons, plain: PlainFit, report: Report) -> ItemSpace:
    """The space over the items with data and the best known of the background."""
    catalogue = lessons.catalogue
    chosen: dict[ItemKey, str] = {}
    mentioned = np.flatnonzero(plain.log.on(catalogue).sum(axis=0).A1 > 0)
    famous = sorted(lessons.background, key=lambda item: -(item.popularity or 0.0))[:VECTOR_ITEMS]
    for item in [*(catalogue.items[int(row)] for row in mentioned), *famous]:
        chosen.setdefault(ItemKey.of(item), item.label)
    of_names, of_ends = reader.states(list(chosen.values()), report)
    return ItemSpace.fit(
        catalogue,
        lessons.terms.roles,
        lessons.known,
        reader.bags(),
        tuple(chosen),
        (of_ends, of_names),
    )
