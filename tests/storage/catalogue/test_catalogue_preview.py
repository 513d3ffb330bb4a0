from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import CatalogueError
from storage.catalogue.catalogue_preview import (
    ERRORS_SHOWN,
    MOST_WRONG,
    ROWS_SHOWN,
    preview_catalogue,
)
from storage.catalogue.catalogues import Catalogues


def written(folder: Path, text: str, name: str = "things.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_shows_its_first_items_and_counts_all(tmp_path: Path) -> None:
    lines = "".join(f"k{n},Kettle {n},199{n},Steel|Red\n" for n in range(8))
    preview = preview_catalogue(written(tmp_path, f"id,title,year,kinds\n{lines}"))

    assert preview.size == 8
    assert preview.errors == ()
    assert preview.columns == ("title", "year", "kinds")
    assert len(preview.rows) == ROWS_SHOWN
    assert preview.rows[0] == ("Kettle 0", "1990", "Steel, Red")


def test_every_wrong_row_is_named(tmp_path: Path) -> None:
    preview = preview_catalogue(
        written(tmp_path, "id,title,year\na,One,1990\n,Two,1991\nc,Three,soon\na,Four,1993\ne\n")
    )

    assert preview.size == 1
    assert preview.wrong == 4
    assert [error.split(":")[0] for error in preview.errors] == [
        "row 2 (line 3)",
        "row 3 (line 4)",
        "row 4 (line 5)",
        "row 5 (line 6)",
    ]
    assert "'a', which row 1" in preview.errors[2]


def test_of_many_errors_the_first_are_told_and_all_are_counted(tmp_path: Path) -> None:
    preview = preview_catalogue(written(tmp_path, "id,title\n" + ",nameless\n" * 50))

    assert preview.wrong == 50
    assert len(preview.errors) == ERRORS_SHOWN


def test_a_file_that_is_all_wrong_is_not_read_to_its_end(tmp_path: Path) -> None:
    rows = ",nameless\n" * (MOST_WRONG + 100)
    preview = preview_catalogue(written(tmp_path, f"id,title\n{rows}a,A\n"))

    assert (preview.wrong, preview.size) == (MOST_WRONG, 0)


def test_a_file_that_cannot_be_read_at_all_says_why(tmp_path: Path) -> None:
    preview = preview_catalogue(written(tmp_path, "name\nKettle\n"))

    assert preview.size == 0
    assert "`id` and `title`" in preview.errors[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "id,title\na,One\n,Two\n"),
        ("a.csv", "id,title\na,One\na,Two\n"),
        ("a.jsonl", '{"id": "a", "title": "One"}\n[]\n'),
        ("a.jsonl", ""),
        ("a.txt", "id,title\na,One\n"),
    ],
)
def test_what_a_preview_finds_wrong_the_import_refuses(
    tmp_path: Path, catalogues: Catalogues, name: str, text: str
) -> None:
    path = written(tmp_path, text, name)

    assert preview_catalogue(path).errors
    with pytest.raises(CatalogueError):
        catalogues.import_file("things", path)
    assert catalogues.info("things") is None


@pytest.mark.parametrize("name", ["tsv.tsv", "array.json"])
def test_small_files_as_people_have_them_are_shown(name: str) -> None:
    preview = preview_catalogue(Path(__file__).parents[1] / "catalogues" / name)
    assert (preview.size, preview.errors) == (1, ())
    assert preview.rows[0][0] == "Alpha"
