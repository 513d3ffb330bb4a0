"""A database is looked at without being changed, and what is wrong is said in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from storage.catalogue.catalogue_records import record_of
from storage.catalogue.catalogues import Catalogues
from storage.health import look_at_database
from storage.sql.database import FILE_NAME, open_database


@pytest.fixture
def home(tmp_path: Path) -> Path:
    database = open_database(None, tmp_path)
    Catalogues(database).replace("few", [record_of({"id": "a", "title": "A"}, "a")], "here")
    database.close()
    return tmp_path


def test_a_right_one_is_told_with_its_catalogues_and_nothing_is_written(home: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.iterdir()}
    found = look_at_database(None, home)
    assert (found.exists, found.fault) == (True, None)
    assert list(found.catalogues or {}) == ["few"]
    assert {path: path.stat().st_mtime_ns for path in home.iterdir()} == before


def test_one_that_is_open_is_read_as_it_is_now(home: Path) -> None:
    database = open_database(None, home)
    Catalogues(database).replace("more", [record_of({"id": "b", "title": "B"}, "b")], "here")
    assert sorted(look_at_database(None, home).catalogues or {}) == ["few", "more"]
    database.close()


def test_none_is_not_made(tmp_path: Path) -> None:
    assert not look_at_database(None, tmp_path).exists
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["zeros", "cut short", "flipped", "no database", "a folder"])
def test_a_damaged_one_is_told_in_one_line(home: Path, damage: str) -> None:
    file = home / FILE_NAME
    content = file.read_bytes()
    if damage == "a folder":
        file.unlink()
        file.mkdir()
    else:
        flipped = content[: 4 * 4096] + bytes(4096 * 8) + content[12 * 4096 :]
        file.write_bytes(
            {
                "zeros": bytes(len(content)),
                "cut short": content[: len(content) // 2],
                "flipped": flipped,
                "no database": b"hello" * 1000,
            }[damage]
        )
    found = look_at_database(None, home)
    assert found.fault is not None
    assert "\n" not in found.fault
    assert "backup" in found.remedy


def test_another_version_is_told(home: Path) -> None:
    database = open_database(None, home)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    assert "9999" in str(look_at_database(None, home).fault)


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    assert look_at_database("nonsense", tmp_path).fault
    assert look_at_database("nobody://x/y", tmp_path).fault
