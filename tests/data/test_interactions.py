"""Interaction files: the project's CSV and MovieLens's."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import DataFileError
from bot.data.interactions import Interaction, read_interactions


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_ratings_and_timestamps_may_be_absent(tmp_path: Path) -> None:
    bare = write(tmp_path / "a.csv", "user_id,item_id\nana,1\n")
    full = write(tmp_path / "b.csv", "timestamp,item_id,user_id,rating\n5,2,bo,3.5\n6,3,bo,\n")
    assert read_interactions(bare, full) == [
        Interaction("ana", "1"),
        Interaction("bo", "2", 3.5, 5.0),
        Interaction("bo", "3", None, 6.0),
    ]


def test_movielens_films_go_by_padded_imdb_ids_and_those_without_are_left(tmp_path: Path) -> None:
    write(tmp_path / "links.csv", "movieId,imdbId,tmdbId\n1,0114709,862\n2,99,\n3,,\n")
    ratings = write(
        tmp_path / "ratings.csv", "userId,movieId,rating,timestamp\n1,1,4.0,9\n1,2,2,8\n1,3,5,7\n"
    )
    assert read_interactions(ratings) == [
        Interaction("1", "tt0114709", 4.0, 9.0),
        Interaction("1", "tt0000099", 2.0, 8.0),
    ]


def test_movielens_without_its_links_is_refused(tmp_path: Path) -> None:
    ratings = write(tmp_path / "ratings.csv", "userId,movieId,rating,timestamp\n1,1,4.0,9\n")
    with pytest.raises(DataFileError, match=r"no links\.csv beside it"):
        read_interactions(ratings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected user_id,item_id"),
        ("user,item\n1,2\n", "line 1: expected user_id,item_id"),
        ("user_id,item_id,rating\na,1,good\n", 'line 2: expected a number; found "good"'),
        ("user_id,item_id,rating\na,1,nan\n", "line 2: expected a finite number"),
        ("user_id,item_id,rating\na,1,2\nb,1\n", "line 3: expected 3 columns; found 2"),
        ("user_id,item_id\n,1\n", "line 2: expected a user and an item"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataFileError) as error:
        read_interactions(write(tmp_path / "i.csv", text))
    assert message in str(error.value)


def test_only_good_ratings_and_bare_visits_are_positive() -> None:
    assert Interaction("a", "1").positive
    assert Interaction("a", "1", 3.5).positive
    assert not Interaction("a", "1", 3.0).positive
