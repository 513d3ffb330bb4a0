from __future__ import annotations

import json
import os
import tracemalloc
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.core.bounded_lines import LONGEST_LINE
from bot.core.errors import CatalogueError
from storage.catalogue.catalogue_files import MOST_COLUMNS, read_catalogue, read_rows
from storage.catalogue.catalogue_records import ItemRecord, as_number


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


def test_all_formats_read_alike(tmp_path: Path) -> None:
    jsonl = write(tmp_path / "a.jsonl", "\n".join(json.dumps(row) for row in ROWS))
    csv = write(
        tmp_path / "a.CSV",
        "id,title,year,description,popularity,same_as,kinds,weight\n"
        'a,"Ä title, with a comma",1995,Words.,2.5,tt1,x|y,3\nb,B,,,,,z,\n',
    )
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    tsv = write(
        tmp_path / "a.tsv",
        "id\ttitle\tyear\tdescription\tpopularity\tsame_as\tkinds\tweight\n"
        "a\tÄ title, with a comma\t1995\tWords.\t2.5\ttt1\tx|y\t3\nb\tB\t\t\t\t\tz\t\n",
    )
    array = write(tmp_path / "a.json", json.dumps(ROWS, indent=2, ensure_ascii=False))
    for path in (jsonl, csv, tsv, array, tmp_path / "a.parquet"):
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
        ("a.txt", "id,title\na,A\n", r"\.csv, \.tsv, \.json, \.jsonl or \.parquet.*a\.txt"),
        ("a.tsv", "id\ttitle\na\tA\tx\n", r"row 1 \(line 2\): expected 2 fields.*holds a tab"),
        ("a.json", "[]", "at least one item"),
        ("a.json", '{"id": "a", "title": "A"}', r"array of objects.*found '{' where a '\['"),
        ("a.json", '["a"]', "found '\"' where a '{' belongs after 0 items"),
        ("a.json", '[{"id": "a", "title": "A"}', "the end of the file where a ',' .*after 1 item"),
        ("a.json", '[{"id": "a", "title": "A"},]', r"found '\]' where a '{' .*after 1 item"),
        ("a.json", '[{"id": "a", "title": "A"}] x', "more after the array's end"),
        ("a.json", '[{"id": "a", "title": "A', "an object without an end"),
        ("a.json", '[{"id": nothing, "title": "a rather long one"}]', "something else.*value"),
        ("a.json", '[{"id": "a", "title": "A", "k": NaN}]', "item 1.*NaN"),
        ("a.json", '[{"id": "a", "title": "A"}, {"id": "b"}]', "`title` in item 2"),
        ("a.json", b'[{"id": "a", "title": "\xff"}]', "UTF-8.*0xff"),
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


LONG = LONGEST_LINE + 10


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "id,title\na," + "x" * LONG, r"line 2.*a line of more than 8,000,000"),
        ("a.csv", 'id,title\na,"' + "so on\n" * (LONG // 6), r"a line of more than.*quote"),
        ("a.csv", "id,title\n" + '"x\n",' * (LONG // 5), "a line of more than"),
        ("a.csv", ",".join(["id", "title", *map("c{}".format, range(2000))]), "1,000 columns"),
        ("a.csv", "id,title," + "n" * 300 + "\na,A,b\n", "at most 200 characters.*found 300"),
        ("a.csv", "id,title\na," + "x" * 1001 + "\n", "a title of at most 1,000.*found 1,001"),
        ("a.csv", "x\x1b[2J" * 100 + "\na\n", r"found `x \[2Jx \[2J"),
        ("a.jsonl", '{"id": "a", "title": "' + "x" * LONG, "line 1.*a line of more than"),
        ("a.jsonl", "\n" * 3 + "x" * LONG, "line 4.*a line of more than"),
        ("a.jsonl", "[" * 100_000, "line 1.*recursion"),
        ("a.jsonl", '{"id": "a", "title": "A", "k": ' + "9" * 5_000 + "}", "line 1.*4300 digits"),
        ("a.json", '[{"id": "a", "title": "' + "x" * 2 * LONG, "more than 8,000,000.*after 0"),
        ("a.json", '[{"k": ' + "[" * 100_000, "after 0 items"),
        ("a.json", '[{"id": 1, "title": "A", "k": ' + "9" * 5_000 + "}]", "item 1.*4300 digits"),
        ("a.json", '[{"id": "a", "title": "A", "id": "b"}]', "item 1.*a key twice"),
        ("a.jsonl", '{"id": "a", "title": "A", "id": "b"}', "line 1.*a key twice"),
        ("a.jsonl", '{"id": "a", "title": "A", "k": {"x": 1, "x": 2}}', "line 1.*a key twice"),
    ],
)
def test_a_file_made_to_do_harm_is_refused_for_what_it_is(
    tmp_path: Path, name: str, content: str, told: str
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(CatalogueError, match=told) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize("name", ["tsv.tsv", "array.json"])
def test_small_files_as_people_have_them_read(name: str) -> None:
    [record] = read(Path(__file__).parents[1] / "catalogues" / name)
    assert (record.item_id, record.title) == ("1", "Alpha")


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 50])
def test_an_array_reads_alike_wherever_it_is_cut(
    tmp_path: Path, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = {"id": "c", "title": 'A "\\ } ] 😀', "k": [1.5e-3, -2, True, False, None], "year": 12}
    path = write(tmp_path / "a.json", "\ufeff " + json.dumps([*ROWS, odd]) + "\n ")
    whole = read(path)
    assert [each.title for each in whole] == [ROWS[0]["title"], "B", odd["title"]]
    monkeypatch.setattr("storage.catalogue.json_array.PIECE", piece)
    assert read(path) == whole


def test_of_an_array_no_more_is_held_than_an_item(tmp_path: Path) -> None:
    item = json.dumps({"id": "a", "title": "A", "description": "x" * 1_000})
    path = write(tmp_path / "a.json", "[" + ",".join([item] * 20_000) + "]")
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_catalogue(path)) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000  # of 20 MB
    finally:
        tracemalloc.stop()


def test_a_parquet_file_that_says_it_has_too_many_rows_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": range(11), "title": ["A"] * 11}), path)
    monkeypatch.setattr("storage.catalogue.catalogue_files.MOST_ROWS", 10)
    with closing(read_rows(path)) as rows, pytest.raises(CatalogueError, match="at most 10 items"):
        next(rows)


def test_a_row_as_long_as_a_book_is_read(tmp_path: Path) -> None:
    book = "Call me Ishmael. " * 400_000
    [record] = read(write(tmp_path / "a.csv", f'id,title,description\na,A,"{book}"\n'))
    assert record.description == book.strip()


def test_the_columns_of_all_rows_together_are_counted(tmp_path: Path) -> None:
    rows = "".join(f'{{"id": {n}, "title": "A", "k{n}": 1}}\n' for n in range(MOST_COLUMNS + 1))
    with pytest.raises(CatalogueError, match="in all rows together; found 1,001"):
        read(write(tmp_path / "a.jsonl", rows))


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_rows_are_counted_empty_ones_too(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.catalogue.catalogue_files.MOST_ROWS", 10)
    row = {"a.csv": "{0},A\n", "a.jsonl": '{{"id": {0}, "title": "A"}}\n'}[name]
    head = "id,title\n" if name == "a.csv" else ""
    assert len(read(write(tmp_path / name, head + "".join(map(row.format, range(10)))))) == 10
    for rest in ("".join(map(row.format, range(11))), "\n" * 30 + row.format(1)):
        with pytest.raises(CatalogueError, match="at most 10 items"):
            read(write(tmp_path / name, head + rest))


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "b.parquet")
    with pytest.raises(CatalogueError, match="found a device"):
        read(tmp_path / "a.csv")
    with pytest.raises(CatalogueError, match="found a pipe"):
        read(tmp_path / "b.parquet")


@pytest.mark.slow
def test_parquet_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    length = 30_000_000
    values = pa.array(np.zeros(length, np.int8))
    column = pa.ListArray.from_arrays([0, length], values)
    pq.write_table(pa.table({"id": ["a"], "title": ["A"], "kinds": column}), path)
    assert path.stat().st_size < 10_000
    with pytest.raises(CatalogueError, match="within 400 MB; found more than"):
        read(path)


def test_parquet_values_are_read_as_what_they_stand_for(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = {
        "id": [1],
        "title": ["A"],
        "popularity": [Decimal("2.5")],
        "day": [date(1995, 1, 2)],
        "at": [datetime(1995, 1, 2, 3, 4)],
        "flags": [[True, None, False]],
        "nothing": [float("nan")],
    }
    pq.write_table(pa.table(table), path)
    [record] = read(path)
    assert (record.item_id, record.popularity) == ("1", 2.5)
    assert dict(record.attributes) == {
        "day": ["1995-01-02"],
        "at": ["1995-01-02T03:04:00"],
        "flags": ["true", "false"],
    }
    pq.write_table(pa.table({**table, "raw": [b"\xff"]}), path)
    with pytest.raises(CatalogueError, match=r"row 1.*`raw`.*bytes"):
        read(path)


def test_the_process_that_reads_parquet_ends_with_who_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    ids = [str(number) for number in range(50_000)]
    pq.write_table(pa.table({"id": ids, "title": ids}), path)
    before = set(psutil.Process().children())
    rows = read_catalogue(path)
    next(rows)
    [child] = set(psutil.Process().children()) - before
    rows.close()
    assert not child.is_running()
