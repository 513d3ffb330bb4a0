"""Catalogue files made to do harm: each case by its name, with how its file is made.

Every maker writes at a path that it is given, at a size that grows with `scale` (1: seconds at
most). What reading them must not do is the drill's (`tests.drills.hostile_catalogues`).
"""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

MB = 1_000_000
Maker = Callable[[Path, int], object]
CASES: dict[str, tuple[str, Maker]] = {}
"""Name → (how the file's name ends, its maker)."""


def case(ending: str) -> Callable[[Maker], Maker]:
    def take(make: Maker) -> Maker:
        CASES[make.__name__.replace("_", "-")] = (ending, make)
        return make

    return take


def _repeat(path: Path, start: bytes, piece: bytes, times: int, end: bytes = b"") -> None:
    """`start`, `piece` so many times, `end`; never all of it in memory."""
    at_once = max(1, MB // len(piece))
    with path.open("wb") as file:
        file.write(start)
        for _ in range(times // at_once):
            file.write(piece * at_once)
        file.write(piece * (times % at_once))
        file.write(end)


def _rows(path: Path, start: str, rows: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(start)
        file.writelines(rows)


# CSV


@case(".csv")
def csv_with_a_quote_never_closed(path: Path, scale: int) -> None:
    _repeat(path, b'id,title\na,"', b"and so on\n", 2 * MB * scale)


@case(".csv")
def csv_of_one_endless_line(path: Path, scale: int) -> None:
    _repeat(path, b"id,title\na,", b"endless ", 4 * MB * scale)


@case(".csv")
def csv_with_a_header_of_a_million_columns(path: Path, scale: int) -> None:
    _rows(path, "id,title", (f",c{number}" for number in range(MB)))


@case(".csv")
def csv_with_a_row_of_millions_of_fields(path: Path, scale: int) -> None:
    _repeat(path, b"id,title\n", b"ab,", 2 * MB * scale)


@case(".csv")
def csv_with_a_record_over_millions_of_lines(path: Path, scale: int) -> None:
    _repeat(path, b"id,title\n", b'"x\n",', 2 * MB * scale)


@case(".csv")
def csv_of_nothing_but_quotes(path: Path, scale: int) -> None:
    _repeat(path, b"id,title\na,", b'"', 10 * MB * scale)


@case(".csv")
def csv_of_nothing_but_line_ends(path: Path, scale: int) -> None:
    _repeat(path, b"id,title\n", b"\n", 5 * MB * scale)


@case(".csv")
def csv_with_nul_bytes(path: Path, scale: int) -> None:
    path.write_bytes(b"id,title\n\x00a,\x00A\x00\x00\n")


@case(".csv")
def csv_in_utf_16(path: Path, scale: int) -> None:
    path.write_bytes("id,title\na,Ä\n".encode("utf-16"))


@case(".csv")
def csv_of_noise(path: Path, scale: int) -> None:
    path.write_bytes(random.Random(1).randbytes(5 * MB * scale))


@case(".csv")
def csv_with_a_title_of_megabytes(path: Path, scale: int) -> None:
    _repeat(path, b"id,title\na,", b"long ", MB, b"\n")


@case(".csv")
def csv_with_an_id_of_megabytes(path: Path, scale: int) -> None:
    _repeat(path, b"id,title\n", b"i", 5 * MB, b",A\n")


@case(".csv")
def csv_with_column_names_of_megabytes(path: Path, scale: int) -> None:
    _repeat(path, b"id,title,", b"name ", MB, b"\na,A,b\n")


@case(".csv")
def csv_with_the_same_id_in_every_row(path: Path, scale: int) -> None:
    _repeat(path, b"id,title\n", b"a,A\n", MB * scale)


@case(".csv")
def csv_with_a_list_of_hundreds_of_thousands(path: Path, scale: int) -> None:
    _rows(path, "id,title,kinds\na,A,", (f"k{number}|" for number in range(200_000 * scale)))


@case(".csv")
def csv_of_big_rows(path: Path, scale: int) -> None:
    with path.open("wb") as file:
        file.write(b"id,title,description\n")
        for number in range(2 * scale):
            file.write(b"%d,A,%s\n" % (number, b"long " * 800_000))


@case(".csv")
def csv_with_marks_that_turn_text_around(path: Path, scale: int) -> None:
    path.write_text("id,title,\u202ekinds\na,\u202eA\u2028\x1b[2J,\u0000\n", encoding="utf-8")


@case(".csv")
def csv_with_a_hole_of_gigabytes(path: Path, scale: int) -> None:
    path.write_bytes(b"id,title\n")
    os.truncate(path, 2_000 * MB * scale)


# JSON Lines


@case(".jsonl")
def jsonl_of_one_endless_line(path: Path, scale: int) -> None:
    _repeat(path, b'{"id": "a", "title": "', b"endless ", 4 * MB * scale)


@case(".jsonl")
def jsonl_of_lists_in_lists(path: Path, scale: int) -> None:
    _repeat(path, b'{"id": "a", "title": "A", "k": ', b"[", MB)


@case(".jsonl")
def jsonl_of_objects_in_objects(path: Path, scale: int) -> None:
    _repeat(path, b'{"id": "a", "title": "A", "k": ', b'{"k":', MB)


@case(".jsonl")
def jsonl_with_a_number_of_millions_of_digits(path: Path, scale: int) -> None:
    _repeat(path, b'{"id": "a", "title": "A", "k": ', b"9", 5 * MB, b"}\n")


@case(".jsonl")
def jsonl_with_numbers_no_column_holds(path: Path, scale: int) -> None:
    path.write_text(f'{{"id": "a", "title": "A", "year": 1e999, "k": {"9" * 4000}}}\n')


@case(".jsonl")
def jsonl_with_nan_and_infinity(path: Path, scale: int) -> None:
    path.write_text('{"id": "a", "title": "A", "popularity": -Infinity, "k": NaN}\n')


@case(".jsonl")
def jsonl_with_a_key_twice(path: Path, scale: int) -> None:
    path.write_text('{"id": "a", "title": "A", "id": "b"}\n')


@case(".jsonl")
def jsonl_with_hundreds_of_thousands_of_keys(path: Path, scale: int) -> None:
    keys = (f', "k{number}": 1' for number in range(500_000))
    path.write_text(f'{{"id": "a", "title": "A"{"".join(keys)}}}\n')


@case(".jsonl")
def jsonl_with_new_columns_in_every_row(path: Path, scale: int) -> None:
    rows = (f'{{"id": {n}, "title": "A", "k{n}": 1}}\n' for n in range(200_000 * scale))
    _rows(path, "", rows)


@case(".jsonl")
def jsonl_with_millions_of_empty_objects(path: Path, scale: int) -> None:
    _repeat(path, b'{"id": "a", "title": "A", "k": [', b"{},", 2_600_000, b"{}]}\n")


@case(".jsonl")
def jsonl_with_millions_of_small_objects(path: Path, scale: int) -> None:
    _repeat(path, b'{"id": "a", "title": "A", "k": [', b'{"a":1},', 990_000, b"{}]}\n")


@case(".jsonl")
def jsonl_with_millions_of_numbers(path: Path, scale: int) -> None:
    _repeat(path, b'{"id": "a", "title": "A", "k": [', b"1.5,", 1_900_000, b"1]}\n")


@case(".jsonl")
def jsonl_with_lone_surrogates(path: Path, scale: int) -> None:
    path.write_text('{"id": "\\ud800", "title": "\\udfff A", "\\ud800k": "\\udc00"}\n')


@case(".jsonl")
def jsonl_in_utf_16(path: Path, scale: int) -> None:
    path.write_bytes('{"id": "a", "title": "A"}\n'.encode("utf-16"))


@case(".jsonl")
def jsonl_that_is_gzip(path: Path, scale: int) -> None:
    path.write_bytes(gzip.compress(b'{"id": "a", "title": "A"}\n' * MB))


@case(".jsonl")
def jsonl_cut_short(path: Path, scale: int) -> None:
    path.write_text('{"id": "a", "title": "A"}\n{"id": "b", "ti')


@case(".jsonl")
def jsonl_of_nothing_but_line_ends(path: Path, scale: int) -> None:
    _repeat(path, b"", b"\n", 5 * MB * scale)


# Parquet


@case(".parquet")
def parquet_with_a_list_of_millions_in_two_kilobytes(path: Path, scale: int) -> None:
    import pyarrow as pa

    length = 40 * MB * min(scale, 4)
    values = pa.array(np.zeros(length, np.int8))
    _parquet(path, kinds=pa.ListArray.from_arrays([0, length], values))


@case(".parquet")
def parquet_with_one_long_text_in_every_row(path: Path, scale: int) -> None:
    import pyarrow as pa

    rows = 2_000 * scale
    text = pa.DictionaryArray.from_arrays(pa.repeat(0, rows).cast("int32"), ["long " * 600_000])
    _parquet(path, rows, description=text)


@case(".parquet")
def parquet_with_a_text_of_a_hundred_megabytes(path: Path, scale: int) -> None:
    _parquet(path, description=["x" * (100 * MB * min(scale, 4))], use_dictionary=False)


@case(".parquet")
def parquet_with_more_text_than_it_may_hold(path: Path, scale: int) -> None:
    import pyarrow as pa

    rows = 10_000 * scale
    text = pa.DictionaryArray.from_arrays(pa.repeat(0, rows).cast("int32"), ["long " * 2_000])
    _parquet(path, rows, description=text)


@case(".parquet")
def parquet_with_millions_of_empty_rows(path: Path, scale: int) -> None:
    import pyarrow as pa

    nothing = pa.nulls(MB * scale, pa.string())
    _parquet(path, id=nothing, title=nothing)


@case(".parquet")
def parquet_with_thousands_of_columns(path: Path, scale: int) -> None:
    columns: dict[str, Any] = {f"c{number}": [1] for number in range(5_000)}
    _parquet(path, **columns)


@case(".parquet")
def parquet_of_lists_in_lists(path: Path, scale: int) -> None:
    import pyarrow as pa

    deep = pa.int8()
    for _ in range(90):
        deep = pa.list_(deep)
    _parquet(path, kinds=pa.nulls(1, deep))


@case(".parquet")
def parquet_of_things_no_catalogue_has(path: Path, scale: int) -> None:
    _parquet(path, a=[{"b": 1}], c=[b"\xff"], d=[[{"e": [1]}]])


@case(".parquet")
def parquet_without_columns(path: Path, scale: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({}), path)


@case(".parquet")
def parquet_cut_short(path: Path, scale: int) -> None:
    _parquet(path)
    os.truncate(path, path.stat().st_size // 2)


@case(".parquet")
def parquet_that_lies_about_its_footer(path: Path, scale: int) -> None:
    path.write_bytes(b"PAR1" + b"\x15\x00" * 50 + b"\xff\xff\xff\x7f" + b"PAR1")


@case(".parquet")
def parquet_that_is_text(path: Path, scale: int) -> None:
    path.write_text("id,title\na,A\n")


def _altered(seed: int) -> Maker:
    """A whole file in which a few bytes were changed: sizes, counts and types that are untrue."""

    def make(path: Path, scale: int) -> None:
        _parquet(path, 500, kinds=[["a", "b"]] * 500)
        chance = random.Random(seed)
        content = bytearray(path.read_bytes())
        for _ in range(12):
            content[chance.randrange(4, len(content) - 8)] = chance.choice((0, 0x7F, 0xFF, 0x80))
        path.write_bytes(content)

    return make


for number in range(4):
    CASES[f"parquet-altered-{number}"] = (".parquet", _altered(number))


# What is no file


@case(".csv")
def link_to_a_device_without_end(path: Path, scale: int) -> None:
    path.symlink_to("/dev/zero")


@case(".parquet")
def link_to_noise_without_end(path: Path, scale: int) -> None:
    path.symlink_to("/dev/urandom")


@case(".jsonl")
def pipe_that_nobody_fills(path: Path, scale: int) -> None:
    os.mkfifo(path)


@case(".csv")
def folder(path: Path, scale: int) -> None:
    path.mkdir()


@case(".csv")
def links_in_a_ring(path: Path, scale: int) -> None:
    path.symlink_to(path.name)


def _parquet(path: Path, rows: int = 1, *, use_dictionary: bool = True, **columns: object) -> None:
    """A Parquet file with the columns that are needed and these."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    ids = [f"i{number}" for number in range(rows)]
    needed = {} if "id" in columns else {"id": ids, "title": ids}
    table = pa.table({**needed, **columns})
    pq.write_table(table, path, compression="zstd", use_dictionary=use_dictionary)


def good_file(path: Path) -> Path:
    """A file as it should be, for what comes before and after."""
    rows = [{"id": f"g{number}", "title": f"Good {number}"} for number in range(20)]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path
