from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core import data_folder
from bot.core.data_folder import close_to_others, make_home, private_file, private_folder


@pytest.fixture(autouse=True, params=[0o000, 0o022])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_folder_is_made_for_its_owner_with_all_that_were_missing(tmp_path: Path) -> None:
    outside = mode(tmp_path)
    private_folder(tmp_path / "a" / "b" / "c")
    private_folder(tmp_path / "a" / "b" / "c")
    assert [mode(tmp_path / each) for each in ("a", "a/b", "a/b/c")] == [0o700] * 3
    assert mode(tmp_path) == outside


def test_a_folder_in_whose_place_a_file_is_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    for folder in (tmp_path / "a", tmp_path / "a" / "b"):
        with pytest.raises(OSError, match="a"):
            private_folder(folder)


def test_a_file_is_its_owners_from_the_first_moment(tmp_path: Path) -> None:
    private_file(tmp_path / "a")
    assert mode(tmp_path / "a") == 0o600
    (tmp_path / "a").write_text("kept")
    private_file(tmp_path / "a")
    assert (tmp_path / "a").read_text() == "kept"


def test_a_chosen_home_is_closed_to_others_where_it_serves_nothing_else(tmp_path: Path) -> None:
    empty, used, shared = (tmp_path / name for name in ("empty", "used", "shared"))
    for folder in (empty, used, shared):
        folder.mkdir()
        folder.chmod(0o755)
    shared.chmod(0o1777)
    (used / "models").mkdir()
    (used / "tastebot.sqlite3").touch()
    for folder in (empty, used, shared):
        assert make_home(folder) is None
    assert [mode(each) for each in (empty, used, shared)] == [0o700, 0o700, 0o777]


def test_the_default_home_is_closed_to_others_and_one_with_other_things_in_it_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    default, chosen = tmp_path / "default", tmp_path / "chosen"
    for folder in (default, chosen):
        folder.mkdir()
        folder.chmod(0o755)
        (folder / "letters").touch()
    monkeypatch.setattr(data_folder, "default_home", lambda: default)
    assert make_home(default) is None
    assert make_home(chosen) is None
    assert make_home(tmp_path / "new" / "home") is None
    assert [mode(default), mode(chosen), mode(tmp_path / "new" / "home")] == [0o700, 0o755, 0o700]


def test_what_is_another_users_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_file = tmp_path / "open"
    open_file.touch()
    open_file.chmod(0o644)
    monkeypatch.setattr(os, "getuid", lambda: open_file.stat().st_uid + 1)
    told = close_to_others(open_file)
    assert told is not None
    assert f"chmod go= {open_file}" in told
    assert mode(open_file) == 0o644
    assert close_to_others(tmp_path / "none") is None
