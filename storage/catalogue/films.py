"""The default catalogue: the films of `bokeh_sampledata`, read from its SQLite file.

The one place in code that knows items are films. Titles, people, genres, certificates and box
office come from Wikidata, review counts from Rotten Tomatoes, as that package carries them
(17,472 rows, 1940 to 2014).

Ids are IMDb ids: they stay the same from one release of the data to the next, other catalogues
can be linked by them (`same_as` holds the same id), and they tell that two rows are one film
(there are two such pairs; the row with more reviews is kept).
"""

from __future__ import annotations

import html
import math
import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from importlib.metadata import version

from bot.core import patterns
from storage.catalogue.catalogue_records import ItemRecord, record_of

NAME = "films"
LOADER_VERSION = 1  # raised when what is read from the same data changes
MOST_CAST = 20
SUFFIXES = frozenset({"Jr", "Jr.", "Sr", "Sr.", "II", "III", "IV"})
DISAMBIGUATION = patterns.compile(r"\s*\((\d{4} )?film\)$")
NOMINATIONS = patterns.compile(r"Nominated for (\d+)")

# The data has no marker for sexually explicit films: there is no such genre, and NC-17 also
# stands on The Evil Dead and Blue Is the Warmest Colour. So those that are known for it are named.
ADULT = frozenset(
    {
        "tt0411705",  # 9 Songs
        "tt0249380",  # Baise-moi
        "tt0348529",  # Anatomy of Hell
        "tt0209077",  # Ken Park
        "tt0418832",  # Lie with Me
        "tt0071464",  # Emmanuelle
        "tt0080491",  # Caligula
        "tt1365048",  # 3D Sex and Zen: Extreme Ecstasy
        "tt0073115",  # Story of O
        "tt0109593",  # Delta of Venus
        "tt0105622",  # Tokyo Decadence
        "tt2417854",  # Lucky Bastard
        "tt0074102",  # In the Realm of the Senses
        "tt0068612",  # Fritz the Cat
        "tt1753584",  # Sexual Chronicles of a French Family
        "tt0068595",  # Flesh Gordon
        "tt0492962",  # Destricted
        "tt1900908",  # Clip
        "tt0135024",  # A Real Young Girl
        "tt0071359",  # Immoral Tales
        "tt0367027",  # Shortbus
    }
)
ADULT_CERTIFICATES = frozenset({"X"})

QUERY = """
SELECT o.imdbID, o.Title, o.Year, o.Rating, o.Runtime, o.Genre, o.Director, o.Writer, o."Cast",
       o.Metacritic, o.Language, o.Country, o.Awards, o.Oscars,
       t.Reviews, t.Meter, t.BoxOffice, t.Production
FROM omdb AS o JOIN tomatoes AS t ON t.ID = o.ID ORDER BY o.ID
"""


def source() -> str:
    """What a stored copy was loaded from; another answer means that it should be loaded again."""
    return f"built-in {NAME} {LOADER_VERSION}, bokeh_sampledata {version('bokeh_sampledata')}"


def read_films() -> list[ItemRecord]:
    """All films, once each, in the order of the source."""
    from bokeh_sampledata.movies_data import movie_path

    with closing(sqlite3.connect(f"file:{movie_path}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        rows = _merged(connection.execute(QUERY))
    known = _popularity(rows)
    fame = _fame(rows, known)
    return [
        record_of(
            {
                "id": row["imdbID"],
                "title": DISAMBIGUATION.sub("", html.unescape(row["Title"])),
                "year": row["Year"],
                "popularity": round(popularity, 3),
                "same_as": row["imdbID"],
                "genres": _split(row["Genre"]),
                "directors": people_of(row["Director"]),
                "writers": people_of(row["Writer"]),
                "cast": _best_known(people_of(row["Cast"]), fame),
                "runtime": row["Runtime"],
                "certificate": row["Rating"],
                "languages": _split(row["Language"]),
                "countries": _split(row["Country"]),
                "studios": _split(row["Production"]),
                "metacritic": row["Metacritic"],
                "tomatometer": row["Meter"],
                "oscars": row["Oscars"] or None,
                "box_office": row["BoxOffice"],
                "adult": "yes" if _is_adult(row) else None,
            },
            f"film {row['imdbID']}",
        )
        for row, popularity in zip(rows, known, strict=True)
    ]


def people_of(text: str | None) -> list[str]:
    """Names that stand apart by commas; ``Robert Downey, Jr.`` is one of them."""
    names: list[str] = []
    for part in _split(text):
        if part in SUFFIXES and names:
            names[-1] = f"{names[-1]} {part}"
        else:
            names.append(part)
    return names


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in html.unescape(text or "").split(", ") if part.strip()]


def _merged(rows: Iterable[sqlite3.Row]) -> list[sqlite3.Row]:
    """One row for each IMDb id: of two, the one with more reviews."""
    best: dict[str, sqlite3.Row] = {}
    for row in rows:
        other = best.get(row["imdbID"])
        if other is None or (row["Reviews"] or 0) > (other["Reviews"] or 0):
            best[row["imdbID"]] = row
    return list(best.values())


def _popularity(rows: list[sqlite3.Row]) -> list[float]:
    """How well known each film is, on a logarithmic scale from 0 to about 12.

    The source has no count of viewers. Critics' reviews stand in for it: their number, and how far
    it stands out among films of two years around (older films were reviewed less, however well
    known). Box office above a million dollars, Oscars, nominations and the length of the known
    cast list add to it. The weights are set by eye, on the order of the first few hundred.
    """
    by_year: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        for year in range(row["Year"] - 2, row["Year"] + 3):
            by_year[year].append(row["Reviews"] or 0)
    for counts in by_year.values():
        counts.sort()
    known = []
    for row in rows:
        reviews, around = row["Reviews"] or 0, by_year[row["Year"]]
        above = 1.0 - (bisect_left(around, reviews) - 0.5) / len(around)
        nominated = NOMINATIONS.search(row["Awards"] or "")
        known.append(
            math.log1p(reviews)
            + 0.8 * -math.log10(min(above, 1.0))
            + 0.8 * math.log10(max(row["BoxOffice"] or 1.0, 1e6) / 1e6)
            + 0.25 * math.log1p(row["Oscars"] or 0)
            + 0.15 * math.log1p(int(nominated[1]) if nominated else 0)
            + 0.25 * math.log1p(len(_split(row["Cast"])))
        )
    return known


def _fame(rows: list[sqlite3.Row], known: list[float]) -> Mapping[str, float]:
    """How well known each actor is: by the films they are in, better known ones counting more."""
    fame: dict[str, float] = defaultdict(float)
    for row, popularity in zip(rows, known, strict=True):
        for name in people_of(row["Cast"]):
            fame[name] += math.exp(popularity / 2.0)
    return fame


def _best_known(names: list[str], fame: Mapping[str, float]) -> list[str]:
    """The source lists casts by the alphabet; the best known come first here."""
    return sorted(names, key=lambda name: -fame[name])[:MOST_CAST]


def _is_adult(row: sqlite3.Row) -> bool:
    return row["imdbID"] in ADULT or row["Rating"] in ADULT_CERTIFICATES
