from __future__ import annotations

import os
import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import bot.understanding
from bot.core import checksums
from bot.core.artifact_cache import _source_digest, cached, cached_items
from bot.core.protocols import Catalogue
from bot.core.values import Item
from tests.memory_catalogue import MemoryCatalogue
from tests.small_films import FILMS

CATALOGUE = MemoryCatalogue(FILMS)
READERS = (bot.understanding,)


def cached_files(folder: Path) -> list[Path]:
    """The files in a folder, each with its manifest beside it."""
    files = sorted(folder.glob("*.pickle"))
    beside = [folder / ".lock", *(file.with_suffix(checksums.SUFFIX) for file in files)]
    assert sorted(folder.iterdir()) == sorted([*files, *beside])
    return files


class Maker:
    """Makes something that holds the catalogue and an item, and counts how often."""

    def __init__(self, catalogue: Catalogue = CATALOGUE) -> None:
        self.catalogue = catalogue
        self.times = 0

    def __call__(self) -> dict[str, Any]:
        self.times += 1
        return {"all": self.catalogue, "one": self.catalogue.items[1], "number": self.times}

    def in_(self, folder: Path | None, inputs: bytes = b"") -> dict[str, object]:
        return cached(
            self,
            name="thing",
            catalogue=self.catalogue,
            folder=folder,
            packages=(bot.understanding,),
            inputs=inputs,
        )


def test_it_is_made_once_and_refers_to_the_catalogue_at_hand(tmp_path: Path) -> None:
    make = Maker()
    make.in_(tmp_path / "kept")
    again = make.in_(tmp_path / "kept")
    assert make.times == 1
    assert again["all"] is CATALOGUE
    assert again["one"] is CATALOGUE.items[1]


def test_what_is_made_is_told_with_its_seconds_and_what_is_kept_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot")
    make = Maker()
    make.in_(tmp_path)
    make.in_(tmp_path)
    [told] = (record.msg for record in caplog.records)
    assert isinstance(told, dict)
    assert (told["event"], told["name"]) == ("cache_rebuilt", f"thing-{CATALOGUE.name}")
    assert 0 <= told["seconds"] < 60


def test_other_inputs_or_another_catalogue_make_it_anew_and_the_old_one_goes(
    tmp_path: Path,
) -> None:
    make = Maker()
    make.in_(tmp_path)
    assert make.in_(tmp_path, b"other")["number"] == 2
    other = Maker(MemoryCatalogue(FILMS[:3]))
    assert other.in_(tmp_path)["all"] is other.catalogue
    assert other.times == 1
    assert len(cached_files(tmp_path)) == 1


@pytest.mark.parametrize("fault", [b"", b"cut short", pickle.dumps(print)[:-3]])
def test_a_broken_file_is_made_again(tmp_path: Path, fault: bytes) -> None:
    make = Maker()
    make.in_(tmp_path)
    (file,) = cached_files(tmp_path)
    file.write_bytes(fault)
    assert make.in_(tmp_path)["number"] == 2
    assert make.in_(tmp_path)["number"] == 2


def test_what_was_altered_is_never_unpickled(tmp_path: Path) -> None:
    make = Maker()
    make.in_(tmp_path / "kept")
    (file,) = cached_files(tmp_path / "kept")
    times = file.stat()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # as if it had never been touched
    assert make.in_(tmp_path / "kept")["number"] == 2


@pytest.mark.parametrize("in_the_way", ["file", "manifest"])
def test_a_folder_in_the_way_is_cleared(tmp_path: Path, in_the_way: str) -> None:
    make = Maker()
    make.in_(tmp_path)
    (file,) = cached_files(tmp_path)
    path = file if in_the_way == "file" else file.with_suffix(checksums.SUFFIX)
    path.unlink()
    (path / "below").mkdir(parents=True)
    assert make.in_(tmp_path)["number"] == 2
    assert make.in_(tmp_path)["number"] == 2


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs the permissions of POSIX")
def test_a_file_that_others_may_write_to_is_not_read(tmp_path: Path) -> None:
    make = Maker()
    make.in_(tmp_path)
    (file,) = cached_files(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o666)
    assert make.in_(tmp_path)["number"] == 2


def test_without_a_folder_or_with_one_that_cannot_be_made_it_is_made_each_time(
    tmp_path: Path,
) -> None:
    make = Maker()
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    make.in_(None)
    make.in_(in_the_way)
    assert make.in_(in_the_way)["number"] == 3


def test_items_are_read_once_for_a_fingerprint(tmp_path: Path) -> None:
    read = []

    def items() -> tuple[Item, ...]:
        read.append("once")
        return tuple(FILMS)

    for _ in range(2):
        assert cached_items("films", "one", items, folder=tmp_path, packages=READERS) == tuple(
            FILMS
        )
    assert len(read) == 1
    assert cached_items("films", "two", items, folder=tmp_path, packages=READERS) == tuple(FILMS)
    assert len(read) == 2
    assert len(cached_files(tmp_path)) == 1


def test_what_refers_to_a_catalogue_does_not_pass_for_items(tmp_path: Path) -> None:
    cached_items("films", "one", lambda: tuple(FILMS), folder=tmp_path, packages=READERS)
    (kept,) = cached_files(tmp_path)
    Maker().in_(tmp_path / "other")
    (with_catalogue,) = cached_files(tmp_path / "other")
    kept.write_bytes(with_catalogue.read_bytes())
    checksums.seal(kept.with_suffix(checksums.SUFFIX), [kept])
    assert cached_items(
        "films", "one", lambda: tuple(FILMS[:1]), folder=tmp_path, packages=READERS
    ) == (FILMS[0],)


def test_a_module_by_itself_counts_and_what_stands_beside_it_does_not(tmp_path: Path) -> None:
    code, beside, make = tmp_path / "one.py", tmp_path / "two.py", Maker()
    module = ModuleType("one")
    module.__file__ = str(code)

    def times() -> int:
        _source_digest.cache_clear()  # as a new start does
        made: dict[str, Any] = cached(
            make, name="made", catalogue=CATALOGUE, folder=tmp_path / "kept", packages=(module,)
        )
        return int(made["number"])

    code.write_text("one = 1")
    assert times() == times() == 1
    beside.write_text("two = 2")
    assert times() == 1
    code.write_text("one = 2")
    assert times() == 2
