"""Files that were brought: where they lie, how many, and when they are gone."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.web.requests.uploads import TYPES, UploadError, Uploads
from storage.catalogue.catalogue_files import READERS


@pytest.fixture
def uploads(tmp_path: Path) -> Iterator[Uploads]:
    opened = Uploads(tmp_path / "uploads", largest=100, most_bytes=300, most_files=3)
    yield opened
    opened.close()


def bring(
    uploads: Uploads, name: str = "films.csv", content: bytes = b"id,title", party: str = ""
) -> str:
    with uploads.room_for(len(content), party):
        return uploads.keep(name, io.BytesIO(content), party)


def test_each_kind_of_file_that_is_offered_is_read() -> None:
    assert set(TYPES) == set(READERS)


def test_a_file_is_known_by_a_token_and_by_no_path(uploads: Uploads, tmp_path: Path) -> None:
    called = bring(uploads)
    path = uploads.path(called)

    assert called.endswith("/films.csv")
    assert str(tmp_path) not in called
    assert path is not None
    assert path.read_bytes() == b"id,title"
    assert stat.S_IMODE(uploads.folder.stat().st_mode) == 0o700
    token = called.partition("/")[0]
    for other in (f"{token}/x.csv", f"{token}/../films.csv", str(path), "films.csv", "", "../x"):
        assert uploads.path(other) is None


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("/etc/../a/films.csv", "films.csv"),
        (r"C:\Users\ana\films.csv", "films.csv"),
        ("..csv", "..csv"),
        ("a\x00<b>\n.csv", "a-b-.csv"),
        ("é" * 300 + ".csv", "é" * 96 + ".csv"),
    ],
)
def test_a_name_is_the_file_s_own_in_plain_letters(uploads: Uploads, name: str, kept: str) -> None:
    assert bring(uploads, name).partition("/")[2] == kept


@pytest.mark.parametrize("name", ["films.exe", "films", "", "films.csv.html", ".csv"])
def test_only_what_a_catalogue_is_read_from_is_kept(uploads: Uploads, name: str) -> None:
    with pytest.raises(UploadError, match="catalogue file"):
        bring(uploads, name)
    assert len(list(uploads.folder.iterdir())) == 1, "the lock alone"


def test_there_is_room_for_so_many_and_so_much(uploads: Uploads) -> None:
    with pytest.raises(UploadError) as large, uploads.room_for(101):
        pass
    bring(uploads, content=b"x" * 100)
    with ExitStack() as coming:
        coming.enter_context(uploads.room_for(None))
        coming.enter_context(uploads.room_for(100))
        with pytest.raises(UploadError) as full, uploads.room_for(1):
            pass
    assert (large.value.status, full.value.status) == (413, 503)
    bring(uploads)
    bring(uploads)
    with pytest.raises(UploadError, match="room for one more"):
        bring(uploads)


def test_a_newcomer_s_file_takes_the_place_of_the_oldest_of_whoever_has_most(
    uploads: Uploads,
) -> None:
    first, second, third = (bring(uploads, party="a") for _ in range(3))
    newcomer = bring(uploads, party="b")
    assert [bool(uploads.path(each)) for each in (first, second, third)] == [False, True, True]
    with pytest.raises(UploadError) as full:
        bring(uploads, party="a")
    assert full.value.status == 503
    assert full.value.seconds is not None
    assert 0 < full.value.seconds <= 900
    last = bring(uploads, party="c")
    assert [bool(uploads.path(each)) for each in (second, third)] == [False, True]
    with pytest.raises(UploadError):
        bring(uploads, party="d")
    assert all(uploads.path(each) for each in (third, newcomer, last)), "nobody has more than it"


def test_bytes_are_shared_as_files_are(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, largest=100, most_bytes=300, most_files=16)
    large = [bring(uploads, content=b"x" * 100, party="a") for _ in range(3)]
    bring(uploads, content=b"x" * 100, party="b")
    assert [bool(uploads.path(each)) for each in large] == [False, True, True]
    with pytest.raises(UploadError):
        bring(uploads, content=b"x" * 100, party="b")
    assert all(uploads.path(each) for each in large[1:])
    uploads.close()


def test_files_on_their_way_from_one_party_leave_room_for_another(uploads: Uploads) -> None:
    with ExitStack() as coming:
        for _ in range(2):
            coming.enter_context(uploads.room_for(None, "a"))
        with pytest.raises(UploadError) as third, uploads.room_for(1, "a"):
            pass
        assert (third.value.status, bool(third.value.seconds)) == (503, True)
        bring(uploads, content=b"x" * 100, party="b")


def test_a_page_holds_one_file_and_loses_it_when_it_is_done(uploads: Uploads) -> None:
    first, second, another = bring(uploads), bring(uploads), bring(uploads)
    assert uploads.bring("page", first)
    assert uploads.bring("other page", another)
    assert uploads.bring("page", second)
    assert uploads.path(first) is None
    assert uploads.bring("page", second), "looking twice is no second file"

    uploads.drop("page")

    assert uploads.path(second) is None
    assert uploads.path(another) is not None
    assert uploads.bring("page", second) is None


def test_what_is_not_imported_in_time_is_removed(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, lasts=-1)
    called = bring(uploads)
    uploads.sweep()

    assert uploads.path(called) is None
    assert len(list(uploads.folder.iterdir())) == 1
    uploads.close()


def test_the_next_start_removes_what_a_killed_server_left_and_not_what_another_uses(
    tmp_path: Path,
) -> None:
    running = Uploads(tmp_path)
    called = bring(running)
    left = tmp_path / "server-killed"
    (left / "token").mkdir(parents=True)
    (left / "token" / "films.csv").write_text("id")
    other = tmp_path / "something of somebody"
    other.mkdir()

    starting = Uploads(tmp_path)

    assert not left.exists()
    assert other.exists()
    assert running.path(called) is not None
    starting.close()
    running.close()
    assert list(tmp_path.iterdir()) == [other]
