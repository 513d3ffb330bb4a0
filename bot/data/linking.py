"""Moves dialogues, queries and interactions onto a catalogue's item ids.

An id is the catalogue's own, or that of another catalogue whose `same_as` ours shares, or is
known by the name that the file gives to it (title and year). What the reading of a file yields
and what the catalogue holds stay apart; only this module brings them together.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from bot.core import patterns
from bot.core.errors import DataFileError
from bot.core.protocols import Catalogue
from bot.core.values import Item, Message
from bot.data.dialogues import Dialogue
from bot.data.interactions import Interaction
from bot.data.lines import Place
from bot.data.queries import Query

_YEAR = patterns.compile(r"^(.*\S)\s*\((\d{4})\)$")
_ARTICLE = patterns.compile(r"^(?:the|a|an) (?=.)")


@dataclass(frozen=True, slots=True)
class TitleYear:
    """A title as it compares: case, accents, punctuation and a leading article gone."""

    title: str
    year: int | None

    @staticmethod
    def of(label: str) -> TitleYear:
        """Split ``Heat (1995)``; the year is None where the label has none."""
        match = _YEAR.match(label.strip())
        title, year = (match[1], int(match[2])) if match else (label, None)
        return TitleYear(fold_title(title), year)


def fold_title(title: str) -> str:
    """A title without case, accents, punctuation and leading article; its trailing one too."""
    decomposed = unicodedata.normalize("NFKD", title.casefold().replace("&", " and "))
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    words = " ".join(patterns.findall(r"\w+", letters.replace("'", "").replace("’", "")))
    words = patterns.sub(r"^(.+) (the|a|an)$", r"\2 \1", words)
    return _ARTICLE.sub("", words)


class ItemLinker:
    """Finds a catalogue's id for an id of a file."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._by_title: dict[str, list[Item]] = {}
        for item in catalogue.items:
            self._by_title.setdefault(fold_title(item.title), []).append(item)

    def shares_ids(self, titles: Mapping[str, str]) -> bool:
        """Whether ids that the file names mean the same items in the catalogue.

        Two catalogues may both number from one: ids count as shared when at least half of those
        that both know carry the same title.
        """
        common = [
            (TitleYear.of(title), item)
            for key, title in titles.items()
            if (item := self._catalogue.get(key)) is not None
        ]
        if not common:
            return not titles
        same = sum(name.title == fold_title(item.title) for name, item in common)
        return 2 * same >= len(common)

    def link(self, item_id: str, title: str | None = None, *, own: bool = True) -> str | None:
        """The catalogue's id, or None. `own`: whether the file's ids are the catalogue's.

        The name that the file gives goes before `same_as`: those who talked saw the name, while
        the `same_as` of a gathered catalogue was guessed from it and is wrong now and then.
        """
        if own and self._catalogue.get(item_id) is not None:
            return item_id
        if title and (found := self._by_label(TitleYear.of(title))) is not None:
            return found
        item = self._catalogue.by_same_as(item_id)
        return item.item_id if item is not None else None

    def _by_label(self, name: TitleYear) -> str | None:
        """An item of that title: of that year, else one year off, else the only one there is."""
        candidates = self._by_title.get(name.title, [])
        if not name.title or not candidates:
            return None
        if name.year is None:
            best = max(candidates, key=lambda item: item.popularity or 0.0)
            certain = len(candidates) == 1 or best.popularity is not None
            return best.item_id if certain else None
        for slack in (0, 1):
            for item in candidates:
                if item.year is not None and abs(item.year - name.year) == slack:
                    return item.item_id
        undated = [item for item in candidates if item.year is None]
        return undated[0].item_id if len(undated) == 1 else None


def link_dialogues(dialogues: Sequence[Dialogue], catalogue: Catalogue) -> list[Dialogue]:
    """The dialogues with the catalogue's ids in turns and feedback.

    An item that the file names but the catalogue lacks is left as words: its id goes from
    `items` and `feedback`. An id that neither the file nor the catalogue knows is a DataFileError
    with file, line and id.
    """
    linker = ItemLinker(catalogue)
    named: dict[str, str] = {}
    for dialogue in dialogues:
        named.update(dialogue.titles)
    own = linker.shares_ids(named)
    cache: dict[tuple[str, str | None], str | None] = {}

    def find(item_id: str, dialogue: Dialogue) -> str | None:
        title = dialogue.titles.get(item_id) or named.get(item_id)
        key = (item_id, title)
        if key not in cache:
            cache[key] = linker.link(item_id, title, own=own if title else True)
        found = cache[key]
        if found is None and title is None:
            _fail_unknown(item_id, catalogue, dialogue.place)
        return found

    linked = []
    for dialogue in dialogues:
        for_feedback = {
            item_id: reaction
            for item_id, reaction in dialogue.feedback.items()
            if item_id in dialogue.titles or not dialogue.titles  # ReDial asks about stray ids
        }
        linked.append(
            replace(
                dialogue,
                turns=_with_ids(dialogue, find),
                feedback={
                    found: reaction
                    for item_id, reaction in for_feedback.items()
                    if (found := find(item_id, dialogue)) is not None
                },
            )
        )
    return linked


def link_queries(queries: Sequence[Query], catalogue: Catalogue) -> tuple[list[Query], int]:
    """The queries on the catalogue's ids, and how many mentions in turns it does not know.

    Such mentions are left as words. A target that the catalogue lacks is a DataFileError: recall
    over it would mean nothing.
    """
    linker = ItemLinker(catalogue)
    unknown = 0
    linked = []
    for query in queries:
        targets = []
        for target in query.targets:
            found = linker.link(target)
            if found is None:
                _fail_unknown(target, catalogue, query.place)
            targets.append(found)
        turns = []
        for turn in query.turns:
            ids = [linker.link(item_id) for item_id in turn.items]
            unknown += ids.count(None)
            turns.append(replace(turn, items=_known(ids)))
        linked.append(replace(query, turns=tuple(turns), targets=tuple(dict.fromkeys(targets))))
    return linked, unknown


def link_interactions(
    interactions: Sequence[Interaction], catalogue: Catalogue
) -> list[Interaction]:
    """Those interactions whose item the catalogue has, by id or by `same_as`, on its ids.

    Raises DataFileError when it has none of them.
    """
    linker = ItemLinker(catalogue)
    ids = {key: linker.link(key) for key in {each.item_id for each in interactions}}
    linked = [
        replace(each, item_id=item_id)
        for each in interactions
        if (item_id := ids[each.item_id]) is not None
    ]
    if interactions and not linked:
        raise DataFileError(
            f"The interactions name no item of catalogue {catalogue.name}",
            found=f"ids such as {interactions[0].item_id}",
            remedy="Give interactions by the catalogue's `id` or `same_as`",
        )
    return linked


def _with_ids(dialogue: Dialogue, find: _Finder) -> tuple[Message, ...]:
    return tuple(
        replace(turn, items=_known(find(item_id, dialogue) for item_id in turn.items))
        for turn in dialogue.turns
    )


def _known(ids: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item_id for item_id in ids if item_id is not None))


def _fail_unknown(item_id: str, catalogue: Catalogue, place: Place | None) -> NoReturn:
    where = f"{place}: " if place is not None else ""
    raise DataFileError(
        f"{where}expected items of catalogue {catalogue.name}",
        found=f"the unknown id {item_id}",
        remedy="Import the catalogue that the file is about and name it with --catalogue",
    )


_Finder = Callable[[str, Dialogue], str | None]
