"""`chat`, `recommend`, `feedback`: in process, a tiny random model, a small catalogue."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli import run
from bot.conversation.chatbot import Tastebot
from tests.tiny_model import save_tiny_model

BOOKS = """id,title,year,genres,author,pages,popularity
1,Dune,1965,Science fiction,Frank Herbert,412,90
2,Emma,1815,Romance|Comedy,Jane Austen,474,80
3,Persuasion,1817,Romance,Jane Austen,249,70
4,Neuromancer,1984,Science fiction|Crime,William Gibson,271,60
5,The Big Sleep,1939,Crime,Raymond Chandler,277,50
6,Hyperion,1989,Science fiction,Dan Simmons,482,65
7,Middlemarch,1871,Romance,George Eliot,880,55
8,Foundation,1951,Science fiction,Isaac Asimov,255,85
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    save_tiny_model(folder)
    return folder


@pytest.fixture
def tastebot(
    tmp_path: Path,
    tiny_base: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    monkeypatch.setenv("TASTEBOT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TASTEBOT_BASE_MODEL", str(tiny_base))
    monkeypatch.setenv("TASTEBOT_ADAPTER", "none")
    monkeypatch.setenv("TASTEBOT_CATALOGUE", "books")
    (tmp_path / "books.csv").write_text(BOOKS)

    def run_command(*arguments: str, said: str | bytes = "") -> tuple[int, str, str]:
        spoken = said if isinstance(said, bytes) else said.encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(spoken), encoding="utf-8"))
        capsys.readouterr()
        code = run(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    assert run_command("catalogue", "import", "books", str(tmp_path / "books.csv"))[0] == 0
    return run_command


def turns(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_each_line_is_a_turn_and_each_turn_a_line(tastebot: Run) -> None:
    code, out, _ = tastebot(
        "chat", "--user", "ana", "--json", said="I loved Dune\nI have seen that one\n"
    )
    first, second = turns(out)
    assert code == 0
    assert first["conversation"] == second["conversation"]
    assert set(first) >= {"act", "reply", "recommendations", "understood", "timings"}
    assert first["understood"]["likes"] == ["1"]
    shown = [{each["item_id"] for each in turn["recommendations"]} for turn in (first, second)]
    assert "1" not in shown[0] | shown[1]
    assert not shown[0] & shown[1]


def test_a_conversation_goes_on_where_it_was_left(tastebot: Run) -> None:
    _, out, _ = tastebot("chat", "--user", "ana", "--json", said="I loved Dune\n")
    conversation = turns(out)[0]["conversation"]
    code, out, _ = tastebot(
        "chat", "--user", "ana", "--conversation", conversation, "--json", said="what else?\n"
    )
    assert code == 0
    assert turns(out)[0]["conversation"] == conversation


def test_what_was_said_yesterday_is_used_and_listed_today(
    tastebot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    yesterday = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
    monkeypatch.setattr(Tastebot.__init__, "__kwdefaults__", at(yesterday))
    _, out, _ = tastebot(
        "chat", "--user", "ana", "--json", said="I loved Persuasion\nI hate crime\n"
    )
    first = turns(out)[0]["conversation"]
    monkeypatch.setattr(Tastebot.__init__, "__kwdefaults__", at(yesterday + timedelta(days=1)))
    _, out, _ = tastebot("chat", "--user", "ana", "--json", said="something to read please\n")
    (today,) = turns(out)
    assert today["conversation"] != first
    shown = [each["item_id"] for each in today["recommendations"]]
    assert shown[0] == "2"  # Emma: Jane Austen and romance, as Persuasion
    assert not {"3", "4", "5"} & set(shown)  # liked already; crime
    assert any("Persuasion" in reason for reason in today["recommendations"][0]["reasons"])
    _, out, _ = tastebot("profile", "ana", "--json")
    facts = {(each["kind"], each["about"]): each for each in json.loads(out)["facts"]}
    liked = facts["likes", "3"]
    assert liked["source"] == "I loved Persuasion"
    assert liked["at"].startswith("2026-03-01T20:00")
    refused = next(each for each in facts.values() if each["about"] == "genres:Crime")
    assert refused["kind"] in ("avoids", "dislikes")
    assert refused["source"] == "I hate crime"


def at(moment: datetime) -> dict[str, Any]:
    """The defaults of a Tastebot whose clock stands at `moment`."""
    return {**(Tastebot.__init__.__kwdefaults__ or {}), "clock": lambda: moment}


def test_the_conversation_of_another_is_refused(tastebot: Run) -> None:
    _, out, _ = tastebot("chat", "--user", "ana", "--json", said="I loved Dune\n")
    conversation = turns(out)[0]["conversation"]
    code, out, err = tastebot(
        "chat", "--user", "bob", "--conversation", conversation, "--json", said="hello\n"
    )
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1


def test_the_plain_chat_shows_titles_and_a_reply(tastebot: Run) -> None:
    code, out, _ = tastebot("chat", "--user", "ana", said="I loved Dune, more science fiction\n")
    assert code == 0
    assert "1. " in out
    assert "Foundation (1951)" in out


def test_an_item_disliked_by_command_never_comes_again(tastebot: Run) -> None:
    code, out, _ = tastebot("recommend", "--user", "ana", "--text", "a romance", "--json")
    assert code == 0
    best = json.loads(out)["recommendations"][0]["item_id"]
    assert tastebot("feedback", "--user", "ana", "--item", best, "--as", "dislike")[0] == 0
    _, out, _ = tastebot("recommend", "--user", "ana", "--text", "a romance", "--json")
    assert best not in [each["item_id"] for each in json.loads(out)["recommendations"]]


def test_recommend_stores_nothing_but_the_name(tastebot: Run) -> None:
    tastebot("recommend", "--user", "ana", "--text", "I love Dune", "--json")
    code, out, _ = tastebot("profile", "ana", "--json")
    assert code == 0
    assert json.loads(out) == {"user": "ana", "facts": []}


def test_what_was_said_stands_in_the_profile_with_its_sentence(tastebot: Run) -> None:
    tastebot("chat", "--user", "ana", "--json", said="I loved Dune\n")
    _, out, _ = tastebot("profile", "ana", "--json")
    (fact,) = [each for each in json.loads(out)["facts"] if each["about"] == "1"]
    assert (fact["kind"], fact["source"]) == ("likes", "I loved Dune")


@pytest.mark.parametrize(
    "arguments",
    [
        ("feedback", "--user", "ana", "--item", "999", "--as", "like"),
        ("feedback", "--user", "ana", "--item", "1", "--as", "rating=7"),
        ("feedback", "--user", "ana", "--item", "1", "--as", "adore"),
        ("recommend", "--user", "ana", "--catalogue", "no-such"),
        ("recommend", "--user", "ana", "-k", "0"),
        ("recommend", "--user", " "),
        ("recommend",),
        ("chat", "--user", "ana", "--conversation", "no-such"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(tastebot: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = tastebot(*arguments)
    assert (code, out) == (2, "")
    lines = err.strip().splitlines()
    assert len([line for line in lines if "Traceback" in line]) == 0
    assert len(lines) == 1


@pytest.mark.parametrize("content", [None, "not a model"])
def test_a_base_model_that_is_none_is_one_line(
    tastebot: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    path = tmp_path / "model.gguf"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("TASTEBOT_BASE_MODEL", str(path))
    code, out, err = tastebot("recommend", "--user", "ana")
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1


def test_bytes_that_are_no_text_are_a_message_like_any(
    tastebot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = b"I loved Dune \xff\xfe\x00\xed\xa0\x80\n\xc3\n" + b"1" * 300_000 + b"\nI loved Emma\n"
    code, out, _ = tastebot("chat", "--user", "ana", "--json", said=spoken)
    assert code == 0
    first, odd, long, last = turns(out)
    assert first["understood"]["likes"] == ["1"]
    assert odd["reply"]
    assert "first 4,000 characters" in long["reply"]
    assert "2" in last["understood"]["likes"]


def test_arguments_that_are_no_text_end_in_a_sentence_or_an_answer(tastebot: Run) -> None:
    assert tastebot("recommend", "--user", "ana", "--text", "a \udcff\x00 novel")[0] == 0
    assert tastebot("catalogue", "search", "books", "Dune \udcff")[0] == 0
    for arguments in (
        ("recommend", "--user", "\udc80\x00"),
        ("chat", "--user", "ana", "--conversation", "\udcff"),
        ("feedback", "--user", "ana", "--item", "\udcff", "--as", "like"),
        ("feedback", "--user", "ana", "--item", "1", "--as", "\udcff"),
        ("profile", "\udcff"),
        ("catalogue", "show", "\udcff"),
        ("user", "export", "\udcff"),
    ):
        code, _, err = tastebot(*arguments, said="hello\n")
        assert code == 2, arguments
        assert "that should not" not in err


def test_an_output_that_lacks_characters_gets_all_the_same(
    tastebot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    bytes_out = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(bytes_out, encoding="latin-1"))
    tastebot("chat", "--user", "Zoë", "--json", said="I loved Dune, Amélie and 🎬\n")
    tastebot("profile", "Zoë")
    document, *told = bytes_out.getvalue().decode("latin-1").splitlines()
    assert json.loads(document)["reply"]
    assert told
