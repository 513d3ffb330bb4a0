"""The whole product in a browser: the real model, the real films, `tastebot serve` itself."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from gradio_client import Client
from playwright.sync_api import expect

from adapters.models.base_model import BaseModel
from bot.core.values import EventKind
from bot.ranking.items.attribute_vectors import AttributeVectors
from storage.catalogue.catalogues import Catalogues
from storage.person.people import People
from storage.sql.database import open_database
from tests.web.conftest import Visitor
from tests.web.real_server import RealServer

pytestmark = [pytest.mark.real, pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("real") / "tastebot.sqlite3"


@pytest.fixture(scope="module")
def server(model_home: Path, real_base_model: BaseModel, database: Path) -> Iterator[RealServer]:
    running = RealServer(model_home, database).start()
    yield running
    running.end()


def test_a_talk_with_the_real_model_changes_with_a_dislike_and_survives_a_kill(
    visit: Visitor, server: RealServer, database: Path
) -> None:
    visiting = visit(url=server.url, user="real ana")
    page = visiting.page
    visiting.say("I loved Heat and Ronin, another tense crime film please")
    first = visiting.cards()
    assert len(first) == 5
    assert len(set(first)) == 5

    before = mean_rank_of_neighbours(server, database, first[0])
    visiting.button(first[0], "dislike").click()
    expect(visiting.button(first[0], "dislike")).to_have_attribute("aria-pressed", "true")
    assert mean_rank_of_neighbours(server, database, first[0]) > before
    visiting.say("Something older")
    second = visiting.cards()
    assert set(first).isdisjoint(second)

    # Killed in the middle of a turn: what was stored before stays, nothing of it is half there.
    page.locator("#tb-message textarea").fill("And now a comedy")
    page.keyboard.press("Enter")
    expect(page.locator(".user-row")).to_have_count(3)
    server.end(signal.SIGKILL)
    address = page.url
    # Away first: the open page reloads by itself once the server is back, and would race.
    page.goto("about:blank")
    server.start()
    page.goto(address)
    expect(page.locator("#tb-message textarea")).to_be_enabled()

    expect(page.get_by_label("Who is talking")).to_have_value("real ana")
    rows = page.locator(".user-row").count()
    assert rows in (2, 3), "the killed turn is there whole or not at all"
    expect(page.locator(".tb-turn[data-state='done']")).to_have_count(rows)
    expect(visiting.button(first[0], "dislike")).to_have_attribute("aria-pressed", "true")
    with closing(open_database(f"sqlite:///{database}", database.parent)) as opened:
        events = People(opened).events("real ana")
    shown = [event.about for event in events if event.kind is EventKind.SHOWN]
    assert set(first) | set(second) <= set(shown)
    assert (EventKind.DISLIKES, first[0]) in {(event.kind, event.about) for event in events}


def test_answering_takes_no_torch(server: RealServer) -> None:
    client = Client(server.url, verbose=False, analytics_enabled=False)
    client.predict("without torch", "Something like Heat", "", api_name="/chat")
    assert server.loaded("libonnxruntime") or server.loaded("onnxruntime")
    assert not server.loaded("libtorch")


def mean_rank_of_neighbours(server: RealServer, database: Path, item: str) -> float:
    """Where the ten items most like `item` stand on average for her now; 1 is the first place."""
    with closing(open_database(f"sqlite:///{database}", database.parent)) as opened:
        films = Catalogues(opened).view("films")
    asked = (
        "recommend",
        "--user",
        "real ana",
        "--text",
        "a crime film",
        "-k",
        str(len(films.items)),
    )
    ranked = json.loads(server.command(*asked, "--json"))["recommendations"]
    places = {each["item_id"]: place for place, each in enumerate(ranked, 1)}
    near = AttributeVectors.of(films).nearest(item, 10)
    assert len(near) == 10
    # What may not be shown at all stands behind everything.
    return sum(places.get(each, len(films.items)) for each in near) / len(near)


def test_nothing_leaves_the_machine(visit: Visitor, server: RealServer) -> None:
    visiting = visit(url=server.url, user="real carla")
    visiting.say("Something like Alien, with Sigourney Weaver")
    visiting.button(visiting.cards()[0], "like").click()
    with closing(Client(server.url, verbose=False)) as client:
        client.predict("real carla", api_name="/profile")

    hosts = {urlsplit(address).netloc for address in visiting.requests}
    assert {host for host in hosts if host} == {urlsplit(server.url).netloc}
    assert server.foreign_connections() == []


def test_the_endpoints_answer_with_the_real_model(server: RealServer) -> None:
    with closing(Client(server.url, verbose=False)) as client:
        turn = client.predict("real ben", "a funny film for the kids", "", api_name="/chat")

    assert turn["reply"]
    assert len(turn["recommendations"]) == 5


def test_a_backup_and_a_restore_disturb_nobody_who_talks(
    server: RealServer, database: Path, tmp_path: Path
) -> None:
    answered: dict[str, list[str]] = {"real dora": [], "real emil": []}
    troubles: list[str] = []
    ended = threading.Event()

    def talk(user: str) -> None:
        with closing(Client(server.url, verbose=False, analytics_enabled=False)) as client:
            while not ended.is_set():
                try:
                    turn = client.predict(user, "a crime film", "", api_name="/chat")
                    answered[user].append(turn["conversation"])
                except Exception as error:
                    troubles.append(str(error))

    talkers = [threading.Thread(target=talk, args=(user,)) for user in answered]
    for talker in talkers:
        talker.start()
    try:
        wait_until(lambda: all(answered.values()))
        before = {user: list(turns) for user, turns in answered.items()}
        server.command("backup", str(tmp_path / "b.sqlite3"), "--json")
        wait_until(lambda: all(len(answered[user]) > len(before[user]) for user in before))
        done = json.loads(server.command("restore", str(tmp_path / "b.sqlite3"), "--yes", "--json"))
        restored = {user: len(turns) for user, turns in answered.items()}
        # The one under way may belong to what was; those after it are stored in what was restored.
        wait_until(lambda: all(len(answered[user]) > restored[user] + 1 for user in restored))
    finally:
        ended.set()
        for talker in talkers:
            talker.join()
    assert troubles == []
    assert done["catalogues_changed"] == []
    with closing(open_database(f"sqlite:///{database}", database.parent)) as opened:
        for user, turns in answered.items():
            stored = {info.conversation for info in People(opened).conversations(user)}
            assert set(before[user]) <= stored
            assert turns[-1] in stored


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_sigterm_ends_it_with_exit_code_0(server: RealServer) -> None:
    assert server.end(signal.SIGTERM) == 0
    server.start()
    with closing(Client(server.url, verbose=False)):
        assert server.end(signal.SIGINT) == 130
    assert "Traceback" not in server.log()
    assert "_failed" not in server.log()


def test_it_serves_and_ends_whatever_its_streams_are(
    model_home: Path, server: RealServer, database: Path
) -> None:
    server.end()
    server = RealServer(model_home, database, streams="<&- >/dev/full 2>&-").start()
    assert server.end(signal.SIGTERM) == 0
