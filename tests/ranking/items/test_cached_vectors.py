from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.core import checksums
from bot.ranking.items import cached_vectors as module
from bot.ranking.items.cached_vectors import CACHED_ADAPTERS, Halves, Matrix

VECTORS = np.linspace(-2, 3, 12, dtype=np.float32).reshape(4, 3)
FEATURES = np.linspace(0, 1, 20, dtype=np.float32).reshape(4, 5)


def cached_vectors(
    folder: Path | None, start: str, digest: str, make: Callable[[], tuple[Matrix, Matrix]]
) -> tuple[Matrix, Halves]:
    return module.cached_vectors(folder, start, digest, make, rows=4, widths=(3, 5))


def made() -> tuple[Matrix, Matrix]:
    return VECTORS, FEATURES


def never() -> tuple[Matrix, Matrix]:
    raise AssertionError("it was to be read")


def seal(folder: Path) -> None:
    """Say that the files are right as they are."""
    manifest = folder / f"films-ab{checksums.SUFFIX}"
    checksums.seal(manifest, sorted(folder.glob("films-ab.*.npy")))


def is_mapped(values: Matrix | Halves) -> bool:
    return isinstance(values.base, np.memmap)


def test_what_was_made_is_read_again_from_mapped_files(tmp_path: Path) -> None:
    first = cached_vectors(tmp_path / "new", "films-", "ab", made)
    again = cached_vectors(tmp_path / "new", "films-", "ab", never)

    for place in range(2):
        assert is_mapped(first[place])
        assert is_mapped(again[place])
        np.testing.assert_array_equal(first[place], again[place])
    assert again[0].dtype == np.float32
    np.testing.assert_allclose(again[0], VECTORS, atol=2e-3)


def test_without_a_folder_the_numbers_are_the_same(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    kept = cached_vectors(tmp_path, "films-", "ab", made)
    for folder in (None, file):
        for one, two in zip(cached_vectors(folder, "films-", "ab", made), kept, strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("kind", ["vectors", "features"])
@pytest.mark.parametrize("content", [b"", b"no array", None])
def test_files_that_cannot_be_read_are_made_again(
    tmp_path: Path, kind: str, content: bytes | None
) -> None:
    cached_vectors(tmp_path, "films-", "ab", made)
    file = tmp_path / f"films-ab.{kind}.npy"
    file.write_bytes(file.read_bytes()[:-1] if content is None else content)
    found = cached_vectors(tmp_path, "films-", "ab", made)
    np.testing.assert_allclose(found[0], VECTORS, atol=2e-3)
    cached_vectors(tmp_path, "films-", "ab", never)


def test_files_of_different_catalogues_do_not_go_together(tmp_path: Path) -> None:
    cached_vectors(tmp_path, "films-", "ab", made)
    np.save(tmp_path / "films-ab.features.npy", FEATURES[:2].astype(np.float16))
    seal(tmp_path)
    found = cached_vectors(tmp_path, "films-", "ab", made)
    assert len(found[1]) == 4


@pytest.mark.parametrize(
    "wrong",
    [
        FEATURES[:, :4].astype(np.float16),
        FEATURES.astype(np.float32),
        FEATURES.astype(np.float16).T.copy().T,
        FEATURES.astype(np.float16).ravel(),
    ],
)
def test_files_of_another_make_are_made_again(tmp_path: Path, wrong: Halves) -> None:
    first = cached_vectors(tmp_path, "films-", "ab", made)[1].copy()
    np.save(tmp_path / "films-ab.features.npy", wrong)
    seal(tmp_path)
    np.testing.assert_array_equal(cached_vectors(tmp_path, "films-", "ab", made)[1], first)
    cached_vectors(tmp_path, "films-", "ab", never)


def test_no_damage_to_a_header_stops_a_start(tmp_path: Path) -> None:
    first = cached_vectors(tmp_path, "films-", "ab", made)
    file = tmp_path / "films-ab.features.npy"
    whole = file.read_bytes()
    for place in range(0, 128):
        for change in (0x04, 0x40):
            damaged = bytearray(whole)
            damaged[place] ^= change
            file.write_bytes(damaged)
            seal(tmp_path)  # so that its checksum does not tell
            found = cached_vectors(tmp_path, "films-", "ab", made)
            assert found[1].shape == first[1].shape


def test_whoever_has_the_old_files_keeps_them(tmp_path: Path) -> None:
    old = cached_vectors(tmp_path, "films-", "ab", made)
    (tmp_path / f"films-ab{checksums.SUFFIX}").unlink()
    new = cached_vectors(tmp_path, "films-", "ab", lambda: (VECTORS + 1, FEATURES))
    np.testing.assert_allclose(old[0], VECTORS, atol=2e-3)
    np.testing.assert_allclose(new[0], VECTORS + 1, atol=2e-3)


def test_the_last_used_are_kept_and_other_catalogues_left_alone(tmp_path: Path) -> None:
    cached_vectors(tmp_path, "films-of-old-", "ab", made)
    for number in range(CACHED_ADAPTERS + 2):
        cached_vectors(tmp_path, "films-", f"{number:02d}", made)
        os.utime(tmp_path / f"films-{number:02d}{checksums.SUFFIX}", (number, number))
    cached_vectors(tmp_path, "films-", "02", never)
    cached_vectors(tmp_path, "films-", "05", made)

    left = sorted(file.name for file in tmp_path.glob("*.vectors.npy"))
    assert left == [f"films-{n:02d}.vectors.npy" for n in (2, 4, 5)] + [
        "films-of-old-ab.vectors.npy"
    ]
    assert len(list(tmp_path.glob("films-*"))) == 3 * len(left)
