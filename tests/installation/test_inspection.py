"""What is looked over is told as it is, and what is damaged is no longer taken for right."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

import adapters
from adapters.models.converted_models import MANIFEST
from bot.core import checksums
from bot.core.settings import Settings
from bot.installation.inspection import Finding, check_in_background, disown_damaged, inspect
from bot.installation.setup_record import (
    all_manifests,
    is_done,
    manifests_in,
    note_file,
    write_note,
)
from storage.catalogue.catalogue_records import record_of
from storage.catalogue.catalogues import Catalogues
from storage.sql.database import open_database
from tests.tiny_model import save_tiny_model


@pytest.fixture(scope="module")
def own_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("own")).path


@pytest.fixture
def settings(tmp_path: Path, own_base: Path) -> Settings:
    """A base model that somebody brought, no adapter, and nothing made yet."""
    return Settings(
        home=tmp_path / "home", base_model=str(own_base), adapter="none", catalogue="few"
    )


@pytest.fixture
def made(settings: Settings, own_base: Path) -> Path:
    """A data folder with a database and what was prepared; gives a prepared file."""
    from adapters.models.base_model import describe_folder

    database = open_database(None, settings.home)
    catalogues = Catalogues(database)
    catalogues.replace("few", [record_of({"id": "a", "title": "A"}, "a")], "here")
    info = catalogues.info("few")
    database.close()
    assert info is not None
    file = settings.home / "prepared" / "terms-few-1.pickle"
    file.parent.mkdir()
    file.write_bytes(b"content")
    checksums.seal(file.with_suffix(checksums.SUFFIX), [file])
    base = describe_folder(own_base)
    write_note(note_file(settings, base.path, base.sha256, info.fingerprint), settings.home, 0)
    return file


def states(settings: Settings) -> dict[str, str]:
    """The state of each finding, by the last part of its name."""
    return {finding.name.rpartition("/")[2]: finding.state for finding in inspect(settings)}


def content_of(folder: Path) -> dict[Path, tuple[bytes, int]]:
    return {
        path: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_nothing_made_yet_is_missing_and_nothing_is_made(settings: Settings) -> None:
    found = list(inspect(settings))
    assert [each.state for each in found] == ["missing", "right"]
    assert "tastebot setup" in found[0].remedy
    assert not settings.home.exists()


def test_all_that_is_right_is_told_and_left_as_it_is(settings: Settings, made: Path) -> None:
    before = content_of(settings.home)
    assert set(states(settings).values()) == {"right"}
    assert made.name in states(settings)
    made.touch()  # looks touched, and is not marked as seen
    before[made] = (made.read_bytes(), made.stat().st_mtime_ns)
    assert set(states(settings).values()) == {"right"}
    assert content_of(settings.home) == before


@pytest.mark.parametrize(("damage", "state"), [("altered", "wrong"), ("deleted", "missing")])
def test_a_prepared_file_that_is_damaged_is_named(
    settings: Settings, made: Path, damage: str, state: str
) -> None:
    made.write_bytes(b"c0ntent") if damage == "altered" else made.unlink()
    assert states(settings)[made.name] == state


def test_what_setup_saw_made_and_is_gone_altogether_is_missing(
    settings: Settings, made: Path
) -> None:
    manifest = made.with_suffix(checksums.SUFFIX)
    checksums.drop(manifest)
    assert states(settings)[manifest.name] == "missing"


def test_what_setup_never_saw_is_missing(settings: Settings, made: Path) -> None:
    (note,) = made.parent.glob("set-up-*")
    note.unlink()
    assert states(settings)["what is prepared"] == "missing"


def test_a_base_whose_card_is_damaged_is_told_by_that(settings: Settings) -> None:
    from adapters.models.base_model import DEFAULT_NAME
    from adapters.models.converted_models import CARD

    default = settings.model_copy(update={"base_model": None})
    folder = settings.home / "models" / DEFAULT_NAME
    folder.mkdir(parents=True)
    (folder / CARD).write_text("{")
    checksums.seal(folder / MANIFEST, [folder / CARD])
    assert states(default)[CARD] == "right"
    (folder / CARD).write_text("}")
    assert states(default)[CARD] == "wrong"
    assert states(default)["base model"] == "missing"


def test_another_catalogue_is_missing(settings: Settings, made: Path) -> None:
    other = settings.model_copy(update={"catalogue": "others"})
    assert states(other)["catalogue others"] == "missing"


def test_a_base_model_that_somebody_brought_is_told_by_what_is_wrong_with_it(
    settings: Settings, made: Path, tmp_path: Path
) -> None:
    base = save_tiny_model(tmp_path / "broken").path
    broken = settings.model_copy(update={"base_model": str(base)})
    (base / "tokenizer.json").write_text("{")
    (found,) = (each for each in inspect(broken) if "base model" in each.name)
    assert (found.state, "tokeniser" in found.found) == ("wrong", True)
    (base / "model.safetensors").write_bytes(b"")
    (found,) = (each for each in inspect(broken) if "base model" in each.name)
    assert (found.state, "model.safetensors" in found.found) == ("wrong", True)


def test_a_damaged_adapter_is_told_with_what_to_do(settings: Settings, tmp_path: Path) -> None:
    import shutil

    shipped = Path(adapters.__file__).parent / "tastebot-films"
    folder = tmp_path / "adapter"
    shutil.copytree(shipped, folder)
    with_it = settings.model_copy(update={"adapter": str(folder)})
    assert list(inspect(with_it))[-1] == Finding(f"adapter {folder}", "right")
    (folder / "ranking.json").write_text("{}")
    found = list(inspect(with_it))[-1]
    assert (found.state, "ranking.json" in found.found) == ("wrong", True)


def test_what_is_damaged_is_made_again_by_whoever_reads_it_next(
    settings: Settings, made: Path
) -> None:
    manifest = made.with_suffix(checksums.SUFFIX)
    assert disown_damaged(settings.home) == []
    made.write_bytes(b"c0ntent")
    assert [fault.file for fault in disown_damaged(settings.home)] == [made]
    assert not manifest.exists()


def test_a_damaged_base_keeps_its_manifest_and_is_looked_at_anew(settings: Settings) -> None:
    folder = settings.home / "models" / "base"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    checksums.seal(folder / MANIFEST, [folder / "model.safetensors"])
    text = (folder / MANIFEST).read_text()
    digit = text[text.index("sha256") + 10]
    (folder / MANIFEST).write_text(text.replace(f'"sha256": "{digit}', '"sha256": "x'))
    assert checksums.faults(folder / MANIFEST) == ()  # as after a change that left no trace
    assert len(disown_damaged(settings.home)) == 1
    assert len(checksums.faults(folder / MANIFEST)) == 1


def test_a_server_tells_of_damage_while_it_runs(
    settings: Settings, made: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ready = Event()
    ready.set()
    check_in_background(settings.home, ready, start=0.0)
    assert caplog.messages == []
    made.write_bytes(b"c0ntent")
    check_in_background(settings.home, ready, start=0.0)
    (said,) = caplog.messages
    assert made.name in said
    assert "made_again_at_the_next_start" in said


def test_a_note_counts_only_with_all_that_it_names(settings: Settings, made: Path) -> None:
    (note,) = made.parent.glob("set-up-*")
    assert manifests_in(note) == list(all_manifests(settings.home))
    assert is_done(note)
    note.write_text('["prepared/none.sums.json"]')
    assert not is_done(note)
    for content in ("", "[", "1", "[1]"):
        note.write_text(content)
        assert manifests_in(note) is None
        assert not is_done(note)
