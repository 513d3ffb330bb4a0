from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bot.ranking.kept_vectors import KEPT, Halves, Matrix, kept_vectors

VECTORS = np.linspace(-2, 3, 12, dtype=np.float32).reshape(4, 3)
FEATURES = np.linspace(0, 1, 20, dtype=np.float32).reshape(4, 5)


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
