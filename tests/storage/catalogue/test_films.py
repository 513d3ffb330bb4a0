from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from storage.catalogue.catalogue_records import ItemRecord
from storage.catalogue.catalogue_view import CatalogueView
from storage.catalogue.catalogues import Catalogues
from storage.catalogue.films import NAME, people_of, read_films
from storage.sql.database import open_database


@pytest.fixture(scope="module")
def records() -> list[ItemRecord]:
    return read_films()


@pytest.fixture(scope="module")
def catalogues(
    records: list[ItemRecord], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Catalogues]:
    database = open_database(None, tmp_path_factory.mktemp("films"))
    yield Catalogues(database)
    database.close()


@pytest.fixture(scope="module")
def films(catalogues: Catalogues) -> CatalogueView:
    return catalogues.view(NAME)


def test_each_film_stands_once(records: list[ItemRecord]) -> None:
    assert len(records) == 17_470
    assert len({record.item_id for record in records}) == 17_470
    assert all(record.same_as == record.item_id for record in records)


def test_of_two_rows_of_one_film_the_better_known_is_kept(records: list[ItemRecord]) -> None:
    by_id = {record.item_id: record.title for record in records}
    assert by_id["tt0078788"] == "Apocalypse Now"


def test_a_film_has_what_the_source_says(films: CatalogueView) -> None:
    heat = films.get("tt0113277")
    assert heat is not None
    assert heat.label == "Heat (1995)"
    assert {"Crime", "Thriller"} <= set(heat.attributes["genres"])
    assert heat.attributes["directors"] == ("Michael Mann",)
    assert {"Al Pacino", "Robert De Niro", "Val Kilmer"} <= set(heat.attributes["cast"])
    assert heat.attributes["languages"] == ("English",)
    assert heat.attributes["certificate"] == ("R",)
    assert heat.numbers["runtime"] == 170
    assert heat.numbers["metacritic"] == 76


def test_columns_are_named_as_elsewhere(films: CatalogueView) -> None:
    columns = films.columns
    assert {"genres", "directors", "writers", "cast"} <= set(columns)
    assert columns["runtime"].numeric
    assert not columns["genres"].numeric
    assert {"Sci-Fi", "Horror", "Comedy"} <= set(films.values("genres"))


def test_the_best_known_films_are_well_known(films: CatalogueView) -> None:
    best = np.argsort(-films.numbers("popularity"))
    titles = {films.items[row].title for row in best[:100]}
    assert {"Titanic", "The Dark Knight", "Inception", "Avatar", "The Matrix"} <= titles
    places = {films.items[row].label: place for place, row in enumerate(best)}
    for label in ("The Godfather (1972)", "Jaws (1975)", "Psycho (1960)", "Casablanca (1942)"):
        assert places[label] < 1000


def test_titles_are_clean(records: list[ItemRecord]) -> None:
    for record in records:
        assert record.title == " ".join(record.title.split())
        assert "&amp;" not in record.title
        assert not record.title.endswith("film)")


def test_explicit_films_are_left_out_unless_wanted(
    films: CatalogueView, catalogues: Catalogues
) -> None:
    everything = catalogues.view(NAME, adult=True)
    assert 0 < len(everything.items) - len(films.items) < 100
    assert films.get("tt0080491") is None
    assert everything.get("tt0080491") is not None
    assert films.get("tt0083907") is not None  # The Evil Dead, NC-17 for its blood


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("heat 1995", "Heat (1995)"),
        ("Matrix, The", "The Matrix (1999)"),
        ("se7en", "Seven (1995)"),
        ("walle", "WALL-E (2008)"),
        ("amelie", "Amélie (2001)"),
        ("godfater", "The Godfather (1972)"),
        (
            "lord of the rings fellowship",
            "The Lord of the Rings: The Fellowship of the Ring (2001)",
        ),
        ("her", "Her (2013)"),
        ("up", "Up (2009)"),
    ],
)
def test_films_are_found_as_people_type_them(films: CatalogueView, typed: str, label: str) -> None:
    assert films.search(typed, 3)[0].label == label


def test_loading_is_quick(films: CatalogueView, catalogues: Catalogues) -> None:
    started = time.process_time()
    catalogues.view(NAME)
    # Seconds of this process; about half of one on a quiet machine.
    assert time.process_time() - started < 3


def test_a_name_with_a_suffix_is_one_name() -> None:
    assert people_of("Robert Downey, Jr., Gwyneth Paltrow") == [
        "Robert Downey Jr.",
        "Gwyneth Paltrow",
    ]
    assert people_of("") == people_of(None) == []
