"""A manifest tells every kind of damage, and a file is written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO

import pytest

from bot.core import checksums
from bot.core.checksums import Fault, being_written, faults, is_whole, keep, locked, seal

CONTENT = bytes(range(256)) * 40
NAMES = ("one.npy", "two.npy")


def writer(content: bytes) -> Callable[[BinaryIO], None]:
    def write(out: BinaryIO) -> None:
        out.write(content)

    return write


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A manifest with two files beside it."""
    file = tmp_path / "kept" / f"both{checksums.SUFFIX}"
    keep(
        file,
        {file.parent / name: writer(CONTENT) for name in NAMES},
    )
    return file


def altered(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def altered_behind_its_time(file: Path) -> None:
    was = file.stat()
    altered(file)
    os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))


def a_folder(file: Path) -> None:
    file.unlink()
    (file / "below").mkdir(parents=True)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": lambda file: file.unlink(),
    "0 bytes long where 10,240": lambda file: file.write_bytes(b""),
    "10,239 bytes long": lambda file: file.write_bytes(CONTENT[:-1]),
    "checksum": altered,
    "checksum differs": altered_behind_its_time,
    "(its checksum": lambda file: file.write_bytes(bytes(len(CONTENT))),
    "unreadable": a_folder,
}


@pytest.mark.parametrize("said", DAMAGES)
def test_every_damage_is_found_and_said(manifest: Path, said: str) -> None:
    assert faults(manifest) == ()
    file = manifest.parent / NAMES[1]
    DAMAGES[said](file)
    (found,) = faults(manifest)
    assert found.file == file
    assert said in str(found)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff", b'{"format": 1, "files": {"../x": {}}}', b'{"format": 9}'],
)
def test_a_manifest_that_is_none_vouches_for_nothing(manifest: Path, content: bytes) -> None:
    manifest.write_bytes(content)
    assert faults(manifest) == (Fault(manifest, "unreadable"),)
    manifest.unlink()
    assert faults(manifest) == (Fault(manifest, "missing"),)


def test_only_what_looks_touched_is_read_at_a_start(
    manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    real = checksums._sha256

    def counted(*given: Any) -> str:
        read.append(1)
        return real(*given)

    monkeypatch.setattr(checksums, "_sha256", counted)
    assert faults(manifest) == ()
    assert not read
    (manifest.parent / NAMES[0]).touch()
    assert faults(manifest, mark=False) == ()
    assert len(read) == 1
    assert faults(manifest) == ()
    assert len(read) == 2
    assert faults(manifest) == ()  # it was marked as seen
    assert len(read) == 2
    assert faults(manifest, full=True) == ()
    assert len(read) == 4


def test_what_rots_under_an_unchanged_mark_is_found_by_reading_it_through(manifest: Path) -> None:
    document = json.loads(manifest.read_text())
    document["files"][NAMES[0]]["sha256"] = "0" * 64
    manifest.write_text(json.dumps(document))
    assert faults(manifest) == ()
    (found,) = faults(manifest, full=True)
    assert found.file.name == NAMES[0]


def test_damage_is_told_once_it_is_found_but_nothing_is_before_anything_was_made(
    manifest: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert not is_whole(manifest.with_name(f"other{checksums.SUFFIX}"), "another")
    assert is_whole(manifest, "the pair")
    assert caplog.messages == []
    altered(manifest.parent / NAMES[0])
    assert not is_whole(manifest, "the pair")
    (said,) = caplog.messages
    assert "made_again" in said
    assert "the pair" in said
    assert NAMES[0] in said


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")

    def fail_halfway() -> None:
        with being_written(file) as out:
            out.write(b"new")
            raise ValueError("halfway")

    with pytest.raises(ValueError, match="halfway"):
        fail_halfway()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_whoever_has_the_old_file_open_keeps_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    with file.open("rb") as opened:
        with being_written(file) as out:
            out.write(b"new")
        assert opened.read() == b"old"
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_killed_before_the_manifest_is_not_trusted(manifest: Path) -> None:
    def killed(out: object) -> None:
        raise KeyboardInterrupt

    new = {manifest.parent / NAMES[0]: writer(b"new")}
    with pytest.raises(KeyboardInterrupt):
        keep(manifest, {**new, manifest.parent / NAMES[1]: killed})
    assert [fault.file.name for fault in faults(manifest)] == [NAMES[0]]


def test_a_lock_that_another_has_is_not_waited_for_unless_asked(tmp_path: Path) -> None:
    found = []

    def look() -> None:
        with locked(tmp_path / ".lock", wait=False) as alone:
            found.append(alone)

    with locked(tmp_path / ".lock") as alone:
        assert alone
        other = Thread(target=look)
        other.start()
        other.join()
    look()
    assert found == [False, True]


def test_where_nothing_can_be_locked_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object, **more: object) -> None:
        raise NotImplementedError("no flock here")

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    with pytest.raises(OSError, match="lock"):
        keep(tmp_path / f"one{checksums.SUFFIX}", {tmp_path / "one": writer(CONTENT)})


def test_dropping_removes_the_files_with_their_manifest(manifest: Path) -> None:
    other = manifest.parent / "other"
    other.write_bytes(b"")
    seal(manifest.with_name(f"other{checksums.SUFFIX}"), [other])
    checksums.drop(manifest)
    assert sorted(path.name for path in manifest.parent.iterdir() if path.suffix != ".lock") == [
        ".lock",
        "other",
        f"other{checksums.SUFFIX}",
    ]
