"""Putting the parts together from the settings: the one place that knows every room.

Imports what is heavy only when it is called, so that ``--help`` stays quick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot.conversation.chatbot import Tastebot
from bot.conversation.parts import DialogueParts, Options
from bot.core.artifact_cache import cached, cached_items
from bot.core.errors import ModelError
from bot.core.protocols import LanguageModel, Ranker
from bot.core.settings import Settings

if TYPE_CHECKING:
    from adapters.engine.language_engine import TransformersEngine
    from adapters.engine.loading import Precision
    from bot.replies.writer import WriterStatistics
    from storage.catalogue.catalogues import Catalogues
    from storage.sql.database import Database

Progress = Callable[[str, int, int | None], None]
NO_ADAPTER = "none"
TUNED = "tuned"
SHIPPED = "tastebot-films"


@dataclass(frozen=True)
class Parts:
    """A running Tastebot and what the edges may want to see of its parts."""

    service: Tastebot
    ranker: Ranker
    model: LanguageModel | None
    database: Database
    written: WriterStatistics
    """What the checks said of the sentences that the model wrote since the start."""
    notices: tuple[str, ...] = ()


def adapter_folder(settings: Settings) -> tuple[Path | None, str | None]:
    """The adapter that the settings mean, and a notice when none is used though one could be.

    Raises ModelError for a folder that does not exist.
    """
    import adapters

    if settings.adapter == NO_ADAPTER:
        return None, None
    if settings.adapter is not None:
        folder = Path(settings.adapter).expanduser()
        if not folder.is_dir():
            raise ModelError(
                "TASTEBOT_ADAPTER was expected to be a folder with a PEFT adapter, or none",
                found=f"nothing at {str(folder)!r}",
                remedy="Train one with: tastebot train, or unset it for the shipped one",
            )
        return folder, None
    if settings.base_model is not None:
        return None, (
            "No adapter is used, since the shipped one belongs to the default base model; "
            "set TASTEBOT_ADAPTER to one trained for yours."
        )
    shipped = Path(adapters.__file__).parent / SHIPPED
    if shipped.is_dir():
        return shipped, None
    return None, "No adapter is shipped with this version; ranking with the base model alone."


def load_language_model(
    settings: Settings,
    progress: Progress | None = None,
    *,
    precision: Precision = "fast",
) -> TransformersEngine:
    """The language model with its adapter, ready to run. Raises ModelError."""
    from adapters.engine.loading import load_engine
    from adapters.models.adapter_folder import CARD, read_card
    from adapters.models.base_model import find_base_model

    folder, _ = adapter_folder(settings)
    if folder is not None and (folder / CARD).is_file():
        read_card(folder)  # before anything is made with what is damaged
    base = find_base_model(settings.base_model, home=settings.home, progress=progress)
    return load_engine(base, adapter=folder, device=settings.device, precision=precision)


@contextmanager
def assembled(
    settings: Settings,
    *,
    ranker: str = TUNED,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Iterator[Parts]:
    """Everything opened and loaded; the database is closed at the end."""
    from storage.sql.database import open_database

    database = open_database(settings.database_url, settings.home)
    try:
        yield assemble(settings, database, ranker=ranker, options=options, progress=progress)
    finally:
        database.close()


def assemble(
    settings: Settings,
    database: Database,
    *,
    ranker: str = TUNED,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Parts:
    """A Tastebot over an open database."""
    import bot.ranking
    import storage
    from adapters.engine.phrase_guard import phrase_guard
    from bot.ranking.factory import build_ranker
    from bot.ranking.items.attribute_vectors import AttributeVectors
    from bot.ranking.ranker_comparison import RankerByPerson, compared_names
    from bot.replies.grounding import vocabulary_of
    from bot.replies.writer import ReplyWriter
    from bot.understanding import build_understander
    from storage.catalogue.catalogues import Catalogues
    from storage.person.people import People

    compared = compared_names(settings.ab) if ranker == TUNED else ()
    catalogues = Catalogues(database)
    catalogue = catalogues.view(
        settings.catalogue,
        adult=settings.adult,
        keep=partial(cached_items, folder=settings.home / "prepared", packages=(storage,)),
    )
    folder, notice = adapter_folder(settings)
    model = load_language_model(settings, progress)
    index = cached(
        lambda: AttributeVectors.of(catalogue),
        name="attributes",
        catalogue=catalogue,
        folder=settings.home / "prepared",
        packages=(bot.ranking,),
    )
    rankers = [
        build_ranker(catalogue, model, folder, name=name, index=index, home=settings.home)
        for name in compared or (ranker,)
    ]
    built = RankerByPerson(rankers) if compared else rankers[0]
    writer = ReplyWriter(
        model,
        model.name_guard,
        vocabulary_of(catalogue),
        phrases_for=lambda texts: phrase_guard(model.split, texts),
    )
    parts = DialogueParts.of(
        catalogue=catalogue,
        understander=build_understander(catalogue, settings.home),
        ranker=built,
        writer=writer,
        index=index,
        options=options,
    )
    service = Tastebot(People(database), parts, same_item=SameItems(catalogues, settings))
    notices = (*database.notices, *((notice,) if notice else ()))
    return Parts(service, built, model, database, writer.statistics, notices)


class SameItems:
    """Finds an item of another catalogue in this one, by the id they share (``same_as``)."""

    def __init__(self, catalogues: Catalogues, settings: Settings) -> None:
        self._catalogues = catalogues
        self._settings = settings
        self._views: dict[str, dict[str, str]] = {}
        self._here: dict[str, str] | None = None

    def __call__(self, catalogue: str, item_id: str) -> str | None:
        """The id here of `item_id` in `catalogue`; None when it is not in both."""
        if catalogue not in self._views:
            known = {info.name for info in self._catalogues.list()}
            self._views[catalogue] = self._shared_ids(catalogue) if catalogue in known else {}
        shared = self._views[catalogue].get(item_id)
        if shared is None:
            return None
        if self._here is None:
            self._here = {
                same_as: here
                for here, same_as in self._shared_ids(self._settings.catalogue).items()
            }
        return self._here.get(shared)

    def _shared_ids(self, name: str) -> dict[str, str]:
        view = self._catalogues.view(name, adult=self._settings.adult)
        return {item.item_id: item.same_as for item in view.items if item.same_as}
