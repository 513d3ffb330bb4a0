"""The ranking's part of an adapter folder: from what was learned to files and back to a ranker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

import bot.core.patterns
import bot.data
import bot.ranking
import bot.understanding.text
from adapters.engine.token_bags import TokenBags
from adapters.engine.whitening import Whitening
from adapters.models.adapter_folder import RankingFiles
from bot.core.artifact_cache import cached
from bot.core.errors import ModelError
from bot.core.protocols import Catalogue, LanguageModel
from bot.core.results import RankingQuery
from bot.core.values import Message
from bot.ranking.fusion import Fusion
from bot.ranking.items.attribute_vectors import popularity_prior
from bot.ranking.items.keys import ItemKey
from bot.ranking.items.prior import Prior, Roles
from bot.ranking.items.vectors import ItemSpace
from bot.ranking.resolved_query import Ask
from bot.ranking.terms.co_mentions import MentionLog
from bot.ranking.terms.collaborative import CollaborativeTerm
from bot.ranking.terms.language_model import LanguageTerm
from bot.ranking.terms.plain_terms import PlainTerms
from bot.ranking.terms.reactions import ReactionsTerm
from bot.ranking.terms.term import Term, all_features
from bot.ranking.tuned_ranker import TunedRanker

REACTIONS = "reactions.taste"
"""Its weight is 1 where training says nothing of it: dialogues alone hold no reactions."""
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class RankingParts:
    """All that ranking learns, on no catalogue in particular.

    `heads` holds the weights of the head by name: ``tuned`` for the adapted model, ``base`` for
    the model without adapter. `people` are interactions, on keys. Folders of earlier versions also
    hold weights of title likelihood, which nothing reads: see docs/experiments.md.
    """

    roles: Roles
    log: MentionLog
    prior: Prior
    fusion: Fusion
    space: ItemSpace
    whitening: Whitening
    heads: Mapping[str, Arrays]
    people: MentionLog | None = None

    def files(self) -> RankingFiles:
        """As files keep it."""
        tables: dict[str, NDArray[Any]] = {
            **_log_tables("mentions", self.log),
            **{f"space.{name}": value for name, value in self.space.tables().items()},
            "known.ids": np.array(sorted(self.prior.known), dtype=np.int64),
            "known.values": np.array(
                [self.prior.known[key] for key in sorted(self.prior.known)], dtype=np.float16
            ),
            "whitening.mean": self.whitening.mean,
            "whitening.directions": self.whitening.directions,
        }
        for kind, head in self.heads.items():
            tables.update({f"head.{kind}.{name}": value for name, value in head.items()})
        document: dict[str, Any] = {
            "columns": {"broad": self.roles.broad, "narrow": self.roles.narrow},
            "weights": dict(self.fusion.weights),
            "prior": dict(self.prior.weights),
            "space": self.space.document(),
            "mentions": [key.as_json() for key in self.log.keys],
        }
        if self.people is not None:
            tables.update(_log_tables("people", self.people))
            document["people"] = [key.as_json() for key in self.people.keys]
        return RankingFiles(json.loads(json.dumps(document)), tables)

    @classmethod
    def read(cls, files: RankingFiles) -> RankingParts:
        """From files; ModelError when something that they should hold is missing."""
        document, tables = files.document, files.tables
        try:
            known = _mapping(tables["known.ids"], tables["known.values"])
            heads: dict[str, dict[str, NDArray[Any]]] = {}
            for name, value in tables.items():
                if name.startswith("head."):
                    _, kind, part = name.split(".")
                    heads.setdefault(kind, {})[part] = value
            return cls(
                roles=Roles(
                    tuple(document["columns"]["broad"]), tuple(document["columns"]["narrow"])
                ),
                log=_read_log("mentions", document["mentions"], tables),
                prior=Prior(document["prior"], known),
                fusion=Fusion(document["weights"]),
                space=ItemSpace.read(
                    document["space"],
                    {
                        name.removeprefix("space."): value
                        for name, value in tables.items()
                        if name.startswith("space.")
                    },
                ),
                whitening=Whitening(tables["whitening.mean"], tables["whitening.directions"]),
                heads=heads,
                people=_read_log("people", document["people"], tables)
                if "people" in document
                else None,
            )
        except (KeyError, ValueError, TypeError) as error:
            raise ModelError(
                "The adapter's ranking files were expected to be whole",
                found=f"a fault at {error}",
                remedy="Train it again with `tastebot train`",
            ) from error

    def plain_terms(
        self, catalogue: Catalogue, cache_folder: Path | None = None
    ) -> tuple[Term, ...]:
        """The terms without a language model on a catalogue, indexed, that of reactions last.

        What is indexed is cached in a folder if one is given.
        """
        if cache_folder is None:
            return self._plain_terms(catalogue)
        files = self.files()
        digest = hashlib.sha256(json.dumps(files.document, sort_keys=True).encode())
        for name, table in sorted(files.tables.items()):
            if not name.startswith(("head.", "space.", "whitening.")):
                digest.update(name.encode() + table.tobytes())

        def indexed() -> tuple[Term, ...]:
            terms = self._plain_terms(catalogue)
            # Much is indexed only when a term first meets a mentioned item: it is to be cached too.
            first = Message("user", "", tuple(item.item_id for item in catalogue.items[:1]))
            all_features(terms, Ask.of(RankingQuery(turns=(first,)), catalogue))
            return terms

        return cached(
            indexed,
            name="terms",
            catalogue=catalogue,
            folder=cache_folder,
            packages=(bot.ranking, bot.data, bot.core.patterns, bot.understanding.text),
            inputs=digest.digest(),
        )

    def _plain_terms(self, catalogue: Catalogue) -> tuple[Term, ...]:
        collaborative = None
        if self.people is not None:
            collaborative = CollaborativeTerm(self.people.on(catalogue))
        terms = PlainTerms.on(catalogue, self.roles.within(catalogue), collaborative)
        reactions = ReactionsTerm(terms.index, popularity_prior(catalogue))
        return (*terms.with_mentions(self.log, self.prior), reactions)

    def ranker(
        self,
        catalogue: Catalogue,
        model: LanguageModel | None,
        bags: TokenBags | None,
        *,
        kind: str = "tuned",
        without: frozenset[str] = frozenset(),
        name: str = "tuned",
        cache_folder: Path | None = None,
    ) -> TunedRanker:
        """A ranker over a catalogue; `kind` says whose heads to use, `without` names terms that
        are off. Without a `model` its term is off too.
        What is made from the catalogue is cached in `cache_folder`."""
        terms = [
            each for each in self.plain_terms(catalogue, cache_folder) if each.name not in without
        ]
        fusion = Fusion({REACTIONS: 1.0, **self.fusion.weights})
        if model is not None and "language_model" not in without and kind in self.heads:
            head = self.heads[kind]
            trust = float(head["trust"][0])
            trusted = {n: trust * w for n, w in self.fusion.weights.items()}
            fusion = Fusion({REACTIONS: 1.0, **trusted, "language_model.head": 1.0})
            terms.append(
                self.language_term(catalogue, model, bags, kind=kind, cache_folder=cache_folder)
            )
        return TunedRanker(catalogue, terms, fusion, name=name)

    def language_term(
        self,
        catalogue: Catalogue,
        model: LanguageModel,
        bags: TokenBags | None,
        *,
        kind: str = "tuned",
        cache_folder: Path | None = None,
    ) -> LanguageTerm:
        """The language model's term alone; KeyError without a head of this `kind`."""
        roles = self.roles.within(catalogue)
        vectors, features = self.space.cached_on(
            catalogue, roles, self.prior.known, bags, cache_folder
        )
        return LanguageTerm(model, vectors, features, self.whitening, self.heads[kind])


def _mapping(keys: NDArray[Any], values: NDArray[Any]) -> dict[int, float]:
    return dict(zip(keys.tolist(), values.astype(np.float64).tolist(), strict=True))


def _log_tables(name: str, log: MentionLog) -> dict[str, NDArray[Any]]:
    weights = log.weights.tocsr()
    return {
        f"{name}.starts": weights.indptr.astype(np.int32),
        f"{name}.items": weights.indices.astype(np.int32),
        f"{name}.weights": weights.data.astype(np.float16),
        f"{name}.covered": log.covered,
    }


def _read_log(name: str, keys: Any, tables: Arrays) -> MentionLog:
    starts = tables[f"{name}.starts"]
    matrix = sparse.csr_matrix(
        (tables[f"{name}.weights"].astype(np.float32), tables[f"{name}.items"], starts),
        shape=(len(starts) - 1, len(keys)),
    )
    covered = tables.get(f"{name}.covered", np.zeros(0, dtype=np.int64))
    return MentionLog(tuple(ItemKey.from_json(key) for key in keys), matrix, covered)
