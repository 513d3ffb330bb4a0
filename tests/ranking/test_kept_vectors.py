from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.ranking import kept_vectors as module
from bot.ranking.kept_vectors import ABANDONED, KEPT, Halves, Matrix

VECTORS = np.linspace(-2, 3, 12, dtype=np.float32).reshape(4, 3)
FEATURES = np.linspace(0, 1, 20, dtype=np.float32).reshape(4, 5)


def kept_vectors(
    folder: Path | None, start: str, digest: str, make: Callable[[], tuple[Matrix, Matrix]]
) -> tuple[Matrix, Halves]:
    return module.kept_vectors(folder, start, digest, make, rows=4, widths=(3, 5))


def made() -> tuple[Matrix, Matrix]:
    return VECTORS, FEATURES


def never() -> tuple[Matrix, Matrix]:
    raise AssertionError("it was to be read")


def is_mapped(values: Matrix | Halves) -> bool:
    return isinstance(values.base, np.memmap)


def test_what_was_made_is_read_again_from_mapped_files(tmp_path: Path) -> None:
    first = kept_vectors(tmp_path / "new", "films-", "ab", made)
    again = kept_vectors(tmp_path / "new", "films-", "ab", never)

    for place in range(2):
        assert is_mapped(first[place])
        assert is_mapped(again[place])
        np.testing.assert_array_equal(first[place], again[place])
    assert again[0].dtype == np.float32
    np.testing.assert_allclose(again[0], VECTORS, atol=2e-3)


def test_without_a_folder_the_numbers_are_the_same(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    kept = kept_vectors(tmp_path, "films-", "ab", made)
    for folder in (None, file):
        for one, two in zip(kept_vectors(folder, "films-", "ab", made), kept, strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("kind", ["vectors", "features"])
@pytest.mark.parametrize("content", [b"", b"no array", None])
def test_files_that_cannot_be_read_are_made_again(
    tmp_path: Path, kind: str, content: bytes | None
) -> None:
    kept_vectors(tmp_path, "films-", "ab", made)
    file = tmp_path / f"films-ab.{kind}.npy"
    file.write_bytes(file.read_bytes()[:-1] if content is None else content)
    found = kept_vectors(tmp_path, "films-", "ab", made)
    np.testing.assert_allclose(found[0], VECTORS, atol=2e-3)
    kept_vectors(tmp_path, "films-", "ab", never)


def test_files_of_different_catalogues_do_not_go_together(tmp_path: Path) -> None:
    kept_vectors(tmp_path, "films-", "ab", made)
    np.save(tmp_path / "films-ab.features.npy", FEATURES[:2].astype(np.float16))
    found = kept_vectors(tmp_path, "films-", "ab", made)
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
    first = kept_vectors(tmp_path, "films-", "ab", made)[1].copy()
    np.save(tmp_path / "films-ab.features.npy", wrong)
    np.testing.assert_array_equal(kept_vectors(tmp_path, "films-", "ab", made)[1], first)
    kept_vectors(tmp_path, "films-", "ab", never)


def test_no_damage_to_a_header_stops_a_start(tmp_path: Path) -> None:
    first = kept_vectors(tmp_path, "films-", "ab", made)
    file = tmp_path / "films-ab.features.npy"
    whole = file.read_bytes()
    for place in range(0, 128):
        for change in (0x04, 0x40):
            damaged = bytearray(whole)
            damaged[place] ^= change
            file.write_bytes(damaged)
            found = kept_vectors(tmp_path, "films-", "ab", made)
            assert found[1].shape == first[1].shape


def test_what_earlier_versions_and_killed_ones_left_is_removed(tmp_path: Path) -> None:
    for name in ("films-ab.npz", "films-ab.vectors.1.partial", "films-ab.features.2.partial"):
        (tmp_path / name).write_bytes(b"")
    os.utime(tmp_path / "films-ab.vectors.1.partial", (ABANDONED, ABANDONED))
    kept_vectors(tmp_path, "films-", "ab", made)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "films-ab.features.2.partial",
        "films-ab.features.npy",
        "films-ab.vectors.npy",
    ]


def test_the_newest_are_kept_and_other_catalogues_left_alone(tmp_path: Path) -> None:
    kept_vectors(tmp_path, "films-of-old-", "ab", made)
    for number in range(KEPT + 2):
        kept_vectors(tmp_path, "films-", f"{number:02d}", made)
        for file in tmp_path.glob(f"films-{number:02d}.*"):
            os.utime(file, (number, number))

    left = sorted(file.name for file in tmp_path.glob("*.vectors.npy"))
    assert left == [f"films-{n:02d}.vectors.npy" for n in (2, 3, 4)] + [
        "films-of-old-ab.vectors.npy"
    ]
    assert len(list(tmp_path.iterdir())) == 2 * len(left)
