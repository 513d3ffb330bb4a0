"""Making a ranker by its name, from the folder that training made or the shipped one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.errors import UsageError
from bot.core.protocols import Catalogue, LanguageModel, Ranker

if TYPE_CHECKING:
    from bot.ranking.items.attribute_vectors import AttributeVectors

TERM_PREFIX = "term:"
LANGUAGE_TERM = "language_model"


def build_ranker(
    catalogue: Catalogue,
    model: LanguageModel | None,
    adapter: Path | None,
    *,
    name: str = "tuned",
    without: frozenset[str] = frozenset(),
    index: AttributeVectors | None = None,
    home: Path | None = None,
) -> Ranker:
    """A ranker by name; see docs/evaluation.md for the names.

    `adapter` is the folder that training made; without one the shipped folder's weights for the
    model as it is are used, and without that only what the catalogue says. Raises ModelError for
    a folder that is not whole, UsageError for a term that there is none of.
    """
    from bot.ranking.affinity_ranker import AffinityRanker

    kind = "base" if name == "base" or adapter is None else "tuned"
    folder = tables_folder(adapter, name)
    if folder is None:
        return AffinityRanker(catalogue, index)
    from adapters.engine.token_bags import bags_of
    from adapters.models.adapter_folder import read_adapter_folder
    from bot.ranking.ranker_files import RankingParts

    parts = RankingParts.read(read_adapter_folder(folder))
    if kind == "base" and model is not None and not _fits(model, parts.whitening.mean.shape[0]):
        without = without | {LANGUAGE_TERM}
    if name == "titles" and model is not None:
        from bot.ranking.generated_titles import GeneratedTitlesRanker

        return GeneratedTitlesRanker(catalogue, model)
    if name.startswith(TERM_PREFIX):
        without = without | (_term_names(parts.people is not None) - {name[len(TERM_PREFIX) :]})
    if name == "fusion-without-lm":
        without = without | {LANGUAGE_TERM}
    known = _term_names(people=True)
    unknown = sorted(without - known)
    wanted = name[len(TERM_PREFIX) :] if name.startswith(TERM_PREFIX) else None
    if unknown or (wanted is not None and wanted not in known):
        raise UsageError(
            "Expected the name of a term of the tuned ranker",
            found=repr(wanted if not unknown else unknown[0]),
            remedy=f"Take one of {', '.join(sorted(known))}",
        )
    bags = bags_of(model) if model is not None else None
    return parts.ranker(
        catalogue,
        model,
        bags,
        kind=kind,
        without=without,
        name=name,
        cache_folder=home / "prepared" if home is not None else None,
    )


def _term_names(people: bool) -> frozenset[str]:
    names = {"popularity", "co_mention", "alike", "time", "attributes", "words", "reactions"}
    return frozenset(names | {LANGUAGE_TERM} | ({"collaborative"} if people else set()))


def _fits(model: LanguageModel, width: int) -> bool:
    return model.hidden_size == width


def tables_folder(adapter: Path | None, name: str) -> Path | None:
    """The folder whose tables the ranker of that `name` has: the shipped one's without `adapter`.

    None for one that has learned nothing.
    """
    return None if name == "affinity" else adapter or _shipped()


def _shipped() -> Path | None:
    import adapters

    folder = Path(adapters.__file__).parent / "tastebot-films"
    return folder if (folder / "card.json").is_file() else None
