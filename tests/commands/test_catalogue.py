from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Tastebot

THREE = "id,title,year,kinds,weight\na,Alpha,1990,x|y,1\nb,The Beta,,x,2.5\nc,Gamma,2001,,\n"


@pytest.fixture
def three(tmp_path: Path) -> Path:
    path = tmp_path / "three.csv"
    path.write_text(THREE)
    return path


def test_a_catalogue_is_imported_listed_shown_searched_and_deleted(
    tastebot: Tastebot, three: Path
) -> None:
    assert tastebot("catalogue", "import", "things", three).out.startswith("things: 3 items")
    assert "things" in tastebot("catalogue", "list").out
    shown = tastebot("catalogue", "show", "things").out
    assert "kinds" in shown
    assert "numbers" in shown
    assert "The Beta" in tastebot("catalogue", "search", "things", "beta").out
    assert tastebot("catalogue", "delete", "things").code == 0
    assert "things" not in tastebot("catalogue", "list").out


def test_every_answer_is_json_when_asked_for(tastebot: Tastebot, three: Path) -> None:
    report = tastebot("catalogue", "import", "things", three, "--json").document
    assert (report["size"], report["added"]) == (3, 3)
    [listed] = tastebot("catalogue", "list", "--json").document["catalogues"]
    assert (listed["name"], listed["size"]) == ("things", 3)
    shown = tastebot("catalogue", "show", "things", "--json").document
    assert {"name": "weight", "numeric": True, "values": 2} in shown["columns"]
    [found] = tastebot("catalogue", "search", "things", "beta, the", "--json").document["items"]
    assert (found["item_id"], found["title"], found["attributes"]) == (
        "b",
        "The Beta",
        {"kinds": ["x"]},
    )
    assert tastebot("catalogue", "delete", "things", "--json").document == {"deleted": "things"}
    assert tastebot("catalogue", "list", "--json").document == {"catalogues": []}


def test_nothing_found_is_no_error(tastebot: Tastebot, three: Path) -> None:
    tastebot("catalogue", "import", "things", three)
    outcome = tastebot("catalogue", "search", "things", "zzzzzz")
    assert (outcome.code, outcome.out) == (0, "")
    assert tastebot("catalogue", "search", "things", "zzzzzz", "--json").document == {"items": []}


def test_what_an_item_holds_cannot_drive_the_terminal(tastebot: Tastebot, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "title": "Red \\u001b[31m alert", "kinds": ["\\u0007bell"]}\n')
    tastebot("catalogue", "import", "things", path)
    out = tastebot("catalogue", "search", "things", "alert").out
    assert "alert" in out
    assert "\x1b" not in out
    assert "\x07" not in out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("title\nx\n", "`id`"),
        ("id,title\na,A\nb,B\na,C\n", "row 3 (line 4)"),
        ("id,title,year\na,A,x\n", "row 1 (line 2)"),
        ("", "at least one item"),
    ],
)
def test_a_bad_file_is_one_line_exit_2_and_no_catalogue(
    tastebot: Tastebot, tmp_path: Path, content: str, told: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content)
    outcome = tastebot("catalogue", "import", "things", path)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert told in outcome.err
    assert tastebot("catalogue", "list", "--json").document == {"catalogues": []}


@pytest.mark.parametrize("command", [("show",), ("search", "x"), ("delete",)])
def test_an_unknown_catalogue_exits_2(tastebot: Tastebot, command: tuple[str, ...]) -> None:
    outcome = tastebot("catalogue", command[0], "nope", *command[1:])
    assert outcome.code == 2
    assert "'nope'" in outcome.err


def test_an_interrupted_import_leaves_nothing(
    process: Callable[..., subprocess.Popen[str]], tastebot: Tastebot, tmp_path: Path
) -> None:
    path = tmp_path / "many.csv"
    path.write_text("id,title\n" + "".join(f"{number},Title {number}\n" for number in range(5000)))
    code = (
        # As from a terminal: what a shell starts in the background ignores Ctrl-C.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import sys, time; from bot import cli\n"
        "from storage.catalogue.catalogue_import import CatalogueImport\n"
        "store = CatalogueImport._store\n"
        "def slowly(self, key, batch):\n"
        "    store(self, key, batch); print('stored', flush=True); time.sleep(30)\n"
        "CatalogueImport._store = slowly\n"
        "cli.main(sys.argv[1:])\n"
    )
    running = process("catalogue", "import", "things", path, code=code)
    assert running.stdout is not None
    assert running.stdout.readline() == "stored\n"
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in err
    assert tastebot("catalogue", "list", "--json").document == {"catalogues": []}


@pytest.mark.parametrize("name", ["tsv.tsv", "array.json"])
def test_tab_separated_files_and_json_arrays_are_imported(tastebot: Tastebot, name: str) -> None:
    file = Path(__file__).parents[1] / "storage" / "catalogues" / name
    assert tastebot("catalogue", "import", "things", file, "--json").document["size"] == 1
    assert "Alpha" in tastebot("catalogue", "search", "things", "alpha").out
