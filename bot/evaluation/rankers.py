"""Every ranker that can be measured, by name: the product's own and the baselines.

What has a language model is built by `bot.ranking.factory.build_ranker`, as a live turn's ranker
is; the model is loaded only for a name that needs it, and once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.errors import DataFileError, UsageError
from bot.core.protocols import LanguageModel, Ranker
from bot.core.results import RankingQuery, Scored
from bot.core.settings import Settings
from bot.data.leakage import dialogue_hashes, refuse_leaks
from bot.data.queries import Query
from bot.evaluation.baselines.registry import BASELINES, fit_baseline
from bot.evaluation.baselines.scoring import FitData
from bot.ranking.factory import build_ranker, tables_folder
from bot.ranking.items.attribute_vectors import AttributeVectors

TUNED = "tuned"
EXACT = "tuned-exact"
TERM = "term:"
PRODUCT: Mapping[str, str] = {
    TUNED: "all terms, the adapter in the model (what the product uses)",
    EXACT: "the same, the model in single precision: slower",
    "base": "all terms, the model without adapter",
    "titles": "titles that the model generates, alone",
    "fusion-without-lm": "all terms but the language model's",
    f"{TERM}NAME": "one term of the tuned ranker alone",
    "affinity": "attributes and popularity of the catalogue, nothing learned",
}
WITHOUT_MODEL = frozenset({"affinity", "fusion-without-lm"})
WITHOUT_ADAPTER = frozenset({"affinity", "base"})


def ranker_names() -> dict[str, str]:
    """Each name that `--ranker` takes, with what it is."""
    return {**PRODUCT, **{name: each.summary for name, each in BASELINES.items()}}


@dataclass
class RankerSource:
    """Builds rankers over one catalogue; `data` is what the baselines learn from."""

    settings: Settings
    data: FitData
    index: AttributeVectors
    without: frozenset[str] = frozenset()
    _models: dict[tuple[bool, bool], LanguageModel] = field(default_factory=dict)

    def build(self, name: str) -> Ranker:
        """The ranker of that name. Raises UsageError for an unknown one."""
        if name in BASELINES:
            return fit_baseline(name, self.data)
        if name not in PRODUCT and not (name.startswith(TERM) and len(name) > len(TERM)):
            raise UsageError(
                "--ranker was expected to name a ranker",
                found=repr(name),
                remedy=f"Take one of {', '.join(ranker_names())}",
            )
        folder = None if name == "affinity" else self.adapter()
        if folder is None and name not in WITHOUT_ADAPTER:
            raise UsageError(
                f"Ranker {name} needs a trained adapter",
                found="none",
                remedy="Set TASTEBOT_ADAPTER to one, train one with tastebot train, or take "
                "--ranker base",
            )
        model = None if name in WITHOUT_MODEL else self._model(name != "base", name == EXACT)
        ranker = build_ranker(
            self.data.catalogue,
            model,
            folder,
            name=TUNED if name == EXACT else name,
            without=self.without,
            index=self.index,
            home=self.settings.home,
        )
        return Named(ranker, name)

    def adapter(self) -> Path | None:
        """The folder of the adapter in use."""
        from bot.conversation.factory import adapter_folder

        return adapter_folder(self.settings)[0]

    def refuse_leaks(
        self, name: str, queries: Sequence[Query], dialogue_files: Sequence[Path]
    ) -> None:
        """Raise DataFileError when what the ranker learned from holds a measured dialogue."""
        if name in BASELINES:
            if self.data.dialogues:
                files = ", ".join(path.name for path in dialogue_files)
                refuse_leaks(queries, dialogue_hashes(self.data.dialogues), files)
        elif (folder := self._learned(name)) is not None:
            hashes = card_entry(folder, "training_hashes")
            refuse_leaks(queries, hashes, f"the adapter {folder.name}")

    def trained_items(self, name: str) -> Collection[str] | None:
        """The items whose mentions the ranker could learn from; None when that is not known."""
        if name in BASELINES:
            mentioned = {item for dialogue in self.data.dialogues for item in dialogue.items}
            taken = {each.item_id for each in self.data.interactions}
            return mentioned | taken or None
        folder = self._learned(name)
        if folder is not None and self._is_of_this_catalogue(folder):
            items = card_entry(folder, "trained_items")
            if items:
                return frozenset(items)
        return {item for dialogue in self.data.dialogues for item in dialogue.items} or None

    def _learned(self, name: str) -> Path | None:
        """The folder that a ranker of the product reads what it learned from."""
        return tables_folder(self.adapter(), name)

    def withheld(self) -> Collection[str]:
        """Items that the adapter in use was kept from on purpose (`train --withhold`)."""
        folder = self.adapter()
        if folder is None or not self._is_of_this_catalogue(folder):
            return frozenset()
        return frozenset(card_entry(folder, "withheld"))

    def _is_of_this_catalogue(self, folder: Path) -> bool:
        """Whether the ids in the adapter's card are those of the catalogue at hand."""
        return _card(folder).get("catalogue") == self.data.catalogue.name

    def _model(self, adapted: bool, exact: bool) -> LanguageModel:
        from bot.conversation.factory import NO_ADAPTER, load_language_model

        if (adapted, exact) not in self._models:
            settings = self.settings
            if not adapted:
                settings = settings.model_copy(update={"adapter": NO_ADAPTER})
            self._models[adapted, exact] = load_language_model(
                settings, precision="exact" if exact else "fast"
            )
        return self._models[adapted, exact]


@dataclass(frozen=True)
class Named:
    """A ranker under the name that it was asked for by."""

    ranker: Ranker
    name: str

    def rank(self, query: RankingQuery, k: int) -> list[Scored]:
        """As the ranker within."""
        return self.ranker.rank(query, k)


def _card(adapter: Path) -> Mapping[str, object]:
    """An adapter's card; empty when it has none. Raises DataFileError for one that is no JSON."""
    path = adapter / "card.json"
    if not path.exists():
        return {}
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataFileError(
            f"{path} was expected to be an adapter's card",
            found=f"no readable JSON ({type(error).__name__})",
            remedy="Train the adapter again or take another",
        ) from None
    return card if isinstance(card, dict) else {}


def card_entry(adapter: Path, key: str) -> list[str]:
    """A list of texts from an adapter's card; empty when it has none under that key."""
    value = _card(adapter).get(key, [])
    return [str(each) for each in value] if isinstance(value, list) else []
