from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.values import Item
from storage.catalogue.catalogue_records import record_of
from storage.catalogue.catalogues import Catalogues
from storage.catalogue.title_search import (
    TitleSearch,
    fold_for_search,
    full_text_query,
    without_article,
)
from storage.sql.database import open_database

ROWS = [
    ("heat", "Heat", 1995, 9.0, "Ana Ångström"),
    ("heat72", "Heat", 1972, 2.0, "Bo"),
    ("theheat", "The Heat", 2013, 8.0, "Cy"),
    ("heathers", "Heathers", 1989, 5.0, "Bo"),
    ("matrix", "The Matrix", 1999, 10.0, "Cy"),
    ("reloaded", "The Matrix Reloaded", 2003, 7.0, "Cy"),
    ("walle", "WALL-E", 2008, 9.5, "Di"),
    ("seven", "Seven", 1995, 9.2, "Ed"),
    ("amelie", "Amélie", 2001, 8.0, "Flo"),
    ("dont", "Don't Look Now", 1973, 6.0, "Ana Ångström"),
    ("and", "Thelma & Louise", 1991, 7.5, "Flo"),
    ("y2012", "2012", 2009, 6.0, "Ed"),
    ("blade", "Blade Runner 2049", 2017, 8.5, "Ed"),
    ("lodz", "Łódź by Night", None, None, "Gus"),
    ("seas", "七人の侍", 1954, 8.0, "Hiro"),
    ("a", "A", 1998, 1.0, "Ida"),
    ("redemption", "The Shawshank Redemption", 1994, 9.9, "Jo"),
]


@pytest.fixture(scope="module", params=["full text", "scan"])
def search(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TitleSearch]:
    database = open_database(None, tmp_path_factory.mktemp("search"))
    catalogues = Catalogues(database)
    records = [
        record_of(
            {"id": key, "title": title, "year": year, "popularity": known, "makers": [maker]}, key
        )
        for key, title, year, known, maker in ROWS
    ]
    catalogues.replace("things", records, "a test")
    view = catalogues.view("things")
    yield view._search if request.param == "full text" else TitleSearch(view.items)
    database.close()


def first(search: TitleSearch, text: str) -> str | None:
    found = search.search(text, 5)
    return found[0].item_id if found else None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Heat", "heat"),
        ("hEAT", "heat"),
        ("heat 1972", "heat72"),
        ("Heat (1972)", "heat72"),
        ("the heat", "theheat"),
        ("Heat, The", "theheat"),
        ("heat 2014", "theheat"),
        ("matrix", "matrix"),
        ("The Matrix", "matrix"),
        ("Matrix, The (1999)", "matrix"),
        ("a matrix", "matrix"),
        ("matrix reloaded", "reloaded"),
        ("matrix relo", "reloaded"),
        ("wall-e", "walle"),
        ("walle", "walle"),
        ("wall e", "walle"),
        ("Se7en", "seven"),
        ("amelie", "amelie"),
        ("AMÉLIE", "amelie"),
        ("Ame\u0301lie", "amelie"),
        ("dont look now", "dont"),
        ("don’t look now", "dont"),
        ("thelma and louise", "and"),
        ("thelma louise", "and"),
        ("2012", "y2012"),
        ("2012 (2009)", "y2012"),
        ("blade runner 2049", "blade"),
        ("blade runner", "blade"),
        ("lodz by night", "lodz"),
        ("七人の侍", "seas"),
        ("A", "a"),
        ("shawshenk redemtion", "redemption"),
        ("the shawshank redemptoin 1994", "redemption"),
        ("shawshank", "redemption"),
        ("heatt", "heat"),
        ("bladerunner", "blade"),
        ("matrx", "matrix"),
    ],
)
def test_what_is_meant_comes_first(search: TitleSearch, typed: str, meant: str) -> None:
    assert first(search, typed) == meant


def test_exact_titles_come_before_better_known_beginnings(search: TitleSearch) -> None:
    found = [item.item_id for item in search.search("heat")]
    assert found == ["heat", "heat72", "theheat", "heathers"]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "…",
        "😀",
        '"',
        '""" OR "',
        "*",
        "NEAR(heat matrix)",
        "title : heat NOT heat",
        "heat OR zzzz",
        "{title} : ^heat",
        "'; DROP TABLE items; --",
        "heat' UNION SELECT name FROM people --",
        "zzzzzzzz",
        "x" * 50_000,
        "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 10,
        "\x00",
        "\ud800",
    ],
)
def test_what_is_typed_is_never_a_query_language(search: TitleSearch, typed: str) -> None:
    assert search.search(typed) == []


def test_no_more_than_asked_for_are_found(search: TitleSearch) -> None:
    assert len(search.search("heat", 2)) == 2
    assert search.search("heat", 0) == []


def test_exact_finds_whole_titles_alone(search: TitleSearch) -> None:
    assert [item.item_id for item in search.exact("heat")] == ["heat", "theheat", "heat72"]
    assert search.exact("hea") == []


def test_people_are_found_by_name_beside_titles(tmp_path: Path) -> None:
    catalogues = Catalogues(open_database(None, tmp_path))
    rows: list[dict[str, Any]] = [
        {"id": "x", "title": "Bo", "makers": "Cy"},
        {"id": "y", "title": "Dee", "makers": "Bo Ångström", "popularity": 9},
        {"id": "z", "title": "Eel", "description": "About Bo and his years in Paris."},
    ]
    catalogues.replace("things", [record_of(row, row["id"]) for row in rows], "a test")
    search = catalogues.view("things").search
    assert [item.item_id for item in search("bo")] == ["x", "y", "z"]
    assert [item.item_id for item in search("dee angstrom")] == ["y"]
    assert [item.item_id for item in search("paris")] == ["z"]


def test_folding_leaves_letters_and_digits() -> None:
    assert fold_for_search("  L'Été — Œuvre №3: “Ça & là” ") == "lete oeuvre no3 ca and la"
    assert fold_for_search("Straße_ØRE") == "strasse ore"


def test_an_article_is_dropped_unless_it_is_all_there_is() -> None:
    assert without_article(["the", "who"]) == ("who",)
    assert without_article(["matrix", "the"]) == ("matrix",)
    assert without_article(["the"]) == ("the",)


def test_a_full_text_query_quotes_each_word() -> None:
    assert full_text_query(['a"b', "or"], "title") == 'title : ("a""b" AND "or"*)'


def test_an_item_without_popularity_is_found_last() -> None:
    items = [Item("a", "Same", popularity=None), Item("b", "Same", popularity=0.0)]
    assert [item.item_id for item in TitleSearch(items).search("same")] == ["b", "a"]
