from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.errors import CatalogueError
from storage.catalogue_files import read_catalogue
from storage.catalogue_records import ItemRecord, as_number


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path) -> list[ItemRecord]:
    return list(read_catalogue(path))


ROWS: list[dict[str, Any]] = [
    {
        "id": "a",
        "title": "Ä title, with a comma",
        "year": 1995,
        "description": "Words.",
        "popularity": 2.5,
        "same_as": "tt1",
        "kinds": ["x", "y"],
        "weight": 3,
    },
    {"id": "b", "title": "B", "kinds": ["z"]},
]


def test_the_three_formats_read_alike(tmp_path: Path) -> None:
    jsonl = write(tmp_path / "a.jsonl", "\n".join(json.dumps(row) for row in ROWS))
    csv = write(
        tmp_path / "a.CSV",
        "id,title,year,description,popularity,same_as,kinds,weight\n"
        'a,"Ä title, with a comma",1995,Words.,2.5,tt1,x|y,3\nb,B,,,,,z,\n',
    )
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    for path in (jsonl, csv, tmp_path / "a.parquet"):
        first, second = read(path)
        assert (first.item_id, first.title, first.year) == ("a", "Ä title, with a comma", 1995)
        assert (first.description, first.popularity, first.same_as) == ("Words.", 2.5, "tt1")
        assert first.attributes["kinds"] == ["x", "y"]
        assert as_number(first.attributes["weight"][0]) == 3
        assert (second.year, dict(second.attributes)) == (None, {"kinds": ["z"]})


def test_a_csv_from_a_spreadsheet_reads(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", '\ufeffid,title\r\na,"two\r\nlines"\r\n\r\nb,B\r\n')
    assert [(each.item_id, each.title) for each in read(path)] == [("a", "two lines"), ("b", "B")]


def test_control_characters_become_spaces(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,title\na, A\x00B\x1b[2J \u2028C\n")
    assert [each.title for each in read(path)] == ["A B [2J C"]


def test_columns_become_names_that_can_stand_before_a_colon(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,title,box office ($),2nd\na,A,7,x\n")
    assert dict(read(path)[0].attributes) == {"box_office": ["7"], "_2nd": ["x"]}


def test_ids_may_be_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"id": 7, "title": 1984, "year": 1949.0}\n')
    [record] = read(path)
    assert (record.item_id, record.title, record.year) == ("7", "1984", 1949)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "", "at least one item"),
        ("a.csv", "id,title\n", "at least one item"),
        ("a.csv", "name,title\nx,y\n", "`id`"),
        ("a.csv", "id,name\nx,y\n", "`title`"),
        ("a.csv", "id,title,id\nx,y,z\n", "`id` twice"),
        ("a.csv", "id,title,a b,a_b\nx,y,z,z\n", "`a_b` twice"),
        ("a.csv", "id,title,\nx,y,z\n", "none for column 3"),
        ("a.csv", "id,title\na,A\n,B\n", r"row 2 \(line 3\).*`id`"),
        ("a.csv", "id,title\na,A\nb, \n", r"row 2 \(line 3\).*`title`"),
        ("a.csv", "id,title\na,A\nb,B,c\n", r"row 2 \(line 3\): expected 2 fields.*found 3"),
        ("a.csv", "id,title\na,A\nb\n", r"row 2 \(line 3\): expected 2 fields.*found 1"),
        ("a.csv", 'id,title\na,"A\n', "line 2"),
        ("a.csv", "id,title,year\na,A,1995\nb,B,199x\n", r"row 2 \(line 3\).*whole.*'199x'"),
        ("a.csv", "id,title,year\na,A,1995.5\n", r"row 1 \(line 2\).*whole.*'1995.5'"),
        ("a.csv", "id,title,popularity\na,A,much\n", r"row 1 \(line 2\).*`popularity`.*'much'"),
        ("a.csv", "id,title\ngenres:Horror,A\n", "column:value"),
        ("a.csv", "id,title\n" + "x" * 201 + ",A\n", "at most 200"),
        ("a.csv", b"id,title\na,\xff\n", "UTF-8.*0xff"),
        ("a.jsonl", "\n \n", "at least one item"),
        ("a.jsonl", '{"id": "a", "title": "A"}\n{"id": \n', "line 2: expected one JSON object"),
        ("a.jsonl", '["a", "A"]\n', "line 1.*list"),
        ("a.jsonl", '{"id": "a", "title": "A"}\n{"id": "b"}\n', "`title` in line 2"),
        ("a.jsonl", '{"id": "a", "title": ["A"]}\n', "line 1.*`title`"),
        ("a.jsonl", '{"id": "a", "title": "A", "k": {"x": 1}}\n', "line 1.*list.*`k`"),
        ("a.jsonl", '{"id": "a", "title": "A", "k": [["x"]]}\n', "line 1.*list.*`k`"),
        ("a.jsonl", '{"id": "a", "title": "A", "k": NaN}\n', "line 1.*NaN"),
        ("a.jsonl", '{"id": "a", "title": "A", "year": true}\n', "line 1.*`year`.*True"),
        ("a.parquet", "no parquet", "a Parquet file"),
        ("a.txt", "id,title\na,A\n", r"\.csv, \.jsonl or \.parquet.*a\.txt"),
    ],
)
def test_a_broken_file_is_told_where_and_how(
    tmp_path: Path, name: str, content: str | bytes, told: str
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(CatalogueError, match=told) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no file there"):
        read(tmp_path / "a.csv")
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(CatalogueError, match="a folder"):
        read(tmp_path / "b.csv")


@pytest.mark.parametrize("value", ["007", "1_000", "nan", "inf", "", "ten", "1,5"])
def test_what_only_looks_like_a_number_is_none(value: str) -> None:
    assert as_number(value) is None


def test_records_with_the_same_content_have_the_same_digest(tmp_path: Path) -> None:
    first, second, third = read(write(tmp_path / "a.csv", "id,title,k\na,A,x\na,A,x\na,A,y\n"))
    assert first.digest() == second.digest() != third.digest()


@pytest.mark.parametrize("column", ["pages", "popularity", "year"])
def test_a_number_too_large_for_any_column_is_refused_by_its_row(
    tmp_path: Path, column: str
) -> None:
    path = write(tmp_path / "a.jsonl", f'{{"id": 1, "title": "A", "{column}": {"9" * 400}}}')
    with pytest.raises(CatalogueError, match=f"line 1: .*`{column}`"):
        read(path)
