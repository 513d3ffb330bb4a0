"""What killed work and earlier versions left goes; what is in use, or another's, stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core import checksums
from bot.installation.leftovers import clear_leftovers
from bot.installation.setup_record import NOTE


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with a prepared file, a model, and what has nothing to do with them."""
    prepared, models = tmp_path / "prepared", tmp_path / "models"
    for folder, name in ((prepared, "terms-films-1.pickle"), (models, "int8-a-b.safetensors")):
        file = folder / name
        folder.mkdir()
        file.write_bytes(b"content")
        checksums.seal(file.with_suffix(checksums.SUFFIX), [file])
    (prepared / f"{NOTE}1").write_text('["prepared/terms-films-1.sums.json"]')
    (models / "own").mkdir()
    (models / "own" / "model.safetensors").write_bytes(b"")
    (prepared / "notes.txt").write_text("mine")
    (tmp_path / "tastebot.sqlite3").write_bytes(b"")
    return tmp_path


LEFT = (
    "prepared/films-1.npz",  # an earlier version's
    "prepared/films-2.vectors.npy",  # whose manifest was never written
    "prepared/items-films-1.pickle",
    "prepared/items-films-1.pickle.x.partial",
    "prepared/films-1.vectors.17.partial",
    f"prepared/{NOTE}2",  # an earlier version's
    "models/int8-c-d.safetensors",
    "models/layers-c-d.onnx",
    "models/layers-c-d.data",
    "models/step-c-d.onnx",
    "models/.int8-abc/layers.onnx",
    "models/int8-a-b.sums.json.x.partial",
    "models/.SmolLM2.partial-abc/pip/some.whl",
    "models/own/base.sums.json.x.partial",
)


def paths(home: Path) -> set[str]:
    """All files in the home but locks."""
    return {
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and path.suffix != ".lock" and path.name != ".lock"
    }


def leave(home: Path) -> None:
    for name in LEFT:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"half")


def test_only_what_was_left_goes(home: Path) -> None:
    before = paths(home)
    assert clear_leftovers(home) == []
    leave(home)
    removed = clear_leftovers(home)
    assert paths(home) == before
    assert len(removed) == len(LEFT)
    assert clear_leftovers(home) == []


def test_a_home_that_is_not_there_is_left_so(tmp_path: Path) -> None:
    assert clear_leftovers(tmp_path / "none") == []
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("lock", "kept"),
    [
        ("prepared/.lock", "prepared/"),
        ("models/.int8.lock", "models/.int8-abc"),
        ("models/.SmolLM2.lock", "models/.SmolLM2.partial-"),
    ],
)
def test_what_another_process_is_making_stays(home: Path, lock: str, kept: str) -> None:
    leave(home)
    with checksums.locked(home / lock):
        clear_leftovers(home)
        assert {name for name in LEFT if name.startswith(kept)} <= paths(home)
    clear_leftovers(home)
    assert not set(LEFT) & paths(home)
