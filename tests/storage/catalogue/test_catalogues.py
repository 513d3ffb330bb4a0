from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.core.errors import CatalogueError, UsageError
from bot.core.protocols import Catalogue
from bot.core.values import Item
from storage.catalogue.catalogue_import import ImportReport
from storage.catalogue.catalogue_records import record_of
from storage.catalogue.catalogues import BUILT_IN, Catalogues
from storage.person.people import People
from storage.sql.database import Database
from storage.sql.models import ItemRow
from tests.memory_catalogue import MemoryCatalogue
from tests.storage.contracts import CatalogueContract, said

THREE = "id,title,year,kinds,weight\na,Alpha,1990,x|y,1\nb,Beta,,x,2.5\nc,Gamma,2001,,\n"


class TestACatalogueFromTheDatabase(CatalogueContract):
    @pytest.fixture(autouse=True)
    def _use(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues

    def make(self, items: Iterable[Item]) -> Catalogue:
        records = [
            record_of(
                {
                    "id": item.item_id,
                    "title": item.title,
                    "year": item.year,
                    "description": item.description,
                    "popularity": item.popularity,
                    "same_as": item.same_as,
                    **{column: list(values) for column, values in item.attributes.items()},
                    **item.numbers,
                },
                item.item_id,
            )
            for item in items
        ]
        self._catalogues.replace("things", records, "a test")
        return self._catalogues.view("things")


class TestACatalogueInMemory(CatalogueContract):
    def make(self, items: Iterable[Item]) -> Catalogue:
        return MemoryCatalogue(items)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    path = tmp_path / "three.csv"
    path.write_text(THREE)
    return path


def test_an_import_is_listed(catalogues: Catalogues, three: Path) -> None:
    report = catalogues.import_file("things", three)
    assert report == ImportReport("things", 3, added=3, changed=0, removed=0, unchanged=0)
    [info] = catalogues.list()
    assert (info.name, info.size, info.source) == ("things", 3, "three.csv")
    assert info.columns == {"kinds": False, "weight": True}


def test_the_log_tells_of_an_import_in_figures(
    catalogues: Catalogues, three: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "storage")
    catalogues.import_file("things", three)
    [told] = (record.msg for record in caplog.records if record.name.startswith("storage"))
    assert isinstance(told, dict)
    assert told.pop("seconds") >= 0
    figures = {"size": 3, "added": 3, "changed": 0, "removed": 0, "unchanged": 0}
    assert told == {"event": "catalogue_imported", "name": "things", **figures}


def test_an_import_again_touches_only_what_changed(
    catalogues: Catalogues, database: Database, three: Path
) -> None:
    catalogues.import_file("things", three)
    before = _rows(database)
    fingerprint = catalogues.view("things").fingerprint
    three.write_text("id,title,year,kinds,weight\nc,Gamma,2001,,\na,Alpha,1991,x|y,1\nd,Delta,,,\n")
    report = catalogues.import_file("things", three)
    assert (report.added, report.changed, report.removed, report.unchanged) == (1, 1, 1, 1)
    after = _rows(database)
    assert (after["a"], after["c"]) == (before["a"], before["c"])
    view = catalogues.view("things")
    assert [item.item_id for item in view.items] == ["c", "a", "d"]
    assert view.fingerprint != fingerprint
    assert view.search("beta") == []
    assert [item.item_id for item in view.search("delta")] == ["d"]


def test_the_same_import_again_changes_nothing(catalogues: Catalogues, three: Path) -> None:
    catalogues.import_file("things", three)
    fingerprint = catalogues.view("things").fingerprint
    assert catalogues.import_file("things", three).unchanged == 3
    assert catalogues.view("things").fingerprint == fingerprint


def test_an_import_is_all_or_nothing(catalogues: Catalogues, three: Path) -> None:
    catalogues.import_file("things", three)
    before = catalogues.info("things")
    rows = "".join(f"n{number},New,,,\n" for number in range(1200))
    three.write_text(f"id,title,year,kinds,weight\n{rows}z,Z,soon,,\n")
    with pytest.raises(CatalogueError, match="row 1201"):
        catalogues.import_file("things", three)
    assert catalogues.info("things") == before
    assert [item.item_id for item in catalogues.view("things").search("alpha")] == ["a"]
    with pytest.raises(CatalogueError):
        catalogues.import_file("others", three)
    assert catalogues.info("others") is None


@pytest.mark.parametrize("between", [0, 1200])
def test_an_id_met_twice_is_told_with_both_rows(
    catalogues: Catalogues, tmp_path: Path, between: int
) -> None:
    rows = "".join(f"n{number},New\n" for number in range(between))
    path = tmp_path / "a.csv"
    path.write_text(f"id,title\nx,X\ny,Y\n{rows}x,Again\n")
    told = rf"row {3 + between} \(line {4 + between}\).*'x', which row 1 \(line 2\) has too"
    with pytest.raises(CatalogueError, match=told):
        catalogues.import_file("things", path)
    assert catalogues.list() == []


def test_an_import_tells_how_far_it_is(catalogues: Catalogues, tmp_path: Path) -> None:
    heard: list[tuple[int, int | None]] = []
    path = tmp_path / "a.csv"
    path.write_text("id,title\n" + "".join(f"{number},T\n" for number in range(1100)))
    catalogues.import_file("things", path, lambda done, whole: heard.append((done, whole)))
    assert [done for done, _ in heard] == [500, 1000, 1100]


def test_what_people_said_outlives_a_catalogue(
    catalogues: Catalogues, people: People, three: Path
) -> None:
    catalogues.import_file("things", three)
    people.append("ana", [said("a", catalogue="things")])
    catalogues.import_file("things", three)
    catalogues.delete("things")
    assert catalogues.list() == []
    assert [event.about for event in people.events("ana")] == ["a"]


def test_deleting_a_catalogue_clears_the_full_text(
    catalogues: Catalogues, database: Database, three: Path
) -> None:
    catalogues.import_file("things", three)
    catalogues.import_file("others", three)
    catalogues.delete("things")
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM items_fts")) == 3
    assert [item.item_id for item in catalogues.view("others").search("alpha")] == ["a"]


def test_an_unknown_catalogue_is_told_with_those_there(catalogues: Catalogues, three: Path) -> None:
    catalogues.import_file("things", three)
    with pytest.raises(CatalogueError, match=r"'nope'.*films, things"):
        catalogues.view("nope")
    with pytest.raises(CatalogueError, match="'nope'"):
        catalogues.delete("nope")


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "a" * 65, "x\n", "'; drop table items"])
def test_a_name_that_is_none_is_refused(catalogues: Catalogues, three: Path, name: str) -> None:
    with pytest.raises(UsageError):
        catalogues.import_file(name, three)


def test_items_marked_as_adult_are_left_out_unless_wanted(
    catalogues: Catalogues, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,title,adult\na,Aaaa,yes\nb,Bbbb,no\nc,Cccc,\n")
    catalogues.import_file("things", path)
    tame, all_of_it = catalogues.view("things"), catalogues.view("things", adult=True)
    assert [item.item_id for item in tame.items] == ["b", "c"]
    assert len(all_of_it.items) == 3
    assert tame.fingerprint != all_of_it.fingerprint
    assert tame.search("aaaa") == []


def test_a_built_in_catalogue_is_loaded_when_first_used(
    catalogues: Catalogues, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = ["built-in things 1"]
    record = record_of({"id": "a", "title": "A"}, "a")
    monkeypatch.setitem(BUILT_IN, "things", (lambda: version[0], lambda: [record]))
    assert len(catalogues.view("things").items) == 1
    catalogues.delete("things")
    assert len(catalogues.view("things").items) == 1
    version[0] = "built-in things 2"
    catalogues.ensure("things")
    info = catalogues.info("things")
    assert info is not None
    assert info.source == "built-in things 2"


def test_a_file_under_a_built_in_name_is_kept(
    catalogues: Catalogues, three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BUILT_IN, "things", (lambda: "built-in things 1", list))
    catalogues.import_file("things", three)
    assert len(catalogues.view("things").items) == 3


def _rows(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return dict(session.execute(select(ItemRow.item_id, ItemRow.id)).all())
