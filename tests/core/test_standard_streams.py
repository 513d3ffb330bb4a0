"""Standard streams that are closed, full or left by their reader, and Ctrl-C before all else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core import standard_streams as streams
from storage.account.accounts import Accounts
from storage.sql.database import open_database

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TASTEBOT_") and name != "PYTHONUNBUFFERED"
    }
    return {**kept, "TASTEBOT_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}


def shell(
    line: str, environment: dict[str, str], given: str = ""
) -> subprocess.CompletedProcess[str]:
    """What a shell makes of a line, in which `tastebot` is this program."""
    return subprocess.run(
        ["bash", "-c", f'tastebot() {{ "{sys.executable}" -m bot "$@"; }}; {line}'],
        input=given,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("command", "closed"),
    [("user list", "<&- >&- 2>&-"), ("--help", ">&-"), ("--version", "2>&-"), ("", ">&-")],
)
def test_a_closed_stream_is_silence(command: str, closed: str, environment: dict[str, str]) -> None:
    done = shell(f"tastebot {command} {closed}", environment)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_done_with_streams_closed_is_done_and_reaches_no_other_file(
    environment: dict[str, str],
) -> None:
    line = "tastebot user password ana --json >&- 2>&-"
    assert shell(line, environment, "four plain words here\n").returncode == 0
    home = Path(environment["TASTEBOT_HOME"])
    database = open_database(None, home)
    assert not Accounts(database).set_password("ana", "four other words here")
    database.close()


def test_files_opened_later_do_not_get_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    code = (
        "import os, sys; from bot.core import standard_streams as s; s.open_closed_streams()\n"
        "number = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)\n"
        "for each in (1, 2): os.write(each, b'not for a file')\n"
        "print('nor this', flush=True); print('nor this', file=sys.stderr)\n"
        "inherited = all(os.get_inheritable(each) for each in range(3))\n"
        "sys.exit(0 if number > 2 and inherited and sys.stdin.read() == '' else 1)\n"
    )
    file = tmp_path / "file"
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" "$2" <&- >&- 2>&-', sys.executable, code, str(file)],
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0
    assert file.read_bytes() == b""


def test_no_password_on_a_closed_stdin_is_one_plain_line(environment: dict[str, str]) -> None:
    done = shell("tastebot user password ana <&-", environment)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "a password was expected" in done.stderr


@pytest.mark.parametrize(
    ("command", "unbuffered"),
    [("user list --json", ""), ("", ""), ("--version", ""), ("--version", "1")],
)
def test_output_that_cannot_be_written_is_one_plain_line(
    command: str, unbuffered: str, environment: dict[str, str]
) -> None:
    done = shell(f"tastebot {command} >/dev/full", {**environment, "PYTHONUNBUFFERED": unbuffered})
    assert done.returncode == 2
    assert done.stderr.startswith("expected to write all of the output; found No space left")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("broken", ["2>/dev/full", "2>&1 | true; exit ${PIPESTATUS[0]}"])
def test_an_error_that_nobody_can_read_keeps_its_code(
    broken: str, environment: dict[str, str]
) -> None:
    done = shell(f"tastebot nope {broken}", environment)
    assert (done.returncode, done.stderr) == (2, "")


@pytest.mark.parametrize("command", ["user list", "--help", ""])
def test_a_reader_that_went_away_is_one_code_for_all(
    command: str, environment: dict[str, str]
) -> None:
    # The pipe's other end is closed before anything is written.
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *command.split()],
            env=environment,
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_file_whose_name_is_no_text_is_imported(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = os.fsencode(tmp_path) + b"/caf\xe9.csv"
    Path(os.fsdecode(file)).write_text("id,title\n1,Heat\n", encoding="utf-8")
    run = [sys.executable, "-m", "bot", "catalogue"]
    done = subprocess.run(
        [*run, "import", "books", file], env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    listed = subprocess.run([*run, "list", "--json"], env=environment, capture_output=True)
    assert json.loads(listed.stdout)["catalogues"][0]["source"] == "caf\ufffd.csv"


@pytest.mark.parametrize("moment", ["bot.cli", "click", "storage.sql.database"])
def test_ctrl_c_while_it_is_imported_is_quiet(moment: str, environment: dict[str, str]) -> None:
    pressing = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "moment = sys.argv.pop(1)\n"
        "class Pressed:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == moment: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Pressed())\n"
        "from bot.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", pressing, moment, "user", "list"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert done.stderr.strip() == ""


def test_the_start_imports_nothing_before_it_can_be_interrupted() -> None:
    code = (
        "import sys; before = set(sys.modules); import bot.__main__\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["bot", "bot.__main__"]


def test_a_stream_in_memory_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    streams.open_closed_streams()
    streams.let_go(sys.stdout)
    print("still read")
    assert capsys.readouterr().out == "still read\n"
